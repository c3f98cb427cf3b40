"""Points of Ed25519's curve in a memory of field numbers, in extended coordinates: x / z and y / z, with x y / z for t.

A point that is to be added stands in four numbers one after another: y - x, y + x, 2 d t and 2 z.
"""

from ..curve25519 import D, P
from .programs import INVERT, SIZE, get, names, program, put, run

_NAMES = names("x y z t ym yp td zz d2 a b c d e f g h")
TABLE = 2 + len(_NAMES)  # where a table of points that are to be added begins
ENTRY = 4 * SIZE  # bytes of one
SLOT = _NAMES["ym"]  # where the point that is to be added stands
_SLOT_AT = SLOT * SIZE

_ADD_PARTS = """
a = y - x
a = a * {ym}
b = y + x
b = b * {yp}
c = t * td
d = z * zz
e = b - a
f = d {minus} c
g = d {plus} c
h = b + a
x = e * f
y = g * h
z = f * g
t = e * h
"""
ADD = program(_NAMES, _ADD_PARTS.format(ym="ym", yp="yp", minus="-", plus="+"))
SUBTRACT = program(_NAMES, _ADD_PARTS.format(ym="yp", yp="ym", minus="+", plus="-"))
_DOUBLE_PARTS = """
a = x ^ 1
b = y ^ 1
c = z ^ 1
c = c + c
h = a + b
e = x + y
e = e ^ 1
e = h - e
g = a - b
f = c + g
x = e * f
y = g * h
z = f * g
"""
DOUBLE = program(_NAMES, _DOUBLE_PARTS + "t = e * h")
DOUBLE_ONLY = DOUBLE[:-4]  # without t, which another doubling does not need
_PREPARE = program(_NAMES, "ym = y - x\nyp = y + x\ntd = t * d2\nzz = z + z")
_AFFINE = program(_NAMES, INVERT + "\nx = x * z\ny = y * z")
_MONTGOMERY = program(_NAMES, "f = z + y\nz = z - y\n" + INVERT + "\nf = f * z")


def memory(entries: int) -> bytearray:
    """A memory with the neutral point and room for a table."""
    made = bytearray(SIZE * TABLE + ENTRY * entries)
    put(made, _NAMES["d2"], 2 * D % P)
    put(made, _NAMES["zz"], 2)
    place(made, 0, 1)
    return made


def place(memory: bytearray, x: int, y: int) -> None:
    """Make (x, y) the point."""
    for name, value in (("x", x), ("y", y), ("z", 1), ("t", x * y % P)):
        put(memory, _NAMES[name], value)


def add(memory: bytearray, entry: int, code: bytes) -> None:
    """ADD or SUBTRACT an entry of the table."""
    at = TABLE * SIZE + entry * ENTRY
    memory[_SLOT_AT : _SLOT_AT + ENTRY] = memory[at : at + ENTRY]
    run(memory, code, len(code))


def enter(memory: bytearray, entry: int) -> None:
    """Make the point an entry of the table."""
    run(memory, _PREPARE, len(_PREPARE))
    at = TABLE * SIZE + entry * ENTRY
    memory[at : at + ENTRY] = memory[_SLOT_AT : _SLOT_AT + ENTRY]


def packed(memory: bytearray) -> bytes:
    """The point as 32 bytes (RFC 8032, 5.1.2)."""
    run(memory, _AFFINE, len(_AFFINE))
    x, y = get(memory, _NAMES["x"]), get(memory, _NAMES["y"])
    return (y | (x & 1) << 255).to_bytes(32, "little")


def montgomery(memory: bytearray) -> bytes:
    """The same point of X25519's curve, as 32 bytes."""
    run(memory, _MONTGOMERY, len(_MONTGOMERY))
    return get(memory, _NAMES["f"]).to_bytes(32, "little")
