"""The serial transport: an Arq over a line, as Links for Connections (docs/serial-link.md, section 7).

No task lies between the line and the worker: a message that comes in is answered on the line within `received`. The
only task sleeps until the next deadline of the Arq.
"""

import asyncio

from ..port import TYPE_CHECKING, random_bytes, ticks_add, ticks_diff, ticks_ms
from .arq import CLOSED, DATA, DOWN, UP, Arq
from .framing import TEXT
from .line import Line
from .link import Link
from .segment import Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..tasks import Runner
    from .connection import Connection

_REOPEN_MS = 500  # after a Connection closed its link: two sides that cannot agree shall not fill the line
_FULL_MS = 100  # how often time passes for the Arq while the line takes nothing


class SerialLink(Link):
    """One life of a serial link: the Link (link.py) under one Connection. It carries nothing once it is down."""

    kind = "serial"

    def __init__(self, serial: "Serial", life: int) -> None:
        self.peer = serial.line.name
        self.alive = True
        self._serial = serial
        self._life = life
        self._room: "asyncio.Event | None" = None  # while somebody waits for room

    def _current(self) -> "Arq | None":
        """The Arq while it is in this life: it may be in the next one before its owner hears of it."""
        arq = self._serial.arq
        return arq if self.alive and arq.life == self._life else None

    def write(self, data: bytes) -> None:
        """Queue stream bytes; forgotten when the link is down."""
        arq = self._current()
        if arq:
            arq.write(data)
            self._serial.flush_soon()

    def full(self) -> bool:
        """Whether a writer should wait for drained()."""
        arq = self._current()
        return arq is not None and arq.free() <= 0

    async def drained(self) -> None:
        """Returns when there is room, or the link is down."""
        while self.full():
            self._room = self._room or asyncio.Event()
            await self._room.wait()

    def wake(self) -> None:
        """Let those go on who wait for room, when there is some."""
        if self._room is not None and not self.full():
            self._room.set()
            self._room = None

    def pause(self) -> None:
        """Take no more from the other side than a window."""
        arq = self._current()
        if arq:
            arq.pause()

    def resume(self) -> None:
        """Take more again."""
        arq = self._current()
        if arq:
            arq.resume(ticks_ms())
            self._serial.flush_soon()

    def close(self) -> None:
        """End this life once what was written has arrived; the Serial makes a new link later."""
        arq = self._current()
        if arq:
            arq.close(ticks_ms())
            self._serial.flush_soon()

    def end(self, reason: str) -> None:
        """The life is over: tell the Connection."""
        self.alive = False
        self.wake()
        if self.connection is not None:
            self.connection.lost(reason)


class Serial:
    """Keeps a link over a line, for as long as the line lasts.

    runner: the node's (node.runner). on_up(link): a fresh Connection over the SerialLink; it is opened here.
    on_text(bytes): what was printed between the frames, in pieces as they come. on_down(reason): the link went down;
    the other side is called again.
    """

    def __init__(
        self,
        runner: "Runner",
        line: Line,
        on_up: "Callable[[SerialLink], Connection]",
        on_text: "Callable[[bytes], None] | None" = None,
        on_down: "Callable[[str], None] | None" = None,
        limits: "Limits | None" = None,
    ) -> None:
        self.line = line
        self.link: "SerialLink | None" = None
        self.arq = Arq(int.from_bytes(random_bytes(4), "big"), ticks_ms(), limits)
        self._runner = runner
        self._on_up = on_up
        self._on_text = on_text
        self._on_down = on_down
        self._closed = False
        self._busy = False
        self._flushing = False
        self._timer: "asyncio.Task[None] | None" = None
        self._timer_at = 0

    @property
    def up(self) -> bool:
        """Whether there is a link."""
        return self.link is not None

    def start(self) -> None:
        """Begin to call the other side."""
        self.flush()

    # For the owner of the line.

    def received(self, data: bytes) -> None:
        """Bytes came from the line; b"" when only time passed."""
        self._busy = True  # handling events: what they write goes out when they are done
        try:
            for kind, value in self.arq.feed(data, ticks_ms()):
                if self._closed:
                    break
                _HANDLERS[kind](self, value)  # type: ignore[operator]
        finally:
            self._busy = False
        self.flush()

    def room(self) -> None:
        """The line takes bytes again."""
        self.flush()

    def lost(self, reason: str) -> None:
        """The line is gone: the link ends, and nothing is called any more."""
        self._closed = True
        self._stop_timer()
        self._end_link(reason)

    def close(self) -> None:
        """Say farewell to the other side, as far as that goes without waiting, and release the line."""
        self.arq.close(ticks_ms())
        self.flush()
        self.lost("closed")
        self.line.close()

    # Events of the Arq.

    def _text(self, data: bytes) -> None:
        if self._on_text is not None:
            self._on_text(data)

    def _data(self, data: bytes) -> None:
        if self.link is not None and self.link.connection is not None:
            self.link.connection.received(data)

    def _up(self, life: int) -> None:
        link = SerialLink(self, life)
        self.link = link
        connection = self._on_up(link)
        link.connection = connection
        connection.open()

    def _down(self, reason: str) -> None:
        self._end_link(reason)
        if self.arq.state == CLOSED:
            self._runner.after(_REOPEN_MS, self._reopen)

    def _end_link(self, reason: str) -> None:
        link = self.link
        self.link = None
        if link is not None:
            link.end(reason)
            if self._on_down is not None:
                self._on_down(reason)

    def _reopen(self) -> None:
        if not self._closed:
            self.arq.open(ticks_ms())
            self.flush()

    # Bytes and deadlines.

    def flush_soon(self) -> None:
        """Put on the line what is due, together with what else is written in this turn of the loop."""
        if not self._busy and not self._flushing:
            self._flushing = True
            self._runner.later(self.flush)

    def flush(self) -> None:
        """Put on the line what is due, and set the timer."""
        self._flushing = False
        if self._closed:
            return
        now = ticks_ms()
        line = self.line
        wait: "int | None" = None
        while True:
            full = line.full()
            data = b"" if full else self.arq.output(now)
            wait = self.arq.wait_ms(now)
            if data:
                line.write(data)
            if wait or not data:
                break
        if self.link is not None:
            self.link.wake()
        if wait is not None:
            self._set_timer(now, max(wait, _FULL_MS) if full else wait)

    def _set_timer(self, now: int, wait_ms: int) -> None:
        """A timer that is early enough stays: it finds nothing to do and sleeps on, which is cheaper than a new one."""
        due = ticks_add(now, wait_ms)
        if self._timer is not None and ticks_diff(due, self._timer_at) >= 0:
            return
        self._stop_timer()
        self._timer_at = due
        self._timer = self._runner.spawn("serial timer", self._sleep(wait_ms))

    def _stop_timer(self) -> None:
        timer = self._timer
        self._timer = None
        if timer is not None:
            timer.cancel()

    async def _sleep(self, wait_ms: int) -> None:
        await asyncio.sleep(wait_ms / 1000)
        self._timer = None
        self.received(b"")


_HANDLERS = {TEXT: Serial._text, DATA: Serial._data, UP: Serial._up, DOWN: Serial._down}
