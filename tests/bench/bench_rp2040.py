"""The core on an emulated RP2040 at 125 MHz, frozen into the firmware of `make firmware`, in times of the board.

Those do not depend on the machine that emulates it, and hardly vary, so each figure is taken once.
"""

import asyncio
from collections.abc import Iterator

from measure import Table
from peers import BENCH, ROOT
from rp2040py.boards import BOARDS, resolve_firmware
from rp2040py.device import MicroPythonDevice

FIRMWARE = ROOT / "build" / "firmware" / "RPI_PICO.uf2"
UF2_BLOCK, UF2_PAYLOAD = 512, 256
FLASH_BYTES = 640 * 1024  # for the firmware; the rest of the 2 MB is the file system

LOCAL = {
    "call": "a coroutine called",
    "switch": "one turn of the event loop",
    "send": "send to a worker",
    "chain": "passed on by ten workers",
    "ask": "ask a worker",
}
REPLY = {
    "reply": "a frame of the serial link in, its answer out: median",
    "reply_most": "the same: most",
    "decode": "decoding the message",
    "deliver": "from its address to the answer, through the worker",
    "encode": "encoding it",
}
FREE = {
    "free_asyncio": "asyncio, and what a Worker imports",
    "free_node": "and a node with echo and uppercase",
    "free_manager": "and its management",
    "free_link": "and a serial link that is up",
}


def run(seconds: float) -> Iterator[Table]:
    """Tables of counts."""
    if not FIRMWARE.is_file():
        raise RuntimeError(f"There is no {FIRMWARE}: `make firmware` builds it")
    found = asyncio.run(_measure(("workers", "link", "flight", "parts")))
    yield _table("local messages on an RP2040", "per second", found, LOCAL, "aim: 4,800")
    yield _table("an ask from outside on an RP2040", "us of the board", found, REPLY)
    yield _table("a message of 64 bytes that waits for its worker", "bytes of heap", found, {"flight": "each"})
    yield _table("heap that is left on an RP2040", "bytes", found, FREE, "aim: 153,600 for the user")
    size = FIRMWARE.stat().st_size // UF2_BLOCK * UF2_PAYLOAD
    yield Table("flash of an RP2040", "bytes", {"firmware": [size], "room": [FLASH_BYTES]}, "")


def _table(title: str, unit: str, found: dict[str, int], names: dict[str, str], note: str = "") -> Table:
    return Table(title, unit, {label: [found[name]] for name, label in names.items()}, "", note)


async def _measure(parts: tuple[str, ...]) -> dict[str, int]:
    """What the coroutines of rp2040_board.py print, each on a board that has just been reset."""
    source = (BENCH / "rp2040_board.py").read_text()
    found: dict[str, int] = {}
    for part in parts:
        async with MicroPythonDevice(board=resolve_firmware(BOARDS["pico"], "micropython", str(FIRMWARE))) as board:
            out, error = await board.aexec(f"{source}\nasyncio.run({part}())", None)
        if error:
            raise RuntimeError(error.decode())
        found |= {name: int(value) for name, _, value in (line.partition("=") for line in out.decode().split())}
    return found
