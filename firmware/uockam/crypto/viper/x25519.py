"""X25519 (RFC 7748): the Montgomery ladder, a step of it in one program."""

from ..curve25519 import clamped
from .programs import INVERT, SIZE, get, names, program, put, run
from .words import swap

_PLACES = names("x2 z2 x3 z3 x1 a24 a b c d e z")
_X2, _X3 = _PLACES["x2"], _PLACES["x3"]
_WORDS = SIZE // 4
_A24 = 121665  # (486662 - 2) / 4
_STRETCH = 32  # bits of the scalar between two yields: 10 ms on an RP2040

# (x2, z2) is n times the point and (x3, z3) is n + 1 times it: they become 2n and 2n + 1 times it.
_STEP = program(
    _PLACES,
    """
a = x2 + z2
b = x2 - z2
c = x3 + z3
d = x3 - z3
d = d * a
c = c * b
a = a ^ 1
b = b ^ 1
x2 = a * b
b = a - b
x3 = d + c
x3 = x3 ^ 1
z3 = d - c
z3 = z3 ^ 1
z3 = z3 * x1
z2 = a24 * b
z2 = z2 + a
z2 = z2 * b
""",
)
_INVERT = program(_PLACES, INVERT)
_QUOTIENT = program(_PLACES, "x2 = x2 * z")


def x25519_steps(private: bytes, public: bytes) -> "Steps":  # noqa: F821
    """The shared secret, of 32 bytes each."""
    scalar = clamped(private)
    x1 = int.from_bytes(public, "little") & ((1 << 255) - 1)
    memory = bytearray(SIZE * (2 + len(_PLACES)))
    for name, value in (("x2", 1), ("x3", x1), ("z3", 1), ("x1", x1), ("a24", _A24)):
        put(memory, _PLACES[name], value)
    swapped = 0
    for bit in range(254, -1, -1):
        wanted = (scalar >> bit) & 1
        swap(memory, _X2 * _WORDS, _X3 * _WORDS, 2 * _WORDS, wanted ^ swapped)
        swapped = wanted
        run(memory, _STEP, len(_STEP))
        if not bit % _STRETCH:
            yield
    swap(memory, _X2 * _WORDS, _X3 * _WORDS, 2 * _WORDS, swapped)
    return _quotient(memory)


def _quotient(memory: bytearray) -> bytes:
    """x2 / z2 as 32 bytes."""
    z2, z = _PLACES["z2"] * SIZE, _PLACES["z"] * SIZE
    memory[z : z + SIZE] = memory[z2 : z2 + SIZE]
    run(memory, _INVERT, len(_INVERT))
    run(memory, _QUOTIENT, len(_QUOTIENT))
    return get(memory, _X2).to_bytes(32, "little")
