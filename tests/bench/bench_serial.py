"""What the serial link costs: round trips and throughput over a pseudo-terminal, beside the same bytes on the raw line.

The near end is this process, the far end another one: CPython, and MicroPython where there is one.
"""

import asyncio
import os
import sys
import time
import tty
from collections.abc import Iterator

from measure import Figures, Table, alternate, figure, percentile
from peers import BENCH, FIRMWARE, micropython, micropython_command

from uockam.tasks import Runner
from uockam.transport.line import Line
from uockam.transport.serial import Serial, SerialLink

ROUND_TRIPS = 1000
MESSAGE_BYTES = 64
BULK_BYTES = {"CPython": 8_000_000, "MicroPython": 1_000_000}
CHUNK_BYTES = 16_384
HIGH_WATER_BYTES = 65_536
RAW = "raw line"
LINK = "serial link"
TITLES = {
    "p50": (f"echo of {MESSAGE_BYTES} bytes, median", "us"),
    "p99": (f"echo of {MESSAGE_BYTES} bytes, 99th percentile", "us"),
    "rate": ("one way", "MB/s"),
}


class PtyLine(Line):
    """The master side of a pseudo-terminal as a line."""

    name = "pty"

    def __init__(self, fd: int) -> None:
        self.taker: Serial | Near | None = None
        self._fd = fd
        self._waiting = b""
        self._loop = asyncio.get_running_loop()
        os.set_blocking(fd, False)
        self._loop.add_reader(fd, self._readable)

    def _readable(self) -> None:
        self.taker.received(os.read(self._fd, 65536))

    def write(self, data: bytes) -> None:
        if self._waiting:
            self._waiting += data
            return
        sent = self._try(data)
        if sent < len(data):
            self._waiting = data[sent:]
            self._loop.add_writer(self._fd, self._writable)

    def _try(self, data: bytes) -> int:
        try:
            return os.write(self._fd, data)
        except BlockingIOError:
            return 0

    def _writable(self) -> None:
        self._waiting = self._waiting[self._try(self._waiting) :]
        if not self._waiting:
            self._loop.remove_writer(self._fd)
        self.taker.room()

    def full(self) -> bool:
        return len(self._waiting) >= HIGH_WATER_BYTES

    def close(self) -> None:
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)


class Near:
    """The near end's stream, over the raw line or a link: write, and wait until so many bytes have come."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self._got = 0
        self._wanted = 0
        self._enough = asyncio.Event()
        self._room = asyncio.Event()

    def over_line(self, line: PtyLine) -> None:
        self.write = line.write
        self.full = line.full
        line.taker = self
        self.ready.set()

    def over_link(self, line: PtyLine) -> None:
        serial = Serial(Runner(), line, self._on_up)
        line.taker = serial
        serial.start()

    def _on_up(self, link: SerialLink) -> "Near":
        self.write = link.write
        self.full = link.full
        self.drained = link.drained
        return self

    def open(self) -> None:
        self.ready.set()

    def lost(self, reason: str) -> None:
        raise RuntimeError(reason)

    def received(self, data: bytes) -> None:
        self._got += len(data)
        if self._got >= self._wanted:
            self._enough.set()

    def room(self) -> None:
        self._room.set()

    async def drained(self) -> None:
        while self.full():
            self._room.clear()
            await self._room.wait()

    async def ask(self, data: bytes, count: int) -> None:
        self._got = 0
        self._wanted = count
        self._enough.clear()
        self.write(data)
        await self._enough.wait()

    async def pour(self, total: int) -> None:
        self._got = 0
        self._wanted = 3
        self._enough.clear()
        self.write(b"big" + total.to_bytes(4, "big"))
        chunk = os.urandom(CHUNK_BYTES)
        for at in range(0, total, CHUNK_BYTES):
            self.write(chunk[: total - at])
            if self.full():
                await self.drained()
        await self._enough.wait()


async def measure(command: list[str], kind: str, total: int) -> Figures:
    """One far end's figures."""
    master, slave = os.openpty()
    tty.setraw(slave)
    source = os.open(os.ttyname(slave), os.O_RDONLY | os.O_NONBLOCK)  # so that MicroPython's read() gives what is there
    script = (str(BENCH / "serial_far.py"), str(FIRMWARE), "raw" if kind == RAW else "link")
    far = await asyncio.create_subprocess_exec(*command, *script, stdin=source, stdout=slave)
    os.close(source)
    os.close(slave)
    line = PtyLine(master)
    near = Near()
    try:
        near.over_line(line) if kind == RAW else near.over_link(line)
        await near.ready.wait()
        await near.ask(b"x" * MESSAGE_BYTES, MESSAGE_BYTES)  # the far end runs
        times = await round_trips(near)
        rate = await throughput(near, total)
        return {"p50": percentile(times, 0.5) * 1e6, "p99": percentile(times, 0.99) * 1e6, "rate": rate / 1e6}
    finally:
        line.close()
        far.kill()
        await far.wait()
        os.close(master)


async def round_trips(near: Near) -> list[float]:
    message = b"m" * MESSAGE_BYTES
    times = []
    for _ in range(ROUND_TRIPS):
        start = time.perf_counter()
        await near.ask(message, MESSAGE_BYTES)
        times.append(time.perf_counter() - start)
    return times


async def throughput(near: Near, total: int) -> float:
    start = time.perf_counter()
    await near.pour(total)
    return total / (time.perf_counter() - start)


def run(seconds: float) -> Iterator[Table]:
    """Three tables for each interpreter at the far end."""
    commands = {"CPython": [sys.executable]}
    if micropython():
        commands["MicroPython"] = micropython_command()
    for name, command in commands.items():
        yield from _tables(name, command, seconds / len(commands))


def _tables(name: str, command: list[str], seconds: float) -> Iterator[Table]:
    total = BULK_BYTES[name]
    sides = {kind: lambda kind=kind: asyncio.run(measure(command, kind, total)) for kind in (RAW, LINK)}
    rounds = alternate(sides, seconds)
    for key, (title, unit) in TITLES.items():
        yield Table(f"{title}, far end on {name}", unit, figure(key, rounds), RAW)


def main() -> None:
    """Print the tables."""
    for table in run(10):
        print(table.text())


if __name__ == "__main__":
    main()
