"""The far end of bench_serial.py, on standard input and output: `serial_far.py FIRMWARE raw|link`.

It sends back what it gets; after "big" and a u32 it takes so many bytes, and sends "all".
"""

import asyncio
import os
import sys

sys.path.insert(0, sys.argv[1])

from uockam.tasks import Runner
from uockam.transport.line import Line
from uockam.transport.serial import Serial


class Far:
    """What the far end does with a stream of bytes."""

    def __init__(self, write):
        self.write = write
        self.due = 0

    def received(self, data):
        if not self.due and data[:3] == b"big":
            self.due = int.from_bytes(data[3:7], "big")
            data = data[7:]
        if not self.due:
            self.write(data)
            return
        self.due -= len(data)
        if self.due <= 0:
            self.due = 0
            self.write(b"all")

    def open(self):
        pass

    def lost(self, reason):
        pass


class StandardLine(Line):
    """Standard input and output as a line."""

    name = "standard input"

    def write(self, data):
        while data:
            data = data[os_write(data) :]

    def full(self):
        return False

    def close(self):
        pass


def os_write(data):
    """Write some of the bytes to standard output; how many."""
    if hasattr(os, "write"):
        return os.write(1, data)
    return sys.stdout.buffer.write(data)


async def stdin_reader():
    """An asyncio reader of standard input whose read() gives what is there."""
    if sys.implementation.name == "micropython":
        return asyncio.StreamReader(sys.stdin.buffer)
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def main():
    reader = await stdin_reader()
    line = StandardLine()
    if sys.argv[2] == "raw":
        taker = Far(line.write)
    else:
        taker = Serial(Runner(), line, lambda link: Far(link.write))
        taker.start()
    while True:
        data = await reader.read(4096)
        if not data:
            return
        taker.received(data)


asyncio.run(main())
