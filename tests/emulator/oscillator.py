"""Randomness for an emulated RP2040, whose emulator has none."""

import random

from rp2040py.peripherals.peripheral import BasePeripheral
from rp2040py.rp2040 import RP2040

_PAGE = 0x40060


class _Oscillator(BasePeripheral):
    """The ring oscillator, whose random bit is all the randomness that a Pico has; the emulator's own is always 1."""

    _RANDOM_BIT = 0x1C

    def read_uint32(self, offset: int) -> int:
        return random.getrandbits(1) if offset == self._RANDOM_BIT else 0xFFFFFFFF

    def write_uint32(self, offset: int, value: int) -> None:
        pass


def install(board: RP2040) -> None:
    """Give the board a random source."""
    board.peripherals[_PAGE] = _Oscillator(board, "ROSC")
