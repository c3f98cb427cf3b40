"""Points of Ed25519's curve in a memory of field numbers, in extended coordinates: x / z and y / z, with x y / z for t.

A point that is to be added stands in p, q, r and s: y - x, y + x, 2 d t and 2 z. k is 2 d.
"""

from ..curve25519 import D, P
from .programs import NUMBERS, SIZE, get, invert, place, put, run

TABLE = NUMBERS  # where a table of points that are to be added begins
ENTRY = 4 * SIZE  # bytes of one
SLOT = place("p")  # where the point that is to be added stands
_SLOT_AT = SLOT * SIZE

ADD = b"a=y-x a=a*p b=y+x b=b*q c=t*r d=z*s e=b-a f=d-c g=d+c h=b+a x=e*f y=g*h z=f*g t=e*h"
SUBTRACT = b"a=y-x a=a*q b=y+x b=b*p c=t*r d=z*s e=b-a f=d+c g=d-c h=b+a x=e*f y=g*h z=f*g t=e*h"
DOUBLE = b"a=x^a b=y^a c=z^a c=c+c h=a+b e=x+y e=e^a e=h-e g=a-b f=c+g x=e*f y=g*h z=f*g t=e*h"
WITHOUT_T = len(DOUBLE) - 6  # as much of that as is enough for a point that is only doubled next
_PREPARE = b"p=y-x q=y+x r=t*k s=z+z"
_AFFINE = b"x=x*z y=y*z"
_MONTGOMERY = b"f=z+y z=z-y"
_QUOTIENT = b"f=f*z"


def memory(entries: int) -> bytearray:
    """A memory with the neutral point and room for a table."""
    made = bytearray(SIZE * TABLE + ENTRY * entries)
    put(made, place("k"), 2 * D % P)
    put(made, place("s"), 2)
    enter_point(made, 0, 1)
    return made


def enter_point(memory: bytearray, x: int, y: int) -> None:
    """Make (x, y) the point."""
    for name, value in (("x", x), ("y", y), ("z", 1), ("t", x * y % P)):
        put(memory, place(name), value)


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
    invert(memory)
    run(memory, _AFFINE, len(_AFFINE))
    x, y = get(memory, place("x")), get(memory, place("y"))
    return (y | (x & 1) << 255).to_bytes(32, "little")


def montgomery(memory: bytearray) -> bytes:
    """The same point of X25519's curve, as 32 bytes."""
    run(memory, _MONTGOMERY, len(_MONTGOMERY))
    invert(memory)
    run(memory, _QUOTIENT, len(_QUOTIENT))
    return get(memory, place("f")).to_bytes(32, "little")
