"""Secure channels: on a host beside `cryptography` and `noiseprotocol`; on an emulated RP2040, in its own times.

The figures of the board hardly vary, so each is taken once; so are bytes.
"""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

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

from uockam_host.device import image, install
from uockam_host.device.boards import by_name
from uockam_host.device.flasher import Firmware

HEAP = ROOT / "tests" / "emulator" / "heap.py"
FLOOR, NOISE = "cryptography alone", "noiseprotocol"
CORE, NODES = "uockam, state machines", "uockam, two nodes"
BOARD_CORE, BOARD_NODES = "state machines, MicroPython", "two nodes, MicroPython"
LARGE_BYTES = 4096
MESSAGES = {  # name in the output to the title and the unit
    "small": ("messages of 64 bytes, sealed and opened", "per second"),
    "asks": ("asks of 64 bytes through a channel, and their answers", "per second"),
}
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
HEAP_AIMS = {"files": 45 * 1024, "frozen": 15 * 1024}
HANDSHAKE_AIM = 12 * 1024


def run(seconds: float) -> Iterator[Table]:
    """The host's tables, then the board's where its firmware was built."""
    rounds = alternate({side: lambda command=command: _round(*command) for side, command in _sides().items()}, seconds)
    yield Table(
        "handshakes, both sides", "per second", figure("handshakes", rounds), FLOOR, "noiseprotocol: no identities"
    )
    for name, (title, unit) in MESSAGES.items():
        yield Table(title, unit, figure(name, rounds), FLOOR if name == "small" else NODES)
    large = {side: [rate * LARGE_BYTES / 1e6 for rate in rates] for side, rates in figure("large", rounds).items()}
    yield Table("payloads of 4 KiB, sealed and opened", "MB/s", large, FLOOR)
    found = {"uockam": [rounds[NODES][0]["bytes"]], "Ockam, by its format": [1053.0]}
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
        board = micropython_environment(FIRMWARE)
        sides[BOARD_CORE] = ([*micropython_command(), ours, "core", "5"], board)
        sides[BOARD_NODES] = ([*micropython_command(), ours, "nodes", "5"], board)
    return sides


def _round(command: list[str], environment: dict[str, str]) -> Figures:
    return _figures(output_of(command, environment))


def _figures(text: str) -> Figures:
    return {name: float(value) for name, _, value in (line.partition("=") for line in text.split())}


def _board_tables() -> Iterator[Table]:
    source = (BENCH / "rp2040_secure.py").read_text()
    found: Figures = {}
    for part in ("handshake", "message", "cipher"):
        found |= asyncio.run(_on_board(IMAGE, f"{source}\nasyncio.run({part}())"))
    for name, (title, aim) in DEVICE.items():
        yield Table(title, "us of the board", {"RP2040": [found[name]], "aim": [float(aim)]}, "")
    sides = {label: [found[name]] for name, label in MESSAGE.items()}
    yield Table("a message of 64 bytes in, its answer out, on an RP2040", "us of the board", sides, "")
    with tempfile.TemporaryDirectory() as folder:
        yield from _heap_tables(Path(folder))


def _heap_tables(folder: Path) -> Iterator[Table]:
    """What channels hold of an RP2040's heap, when they are frozen and when they are .mpy files."""
    flashed = folder / "files.uf2"
    firmware = Firmware(IMAGE.name, IMAGE.read_bytes())
    flashed.write_bytes(image.make(by_name("RPI_PICO"), firmware, install.Wanted({"name": "bench"})).data)
    source = HEAP.read_text()
    ways = {
        "frozen": asyncio.run(_on_board(IMAGE, source)),
        "files": asyncio.run(_on_board(flashed, f"import sys\nsys.path.insert(0, '/uockam-runtime/a')\n{source}")),
    }
    held = {f"{how}{what}": [value] for how, found in ways.items() for what, value in _beside_aim(how, found)}
    yield Table("heap that secure channels hold, on an RP2040", "bytes", held, "")
    taken = {"either side": [ways["frozen"]["handshake"]], "aim": [float(HANDSHAKE_AIM)]}
    yield Table("heap that a handshake holds at most, beyond that", "bytes", taken, "")


def _beside_aim(how: str, found: Figures) -> list[tuple[str, float]]:
    return [("", found["secure"]), (", aim", float(HEAP_AIMS[how]))]


async def _on_board(flashed: Path, program: str) -> Figures:
    """What the program prints on a board with these flash contents."""
    async with MicroPythonDevice(board=resolve_firmware(BOARDS["pico"], "micropython", str(flashed))) as board:
        out, error = await board.aexec(program, None)
    if error:
        raise RuntimeError(error.decode())
    return _figures(out.decode())
