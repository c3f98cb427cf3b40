"""How many messages may be under way to an endpoint of another gateway, so that a slow one slows its senders.

Behind every 32 messages for an endpoint goes a mark, which the other gateway returns when all before it were taken.
While two marks are out nothing more is sent. Marks are numbered: one that got lost is made up for by a later one.
"""

import asyncio

Key = tuple[str, bytes]  # (gateway, address of the endpoint there)

MARK_AFTER = 32  # messages
MOST_OUT = 2  # marks that have not come back
_OVERDUE_S = 5.0  # then the last one goes again: it may be lost, or the gateway gone
_MOST_WINDOWS = 10_000  # with more, those with nothing under way are forgotten


class _Window:
    """Of one endpoint. sent: messages since the last mark; marked, returned: the number of the last one; at: when."""

    def __init__(self) -> None:
        self.sent = 0
        self.marked = 0
        self.returned = 0
        self.at = 0.0

    @property
    def full(self) -> bool:
        """Whether nothing more may be sent."""
        return self.marked - self.returned >= MOST_OUT


class Windows:
    """Those of one gateway. Times are those of a clock that nobody sets, in seconds."""

    def __init__(self) -> None:
        self._windows: dict[Key, _Window] = {}
        self._change: asyncio.Future[None] | None = None  # somebody waits for it

    def full(self, key: Key) -> bool:
        """Whether nothing more may be sent there now."""
        window = self._windows.get(key)
        return window is not None and window.full

    def sent(self, key: Key) -> bool:
        """A message was; whether a mark has to go behind it."""
        window = self._windows.get(key)
        if window is None:
            self._forget_idle()
            window = self._windows[key] = _Window()
        window.sent += 1
        return window.sent >= MARK_AFTER

    def next_mark(self, key: Key) -> int:
        """The number of the mark that goes next: the last one again while nothing was sent behind it."""
        window = self._windows[key]
        return window.marked + (1 if window.sent else 0)

    def marked(self, key: Key, number: int, now: float) -> None:
        """This mark was sent."""
        window = self._windows[key]
        window.sent, window.marked, window.at = 0, number, now

    def overdue(self, key: Key, now: float) -> bool:
        """Whether the last mark has to be sent again."""
        return now - self._windows[key].at >= _OVERDUE_S

    def returned(self, key: Key, number: int) -> None:
        """A mark has come back."""
        window = self._windows.get(key)
        if window is not None and window.returned < number <= window.marked:
            window.returned = number
            self._changed()

    def forget(self, gateway: str) -> None:
        """It is gone: nothing that was sent there is waited for."""
        self._windows = {key: window for key, window in self._windows.items() if key[0] != gateway}
        self._changed()

    def change(self) -> "asyncio.Future[None] | None":
        """Done at the next change; None when everything may be sent."""
        if self._change is None and any(window.full for window in self._windows.values()):
            self._change = asyncio.get_running_loop().create_future()
        return self._change

    def _changed(self) -> None:
        if self._change is not None:
            self._change.set_result(None)
            self._change = None

    def _forget_idle(self) -> None:
        if len(self._windows) >= _MOST_WINDOWS:
            busy = {key: window for key, window in self._windows.items() if window.marked > window.returned}
            self._windows = busy
