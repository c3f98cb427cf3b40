"""Secure channels: on a host beside `cryptography` and `noiseprotocol`; on an emulated RP2040, in its own times.

Rates on the host are per second of the processor, since all of it happens in one process. The figures of the board
hardly vary, so each is taken once; so are bytes.
"""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import oscillator
from bench_rp2040 import FIRMWARE as IMAGE
from measure import Figures, Table, alternate, figure
from peers import (
    BENCH,
    FIRMWARE,
    ROOT,
    micropython,
    micropython_command,
    micropython_environment,
    output_of,
    python_environment,
)
from rp2040py.boards import BOARDS, resolve_firmware
from rp2040py.device import MicroPythonDevice

HEAP = ROOT / "tests" / "emulator" / "heap.py"
FLOOR, NOISE = "cryptography alone", "noiseprotocol"
CORE, NODES = "uockam, state machines", "uockam, two nodes"
MICRO = "state machines, MicroPython"
UNIT = "per second of CPU"
WAYS = {"plain_asks": "in the open", "asks": "through a channel"}
LARGE_BYTES = 1024
OCKAM_BYTES = 1053  # secure.md 8.2, with an empty tracing field
DEVICE = {
    "initiator": ("handshake, the initiator's part, on an RP2040", 800_000),
    "responder": ("handshake, the responder's part, on an RP2040", 800_000),
    "stretch": ("handshake, longest stretch without a yield, on an RP2040", 50_000),
}
MESSAGE = {
    "cipher": "the cipher alone: opening it, sealing as much",
    "plain": "in the open: a frame in to its answer out",
    "sealed": "through a channel",
}
HELD = {
    "secure": ("heap that it takes to answer channels, frozen, on an RP2040", 15 * 1024),
    "code": ("heap that the code of handshakes holds beside that, for the time that it is loaded", 13 * 1024),
    "handshake": ("heap that a handshake holds at most, beyond that", 12 * 1024),
}


def run(seconds: float) -> Iterator[Table]:
    """The host's tables, then the board's where its firmware was built."""
    rounds = alternate({side: lambda command=command: _round(*command) for side, command in _sides().items()}, seconds)
    shaken = figure("handshakes", rounds)
    yield Table("handshakes, both sides", UNIT, shaken, FLOOR, "noiseprotocol has no identities to verify")
    yield Table("messages of 64 bytes, sealed and opened", UNIT, figure("small", rounds), FLOOR)
    large = {side: [rate * LARGE_BYTES / 1e6 for rate in rates] for side, rates in figure("large", rounds).items()}
    yield Table("payloads of 1 KiB, sealed and opened", f"MB {UNIT}", large, FLOOR)
    asks = {way: [figures[name] for figures in rounds[NODES]] for name, way in WAYS.items()}
    yield Table("asks of 64 bytes, and their answers, two nodes", UNIT, asks, WAYS["plain_asks"])
    found = {"uockam": [round(rounds[NODES][0]["bytes"])], "Ockam, by its format": [OCKAM_BYTES]}
    yield Table("a handshake in frames of TCP, without credentials", "bytes", found, "")
    if IMAGE.is_file():
        yield from _board_tables()


def _sides() -> dict[str, tuple[list[str], dict[str, str]]]:
    """Command and environment of a round of each side."""
    ours, theirs = str(BENCH / "secure_loop.py"), str(BENCH / "secure_peers.py")
    python = python_environment()
    sides = {
        FLOOR: ([sys.executable, theirs, "floor", "100"], python),
        NOISE: ([sys.executable, theirs, "noiseprotocol", "100"], python),
        CORE: ([sys.executable, ours, "core", "100"], python),
        NODES: ([sys.executable, ours, "nodes", "100"], python),
    }
    if micropython():
        sides[MICRO] = ([*micropython_command(), ours, "core", "20"], micropython_environment(FIRMWARE))
    return sides


def _round(command: list[str], environment: dict[str, str]) -> Figures:
    return _figures(output_of(command, environment))


def _figures(text: str) -> Figures:
    return {name: float(value) for name, _, value in (line.partition("=") for line in text.split())}


def _board_tables() -> Iterator[Table]:
    source = (BENCH / "rp2040_secure.py").read_text()
    found: Figures = {}
    for part in ("handshake", "message", "cipher"):
        found |= asyncio.run(_on_board(IMAGE, f"{source}\nrun({part})"))
    for name, (title, aim) in DEVICE.items():
        yield Table(title, "us of the board", {"RP2040": [round(found[name])], "aim": [aim]}, "")
    sides = {label: [round(found[name])] for name, label in MESSAGE.items()}
    yield Table("a message of 64 bytes in, its answer out, on an RP2040", "us of the board", sides, "")
    found = asyncio.run(_on_board(IMAGE, HEAP.read_text()))
    for name, (title, aim) in HELD.items():
        yield Table(title, "bytes", {"RP2040": [round(found[name])], "aim": [aim]}, "")


async def _on_board(flashed: Path, program: str) -> Figures:
    """What the program prints on a board with this firmware."""
    board = resolve_firmware(BOARDS["pico"], "micropython", str(flashed))
    async with MicroPythonDevice(board=board) as device:
        oscillator.install(device.mcu)
        out, error = await device.aexec(program, None)
    if error:
        raise RuntimeError(error.decode())
    return _figures(out.decode())
