"""Moving bytes between two file descriptors inside an event loop, with back-pressure."""

import asyncio
import os
from collections.abc import Callable

_CHUNK = 4096  # what a pseudo-terminal holds: reading more at once finds no more


class Pump:
    """Copies what `source` gives to `sink`, both non-blocking; stops reading while `sink` is full.

    through: called with each piece, returns what goes on. patience_s: how long a full `sink` is waited for before
    what waits is thrown away, as a board does whose host does not read; None waits for ever.
    """

    def __init__(
        self, source: int, sink: int, through: Callable[[bytes], bytes], patience_s: float | None = None
    ) -> None:
        self._source = source
        self._sink = sink
        self._through = through
        self._patience_s = patience_s
        self._waiting = b""
        self._given_up = False
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(source, self._readable)

    def close(self) -> None:
        """Let go of both descriptors; they stay open."""
        self._loop.remove_reader(self._source)
        self._loop.remove_writer(self._sink)
        self._stop_timer()

    def send(self, data: bytes) -> None:
        """Put bytes of our own into the sink."""
        self._waiting += data
        self._writable()

    def drain(self) -> None:
        """Take all that the source has now, before something else is sent."""
        while self._readable():
            pass

    def _readable(self) -> bool:
        try:
            data = os.read(self._source, _CHUNK)
        except BlockingIOError:
            return False
        except OSError:  # the other end of the terminal is gone
            self._loop.remove_reader(self._source)
            return False
        self.send(self._through(data))
        return True

    def _writable(self) -> None:
        try:
            written = os.write(self._sink, self._waiting) if self._waiting else 0
        except BlockingIOError:
            written = 0
        except OSError:
            written = len(self._waiting)
        if written:
            self._given_up = False
            self._stop_timer()
        self._waiting = self._waiting[written:]
        if self._waiting and self._given_up:
            self._waiting = b""
        (self._hold if self._waiting else self._flow)()

    def _hold(self) -> None:
        self._loop.remove_reader(self._source)
        self._loop.add_writer(self._sink, self._writable)
        if self._timer is None and self._patience_s is not None:
            self._timer = self._loop.call_later(self._patience_s, self._give_up)

    def _flow(self) -> None:
        self._loop.remove_writer(self._sink)
        self._loop.add_reader(self._source, self._readable)

    def _give_up(self) -> None:
        self._timer = None
        self._given_up = True
        self._waiting = b""
        self._flow()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
