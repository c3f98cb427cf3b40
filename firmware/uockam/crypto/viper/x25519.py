"""X25519 (RFC 7748): the Montgomery ladder, a step of it in one program."""

from ..curve25519 import clamped
from .programs import NUMBERS, SIZE, get, invert, place, put, run
from .words import swap

# m / n is n times the point and o / p is n + 1 times it: they become 2n and 2n + 1 times it. q is the point, k A24.
_STEP = b"a=m+n b=m-n c=o+p d=o-p d=d*a c=c*b a=a^a b=b^a m=a*b b=a-b o=d+c o=o^a p=d-c p=p^a p=p*q n=k*b n=n+a n=n*b"
_QUOTIENT = b"m=m*z"

_M, _N, _O, _Z = [place(name) for name in "mnoz"]
_WORDS = SIZE // 4
_A24 = 121665  # (486662 - 2) / 4
_STRETCH = 32  # bits of the scalar between two yields: 10 ms on an RP2040


def x25519_steps(private: bytes, public: bytes) -> "Steps":  # noqa: F821
    """The shared secret, of 32 bytes each."""
    scalar = clamped(private).to_bytes(32, "little")
    memory = bytearray(SIZE * NUMBERS)
    x1 = int.from_bytes(public, "little") & ((1 << 255) - 1)
    for name, value in (("m", 1), ("o", x1), ("p", 1), ("q", x1), ("k", _A24)):
        put(memory, place(name), value)
    swapped = 0
    for bit in range(254, -1, -1):
        wanted = (scalar[bit >> 3] >> (bit & 7)) & 1
        swap(memory, _M * _WORDS, _O * _WORDS, 2 * _WORDS, wanted ^ swapped)
        swapped = wanted
        run(memory, _STEP, len(_STEP))
        if not bit % _STRETCH:
            yield
    swap(memory, _M * _WORDS, _O * _WORDS, 2 * _WORDS, swapped)
    return _quotient(memory)


def _quotient(memory: bytearray) -> bytes:
    """m / n as 32 bytes."""
    memory[_Z * SIZE : (_Z + 1) * SIZE] = memory[_N * SIZE : (_N + 1) * SIZE]
    invert(memory)
    run(memory, _QUOTIENT, len(_QUOTIENT))
    return get(memory, _M).to_bytes(32, "little")
