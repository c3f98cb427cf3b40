"""X25519 (RFC 7748): the Montgomery ladder."""

from ...port import TYPE_CHECKING
from ..curve25519 import P, clamped, inverse

if TYPE_CHECKING:
    from ..steps import Steps

_A24 = 121665  # (486662 - 2) / 4
_BASE = b"\x09" + bytes(31)
_STRETCH = 16  # bits of the scalar between two yields: 34 ms on an RP2040


def x25519_steps(private: bytes, public: bytes) -> "Steps":
    """The shared secret, of 32 bytes each."""
    scalar = clamped(private)
    x1 = int.from_bytes(public, "little") & ((1 << 255) - 1)
    here, there = (1, 0), (x1, 1)  # n and n + 1 times the point, as x / z
    swapped = 0
    for bit in range(254, -1, -1):
        wanted = (scalar >> bit) & 1
        here, there = _swap(wanted ^ swapped, here, there)
        swapped = wanted
        here, there = _step(x1, here, there)
        if not bit % _STRETCH:
            yield
    (x, z), _ = _swap(swapped, here, there)
    return (x * inverse(z) % P).to_bytes(32, "little")


def x25519_public_steps(private: bytes) -> "Steps":
    """The public key of a private key, of 32 bytes each."""
    return x25519_steps(private, _BASE)


def _swap(bit: int, one: "tuple[int, int]", other: "tuple[int, int]") -> "tuple[tuple[int, int], tuple[int, int]]":
    """Exchange them when the bit is 1, with the same operations when it is not."""
    x = -bit & (one[0] ^ other[0])
    z = -bit & (one[1] ^ other[1])
    return (one[0] ^ x, one[1] ^ z), (other[0] ^ x, other[1] ^ z)


def _step(x1: int, here: "tuple[int, int]", there: "tuple[int, int]") -> "tuple[tuple[int, int], tuple[int, int]]":
    """2n and 2n + 1 times the point, from n and n + 1 times it; x1 is the point's own."""
    plus, minus = here[0] + here[1], here[0] - here[1]
    crossed = minus * (there[0] + there[1]) % P
    straight = plus * (there[0] - there[1]) % P
    plus, minus = plus * plus % P, minus * minus % P
    gap = plus - minus
    total, difference = crossed + straight, crossed - straight
    doubled = plus * minus % P, gap * (plus + _A24 * gap) % P
    added = total * total % P, x1 * (difference * difference % P) % P
    return doubled, added
