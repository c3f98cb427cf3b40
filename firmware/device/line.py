"""The board's USB serial line, which is the standard input and output of MicroPython: the line of a Serial."""

import asyncio
import select
import sys

_MOST = 512  # bytes passed on at once: what MicroPython's input buffer holds, and about a frame


class Line:
    """See uockam.transport.serial for the contract. Writing waits for the host, no longer than MicroPython does."""

    name = "usb"

    def __init__(self) -> None:
        self._input = sys.stdin.buffer
        self._output = sys.stdout.buffer
        self._byte = bytearray(1)
        self._poll = select.poll()
        self._poll.register(self._input, select.POLLIN)

    def write(self, data: bytes) -> None:
        """Put bytes on the line."""
        self._output.write(data)

    def full(self) -> bool:
        """Never: writing waits itself."""
        return False

    def close(self) -> None:
        """There is nothing to release: the prompt goes on with it."""

    async def run(self, serial: object) -> None:
        """Bring in what comes until the line ends."""
        reader = asyncio.StreamReader(self._input)
        while True:
            first = await reader.read(1)
            if not first:
                return
            serial.received(self._with_rest(first))

    def _with_rest(self, first: bytes) -> bytes:
        """And what is there already, byte by byte: MicroPython's input waits until it has as many as are asked for.

        They are read into the same place, since an object for each would be 32 bytes of garbage.
        """
        readinto = self._input.readinto
        ipoll = self._poll.ipoll
        byte = self._byte
        data = bytearray(first)
        for _ in range(_MOST):
            for _ in ipoll(0):
                break
            else:
                break
            readinto(byte)
            data += byte
        return bytes(data)
