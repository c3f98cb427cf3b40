"""How long to wait before trying again: exponential, with full jitter, bounded. Sans-IO."""

from ..port import const

_FIRST_MS = const(500)
_MOST_MS = const(60_000)  # long enough to spare a battery, short enough for a person who waits
_RANDOM = const(256)


class Backoff:
    """Gives the pauses between tries; `reset` after one that worked.

    Jitter keeps a thousand boards from coming back in the same moment after an outage.
    """

    def __init__(self, first_ms: int = _FIRST_MS, most_ms: int = _MOST_MS) -> None:
        self._first_ms = first_ms
        self._most_ms = most_ms
        self._ceiling_ms = first_ms

    def reset(self) -> None:
        """The next pause is a first one again."""
        self._ceiling_ms = self._first_ms

    def next_ms(self, chance: int) -> int:
        """The next pause: half of the ceiling, and `chance` (0 to 255, a random byte) of the other half."""
        half = self._ceiling_ms // 2
        self._ceiling_ms = min(2 * self._ceiling_ms, self._most_ms)
        return half + half * chance // (_RANDOM - 1)
