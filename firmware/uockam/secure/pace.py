"""How many handshakes are begun a minute: by each peer, and by all of them together. Sans-IO; times are ticks."""

from ..port import const, ticks_diff

_MINUTE_MS = const(60_000)
_MOST_PEERS = const(64)  # that are counted one by one within a minute; the rest share one count
_REST = ""


class Pace:
    """Counts in minutes that begin with the first handshake."""

    def __init__(self, each: int, all_: int) -> None:
        self._each = each
        self._all = all_
        self._count = 0
        self._counts: "dict[str, int]" = {}
        self._since: "int | None" = None

    def admits(self, peer: str, now_ms: int) -> bool:
        """Whether the peer may begin one more now; if so, it counts."""
        if self._since is None or not 0 <= ticks_diff(now_ms, self._since) < _MINUTE_MS:
            self._since = now_ms
            self._count = 0
            self._counts = {}
        if peer not in self._counts and len(self._counts) >= _MOST_PEERS:
            peer = _REST
        count = self._counts.get(peer, 0)
        if count >= self._each or self._count >= self._all:
            return False
        self._counts[peer] = count + 1
        self._count += 1
        return True
