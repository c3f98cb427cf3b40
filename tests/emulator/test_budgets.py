"""What the firmware leaves of a Pico's heap, and what secure channels take of it."""

from pathlib import Path

from rp2040py.boards import BOARDS, resolve_firmware
from rp2040py.device import MicroPythonDevice

from .emulated import FIRMWARE
from .oscillator import install

PROGRAM = Path(__file__).with_name("heap.py")
KB = 1024

FREE_BYTES = 190 * KB  # once all is imported that a node needs
SECURE_BYTES = 15 * KB  # what it takes to answer channels
CODE_BYTES = 13 * KB  # what handshakes load beside that, and what goes again
HANDSHAKE_BYTES = 12 * KB  # what one holds meanwhile


async def test_the_heap_that_a_node_leaves_and_that_secure_channels_take_is_within_the_budget():
    async with MicroPythonDevice(board=resolve_firmware(BOARDS["pico"], "micropython", str(FIRMWARE))) as board:
        install(board.mcu)
        out, error = await board.aexec(PROGRAM.read_text(), None)
    assert not error, error.decode()
    found = {name: int(value) for name, _, value in (line.partition("=") for line in out.decode().split())}
    assert found["backend_is_native"], found
    assert found["free"] >= FREE_BYTES, found
    assert found["secure"] <= SECURE_BYTES, found
    assert found["code"] <= CODE_BYTES, found
    assert found["handshake"] <= HANDSHAKE_BYTES, found
