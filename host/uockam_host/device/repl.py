"""MicroPython's prompt at the other end of a line: interrupting what runs, asking it things, resetting it softly."""

import asyncio
from collections.abc import Callable

from ..link.serial import SerialLine

PROMPT = b">>> "
FRIENDLY = b"\x02"  # Ctrl-B: from any prompt to the usual one, which is printed anew

CTRL_C = b"\x03"
_INTERRUPT = CTRL_C  # without the carriage return that tools send before it: that would run what is typed already
_RAW = b"\x03\x01"  # only an empty line leads to the raw prompt
_RUN = b"\x04"
_RAW_PROMPT = b"raw REPL; CTRL-B to exit\r\n>"
_REPLY_END = b"\x04>"
_TRIES = 3  # a program may catch one interrupt and go on
_TRY_S = 1.0
_REPLY_S = 5.0  # an import from source on a slow board
_MOST_HELD = 65536  # bytes that are kept while waiting for something that does not come


class Repl:
    """Takes over a line until it is given another receiver. on_text gets what the board printed before its prompt.

    patience: how many times the usual time an answer may take.
    """

    def __init__(self, line: SerialLine, on_text: Callable[[bytes], None], patience: float = 1.0) -> None:
        self._line = line
        self._on_text = on_text
        self._try_s = _TRY_S * patience
        self._reply_s = _REPLY_S * patience
        self._held = b""
        self._arrived = asyncio.Event()
        line.receiver = self

    async def interrupt(self) -> bool:
        """End what the board is at; whether its prompt came."""
        for _ in range(_TRIES):
            self._line.write(_INTERRUPT + FRIENDLY)
            if await self.prompt(self._try_s):
                return True
        return False

    async def prompt(self, timeout_s: "float | None") -> bool:
        """Wait for the prompt, None for as long as it takes; whether it came."""
        before = await self.until(PROMPT, timeout_s)
        if before is None:
            return False
        self._on_text(before)
        return True

    async def run(self, code: str) -> "bytes | None":
        """Run a program at the prompt: what it printed, None when the board does not answer as MicroPython does."""
        self._line.write(_RAW)
        if await self.until(_RAW_PROMPT, self._try_s) is None:
            return None
        self._line.write(code.encode() + _RUN)
        reply = await self.until(_REPLY_END, self._reply_s)
        if reply is None or not reply.startswith(b"OK"):
            return None
        self._line.write(FRIENDLY)
        await self.until(PROMPT, self._try_s)
        return reply[2:].partition(b"\x04")[0]

    def type(self, keys: str) -> None:
        """Send what a person types."""
        self._line.write(keys.encode())

    def soft_reset(self) -> None:
        """From the prompt: restart the interpreter, which runs boot.py and main.py."""
        self._line.write(_RUN)

    async def until(self, marker: bytes, timeout_s: "float | None") -> "bytes | None":
        """Wait for the marker, None for as long as it takes: what came before it, or None when it does not come."""
        try:
            return await asyncio.wait_for(self._read(marker), timeout_s)
        except asyncio.TimeoutError:
            return None

    async def _read(self, marker: bytes) -> bytes:
        while marker not in self._held:
            self._arrived.clear()
            await self._arrived.wait()
        before, _, self._held = self._held.partition(marker)
        return before

    # As the receiver of the line.

    def received(self, data: bytes) -> None:
        """Keep what came."""
        self._held = (self._held + data)[-_MOST_HELD:]
        self._arrived.set()

    def room(self) -> None:
        """What is written here is short."""

    def lost(self, reason: str) -> None:
        """Nothing more will come: whoever waits finds out by its time-out."""
