"""A call to a board and its answer, by a uockam node, Belay and mpremote; bytes to it beside the raw line.

On one virtual board, one tool after the other, as they would share a cable. Connecting does not count, except where a
tool connects for each call.
"""

import asyncio
import importlib.util
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from measure import Figures, Table, alternate, figure, percentile
from peers import HOST, beside, python_environment, running

sys.path.insert(0, str(HOST))

from mpremote.transport_serial import SerialTransport

from uockam import Node, Worker
from uockam_host.link.serial import BAUD, SerialLine, open_port
from uockam_host.node.board import Board

CALLS = 200
COMMANDS = 5  # a process each
BULK_BYTES = 400_000
CHUNK_BYTES = 4000
UP_MS = 30_000
OURS = "uockam"
BELAY = "Belay"
LIBRARY = "mpremote's library, connected"
COMMAND = "mpremote exec, a process each"
RAW = "raw line"
LINK = "messages of a node"
TEXT = "hello"

# What the board does in the measurement of throughput: the same code takes bytes from the line, a node above it or not.
SINK = f"""
import asyncio
from device.line import Line
from uockam import Worker

class Sink(Worker):
    def __init__(self):
        self.due = {BULK_BYTES}
    def received(self, data):
        self.due -= len(data)
        if self.due <= 0:
            self.due = {BULK_BYTES}
            return True
    async def handle_message(self, context, message):
        if self.received(message.payload):
            await context.reply(message, b"all")

class Raw(Sink):
    def received(self, data):
        if super().received(data):
            raise EOFError

async def main(node):
    await node.start_worker("sink", Sink())

def raw():
    print("ready")
    try:
        asyncio.run(Line().run(Raw()))
    except EOFError:
        print("all")
"""


def run(seconds: float) -> Iterator[Table]:
    """Round trips, median and 99th percentile; throughput."""
    with tempfile.TemporaryDirectory(prefix="uob-") as name:
        flash = Path(name) / "flash"
        flash.mkdir()
        (flash / "sink.py").write_text(SINK)
        (flash / "uockam.json").write_text('{"main": "sink"}')
        command = [sys.executable, "-m", "uockam_host.device.virtual", name]
        with running(command, python_environment()) as (_, port):
            yield from _round_trips(port, seconds * 2 / 3)
            yield _throughput(port, seconds / 3)


def _round_trips(port: str, seconds: float) -> Iterator[Table]:
    sides: dict[str, Callable[[], Figures]] = {OURS: lambda: asyncio.run(_ours(port))}
    belay = importlib.util.find_spec("belay") is not None
    if belay:
        sides[BELAY] = lambda: _belay(port)
    sides |= {LIBRARY: lambda: _library(port), COMMAND: lambda: _commands(port)}
    note = "" if belay else "Belay is not installed: `pip install belay`"
    rounds = alternate(sides, seconds)
    for name, title in (("p50", "median"), ("p99", "99th percentile")):
        yield Table(f"a call to a board, {title}", "ms", figure(name, rounds), BELAY if belay else LIBRARY, note)


async def _ours(port: str) -> Figures:
    async with _Behind(port) as node:
        times = []
        for _ in range(CALLS):
            start = perf_counter()
            answer = await node.ask("uppercase", TEXT)
            times.append(perf_counter() - start)
            assert answer == TEXT.upper()
        return _figures(times)


class _Behind:
    """A node with the board behind it; the board is at its prompt afterwards."""

    def __init__(self, port: str) -> None:
        self._node = Node("bench")
        self._board = Board(self._node, port, log=lambda level, text: None)

    async def __aenter__(self) -> Node:
        self._task = asyncio.create_task(self._board.run())
        await self._board.wait_up(UP_MS)
        return self._node

    async def __aexit__(self, *_: object) -> None:
        await self._board.stop_node()
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        await self._node.stop()


def _belay(port: str) -> Figures:
    import belay

    with belay.Device(port, startup="import sys", auto_sync_time=False) as device:

        @device.task
        def upper(text):
            return text.upper()

        return _figures([_timed(lambda: upper(TEXT)) for _ in range(CALLS)])


def _library(port: str) -> Figures:
    transport = SerialTransport(port, BAUD)
    try:
        transport.enter_raw_repl(soft_reset=False)
        transport.exec("def upper(text): print(text.upper())")
        times = [_timed(lambda: transport.exec(f"upper({TEXT!r})").decode().strip()) for _ in range(CALLS)]
        transport.exit_raw_repl()
    finally:
        transport.close()
    return _figures(times)


def _commands(port: str) -> Figures:
    command = [str(beside("mpremote")), "connect", port, "resume", "exec", f"print({TEXT!r}.upper())"]

    def call() -> str:
        return subprocess.run(command, env=dict(os.environ), check=True, capture_output=True, text=True).stdout.strip()

    return _figures([_timed(call) for _ in range(COMMANDS)])


def _timed(call: Callable[[], object]) -> float:
    start = perf_counter()
    answer = call()
    took = perf_counter() - start
    assert answer == TEXT.upper(), answer
    return took


def _figures(times: list[float]) -> Figures:
    return {"p50": percentile(times, 0.5) * 1000, "p99": percentile(times, 0.99) * 1000}


def _throughput(port: str, seconds: float) -> Table:
    sides = {RAW: lambda: asyncio.run(_raw(port)), LINK: lambda: asyncio.run(_messages(port))}
    note = f"{BULK_BYTES:,} bytes to the board, which reads its line byte by byte; aim: 0.70 of the raw line"
    return Table("one way to a board", "KB/s", figure("rate", alternate(sides, seconds)), RAW, note)


async def _messages(port: str) -> Figures:
    async with _Behind(port) as node:
        done = asyncio.Event()

        class Source(Worker):
            async def started(self, context):
                self._pour = context.node.spawn("pour", self.pour(context))

            async def pour(self, context):
                for _ in range(0, BULK_BYTES, CHUNK_BYTES):
                    await context.send("sink", bytes(CHUNK_BYTES))

            async def handle_message(self, context, message):
                done.set()

        start = perf_counter()
        await node.start_worker("source", Source())
        await done.wait()
        return {"rate": BULK_BYTES / 1000 / (perf_counter() - start)}


class _Raw:
    """Whoever reads what the board prints."""

    def __init__(self, line: SerialLine) -> None:
        self.heard = b""
        self._more = asyncio.Event()
        line.receiver = self

    def received(self, data: bytes) -> None:
        self.heard += data
        self._more.set()

    def room(self) -> None:
        self._more.set()

    def lost(self, reason: str) -> None:
        raise RuntimeError(reason)

    async def until(self, true: Callable[[], bool]) -> None:
        while not true():
            self._more.clear()
            await self._more.wait()


async def _raw(port: str) -> Figures:
    line = await open_port(port)
    raw = _Raw(line)
    try:
        line.write(b"\x03\x02")
        await raw.until(lambda: b">>> " in raw.heard)
        line.write(b"import sink; sink.raw()\r")
        await raw.until(lambda: b"\nready" in raw.heard)
        start = perf_counter()
        for _ in range(0, BULK_BYTES, CHUNK_BYTES):
            line.write(bytes(CHUNK_BYTES))
            await raw.until(lambda: not line.full())
        await raw.until(lambda: b"\nall" in raw.heard)
        return {"rate": BULK_BYTES / 1000 / (perf_counter() - start)}
    finally:
        line.close()
        await line.ended.wait()
