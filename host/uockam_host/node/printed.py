"""What a board prints, as lines of a log."""

import asyncio
import codecs
import logging
from collections.abc import Callable

_IDLE_S = 0.25  # a line that does not grow for so long is written as it is: a prompt never ends
_MOST_HELD = 180  # a longer line is written in pieces


class Printed:
    """Puts bytes together into lines and logs each that is not empty; what would steer a terminal becomes `?`."""

    def __init__(self, log: Callable[[int, str], object]) -> None:
        self._log = log
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._line = ""
        self._timer: asyncio.TimerHandle | None = None

    def add(self, data: bytes) -> None:
        """The board printed this."""
        *lines, self._line = (self._line + self._decode(data)).replace("\r", "").replace("\t", "    ").split("\n")
        for line in lines:
            self._write(line)
        while len(self._line) > _MOST_HELD:
            self._write(self._line[:_MOST_HELD])
            self._line = self._line[_MOST_HELD:]
        self._restart_timer()

    def flush(self) -> None:
        """Log a line that has not ended."""
        line, self._line = self._line, ""
        self._write(line)
        self._restart_timer()

    def _restart_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(_IDLE_S, self.flush) if self._line else None

    def _write(self, line: str) -> None:
        for start in range(0, len(line), _MOST_HELD):
            self._log(logging.INFO, "board: " + _harmless(line[start : start + _MOST_HELD]))


def _harmless(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
