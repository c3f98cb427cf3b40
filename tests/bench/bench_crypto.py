"""What secure channels compute with: on a host beside `cryptography`, on the unix MicroPython, on an emulated RP2040.

The RP2040's times are its own, at 125 MHz and with its USB interrupt masked, so each is taken once.
"""

import asyncio
import sys
from collections.abc import Iterator

from bench_rp2040 import FIRMWARE as IMAGE
from measure import Figures, Table, alternate, figure
from peers import BENCH, FIRMWARE, micropython, micropython_command, micropython_environment, output_of
from peers import python_environment as cpython_environment
from rp2040py.boards import BOARDS, resolve_firmware
from rp2040py.device import MicroPythonDevice

OPERATIONS = {
    "x25519": ("X25519", "on an RP2040 in other hands: 537 ms a plain bignum ladder, 26 ms the best assembler known"),
    "x25519_public": ("X25519, a public key", ""),
    "sign": ("Ed25519, a signature", "a Cortex-M7 in C: 52 ms"),
    "verify": ("Ed25519, verification", "a Cortex-M3 at 84 MHz in C: 306 ms"),
    "seal": ("AES-256-GCM, 1 KiB sealed", ""),
    "open": ("AES-256-GCM, 1 KiB opened", ""),
    "hkdf": ("HKDF, 64 bytes", ""),
}
AIMS = {"x25519": 100_000, "verify": 250_000, "seal": 12_000, "open": 12_000, "stretch": 50_000}
LOOP = BENCH / "crypto_loop.py"
OPENSSL, PURE = "CPython, cryptography", "CPython, pure"
NATIVE, BOARD_PURE = "MicroPython, viper", "MicroPython, pure"


def run(seconds: float) -> Iterator[Table]:
    """A table for each operation, then the board's."""
    sides = {OPENSSL: lambda: _cpython("fastest", 100), PURE: lambda: _cpython("pure", 5)}
    if micropython():
        sides |= {NATIVE: lambda: _micropython("fastest", 10), BOARD_PURE: lambda: _micropython("pure", 3)}
    rounds = alternate(sides, seconds)
    for name, (title, _) in OPERATIONS.items():
        yield Table(title, "us", figure(name, rounds), OPENSSL)
    if IMAGE.is_file():
        yield from _board_tables(asyncio.run(_board()))


def _cpython(back_end: str, count: int) -> Figures:
    return _figures(output_of([sys.executable, str(LOOP), str(count), back_end], cpython_environment()))


def _micropython(back_end: str, count: int) -> Figures:
    command = [*micropython_command(), str(LOOP), str(count), back_end]
    return _figures(output_of(command, micropython_environment(FIRMWARE)))


def _figures(text: str) -> Figures:
    return {name: float(value) for name, _, value in (line.partition("=") for line in text.split())}


async def _board() -> Figures:
    source = "import machine\n" + LOOP.read_text()
    async with MicroPythonDevice(board=resolve_firmware(BOARDS["pico"], "micropython", str(IMAGE))) as board:
        out, error = await board.aexec(source, None)
    if error:
        raise RuntimeError(error.decode())
    return _figures(out.decode())


def _board_tables(found: Figures) -> Iterator[Table]:
    for name, (title, note) in OPERATIONS.items():
        sides = {"RP2040": [found[name]], **({"aim": [float(AIMS[name])]} if name in AIMS else {})}
        yield Table(f"{title}, on an RP2040", "us of the board", sides, "", note)
    stretch = {"RP2040": [found["stretch"]], "aim": [float(AIMS["stretch"])]}
    yield Table("longest stretch without a yield, on an RP2040", "us of the board", stretch, "")
    yield Table("loading it and its self-test, on an RP2040", "us of the board", {"RP2040": [found["start"]]}, "")
    yield Table("heap held once it is loaded, frozen, on an RP2040", "bytes", {"RP2040": [found["held"]]}, "")
    allocated = {title: [found[f"{name}_bytes"]] for name, (title, _) in OPERATIONS.items()}
    yield Table("heap allocated, and not collected meanwhile, on an RP2040", "bytes", allocated, "")
