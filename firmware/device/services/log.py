"""The board's log, read once or followed, over any route (docs/services.md, `log`).

For the owner, unless the settings open it: lines may hold what is nobody else's business.
"""

from .. import journal
from .followers import LEASE_S, Followers
from .words import Words

_LOOK_MS = 100
_MOST_BATCH = 1024  # characters in one message
_TOPIC = ""


def make(node: object) -> "Log":
    """The worker."""
    return Log(node)


class Log(Words):
    """Answers with lines, or sends them as they come."""

    usage = "read, follow, unfollow"

    def __init__(self, node: object) -> None:
        self._followers = Followers(node, _LOOK_MS)

    def read(self) -> str:
        """`read`: the lines that are kept."""
        return "\n".join(journal.lines)

    def follow(self) -> str:
        """`follow`: the lines that are kept and all that come, in batches, until the lease ends."""
        self._followers.add(self.message, _TOPIC, _Cursor().batch)
        return "following for %d s" % LEASE_S

    def unfollow(self) -> str:
        """`unfollow`."""
        return "unfollowed" if self._followers.drop(self.message, _TOPIC) else "not followed"

    async def stopped(self, context: object) -> None:
        self._followers.close()

    commands = (("read", read, 0, 0), ("follow", follow, 0, 0), ("unfollow", unfollow, 0, 0))


class _Cursor:
    """Where a follower is in the log. It may fall behind: lines that are kept no more are counted as lost."""

    def __init__(self) -> None:
        self._next = journal.end - len(journal.lines)

    def batch(self) -> "str | None":
        """`FIRST LOST` and then lines: the number of the first of them, and how many before it were lost. Or None."""
        if self._next == journal.end:
            return None
        oldest = journal.end - len(journal.lines)
        lost = max(oldest - self._next, 0)
        first = self._next + lost
        text = "%d %d" % (first, lost)
        for line in journal.lines[first - oldest :]:
            if len(text) + len(line) >= _MOST_BATCH:
                break
            text += "\n" + line
            first += 1
        self._next = first
        return text
