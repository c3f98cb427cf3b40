"""A board that is at its prompt though nobody led it there: noise on a line makes a Ctrl-C now and then."""

import asyncio
from collections.abc import Awaitable, Callable

_UNTOUCHED_S = 1.0  # a person or a tool that wants the prompt has used it by then
_MOST_S = 60.0  # between rescues of a node that does not last
_LASTS_S = 5.0  # a node that ran for so long before shows that starting it does help
_KEPT_BYTES = 2048  # what was said, and what a prompt echoes of frames that were on their way
# What device/main.py says when a node is not to be started again; after an interrupt it says that it has stopped, too.
_STOPPED = b"uockam: the node has stopped"
_INTERRUPTED = b"uockam: interrupted"
_HOPELESS = b"uockam: the node crashed too often"


class Rescue:
    """Calls `start` when the prompt was left untouched for a while and the board did not say that it is meant.

    wanted: whether it is still to be started then.
    """

    def __init__(self, start: Callable[[], Awaitable[None]], wanted: Callable[[], bool]) -> None:
        self._start = start
        self._wanted = wanted
        self._said = b""
        self._pause_s = _UNTOUCHED_S
        self._started_at = float("-inf")
        self._quiet_since = 0.0
        self._busy = False

    def heard(self, data: bytes) -> None:
        """The board printed this."""
        self._said = (self._said + data)[-_KEPT_BYTES:]
        self._quiet_since = _now()

    def forget(self) -> None:
        """The board's node runs: what was said before is over."""
        self._said = b""

    async def at_prompt(self) -> None:
        """The prompt has shown itself: returns when the matter is settled."""
        if self._busy:
            return
        self._busy = True
        try:
            await self._start_while_wanted()
        finally:
            self._busy = False

    async def _start_while_wanted(self) -> None:
        while self._wanted() and not self._deliberate():
            await self._untouched(self._next_pause())
            if self._wanted() and not self._deliberate():
                self.forget()
                await self._start()
                self._started_at = _now()

    def _deliberate(self) -> bool:
        said = self._said
        return _HOPELESS in said or (_STOPPED in said and _INTERRUPTED not in said)

    def _next_pause(self) -> float:
        lasted = _now() - self._started_at > _LASTS_S
        self._pause_s = _UNTOUCHED_S if lasted else min(2 * self._pause_s, _MOST_S)
        return self._pause_s

    async def _untouched(self, seconds: float) -> None:
        self._quiet_since = _now()
        while (left := self._quiet_since + seconds - _now()) > 0:
            await asyncio.sleep(left)


def _now() -> float:
    return asyncio.get_running_loop().time()
