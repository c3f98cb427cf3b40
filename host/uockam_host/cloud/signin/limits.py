"""How often something may be tried."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable

_MAX_KEYS = 4096  # the one that was not tried for longest is forgotten first


class Limit:
    """At most `times` tries for each key within any `window_s`; the clock counts seconds."""

    def __init__(self, times: int, window_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._times = times
        self._window_s = window_s
        self._clock = clock
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def reached(self, key: str) -> bool:
        """Whether no more tries are left now."""
        tries = self._tries.get(key)
        while tries and tries[0] <= self._clock() - self._window_s:
            tries.popleft()
        return tries is not None and len(tries) >= self._times

    def note(self, key: str) -> None:
        """Count one try."""
        self._tries.setdefault(key, deque(maxlen=self._times)).append(self._clock())
        self._tries.move_to_end(key)
        if len(self._tries) > _MAX_KEYS:
            self._tries.popitem(last=False)

    def clear(self, key: str) -> None:
        """Forget its tries, after one that succeeded."""
        self._tries.pop(key, None)
