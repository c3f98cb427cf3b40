"""Two ends of a byte line in memory, as a Serial needs them (transport/line.py)."""

import asyncio

from uockam.transport.line import Line


class MemoryLine(Line):
    """One end. What is written reaches the other end's Serial in a later turn of the loop."""

    def __init__(self, name):
        self.name = name
        self.other = None
        self.deaf = False  # what is written is lost
        self.stuck = False  # takes no more
        self.closed = False
        self.writes = 0
        self._coming = asyncio.Event()
        self._arrived = b""

    def write(self, data):
        self.writes += 1
        if not self.deaf and self.other is not None:
            self.other.arrive(data)

    def arrive(self, data):
        self._arrived += data
        self._coming.set()

    def full(self):
        return self.stuck

    def close(self):
        self.closed = True

    async def run(self):
        """Hand over what arrives, until cancelled."""
        while True:
            await self._coming.wait()
            self._coming.clear()
            data, self._arrived = self._arrived, b""
            self.serial.received(data)


def memory_lines():
    """Two connected ends."""
    one, two = MemoryLine("one"), MemoryLine("two")
    one.other, two.other = two, one
    return one, two
