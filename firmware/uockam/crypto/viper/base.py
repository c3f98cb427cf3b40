"""Multiples of Ed25519's base point by secret numbers: four rows of 64 bits at a time, out of a table of 16 points."""

from . import points
from .base_table import MULTIPLES
from .programs import SIZE, put, put_all, run
from .words import select

_ENTRIES = 16
_ROW = 64  # bits
_ROW_BYTES = 8
_NUMBERS = 3  # of an entry; the fourth of a point that is to be added is always 2
_WORDS = SIZE // 4
_STRETCH = 16  # bits between two yields


def memory() -> bytearray:
    """A memory for `times`, with the table in it."""
    made = points.memory(_ENTRIES * _NUMBERS // 4)
    for at, value in enumerate((1, 1, 0)):
        put(made, points.TABLE + at, value)
    put_all(made, points.TABLE + _NUMBERS, MULTIPLES)
    return made


def times(memory: bytearray, scalar: int) -> "Generator[None, None, None]":  # noqa: F821
    """The point becomes scalar * base, with the same operations for every scalar below 2 ** 256."""
    points.enter_point(memory, 0, 1)
    data = scalar.to_bytes(32, "little")
    for bit in range(_ROW - 1, -1, -1):
        choice = 0
        for row in range(3 * _ROW_BYTES, -1, -_ROW_BYTES):
            choice = choice << 1 | ((data[row + (bit >> 3)] >> (bit & 7)) & 1)
        select(memory, points.SLOT * _WORDS, points.TABLE * _WORDS, _NUMBERS * _WORDS, choice)
        run(memory, points.DOUBLE, len(points.DOUBLE))
        run(memory, points.ADD, len(points.ADD))
        if not bit % _STRETCH:
            yield
