"""What X25519 and Ed25519 have in common, on integers: the field, the curve's constants, and points as bytes."""

from ..port import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

P = (1 << 255) - 19
ORDER = (1 << 252) + 27742317777372353535851937790883648493  # of the group that BASE generates
D = 37095705934669439343138083508754565189542113879843219016388785533085940283555
ROOT = 19681161376707505956807079304988542015446066515923890162744021073123829784752  # of -1
BASE_X = 15112221349535400772501151409588531511454012693041857206046113283949847762202
BASE_Y = 46316835694926478169428394003475163141307993866256225615783033603165251855960


def inverse(x: int) -> int:
    """1 / x in the field; 0 for 0."""
    return pow(x, P - 2, P)


def clamped(key: bytes) -> int:
    """The scalar that 32 bytes of key stand for (RFC 7748, 5)."""
    return (int.from_bytes(key, "little") & ((1 << 254) - 8)) | (1 << 254)


def recovered(data: bytes, root: "Callable[[int], int]") -> "tuple[int, int] | None":
    """The point (x, y) of 32 bytes; None when there is none (RFC 8032, 5.1.3). root(n) is n ** ((P - 5) / 8).

    As Ockam's library does it, y need not be reduced, and x = 0 goes with either sign.
    """
    number = int.from_bytes(data, "little")
    y, odd = (number & ((1 << 255) - 1)) % P, number >> 255
    square = y * y % P
    u, v = square - 1, (D * square + 1) % P
    cube = v * v * v % P
    x = u * cube * root(u * cube * cube * v % P) % P
    if (v * x * x - u) % P:
        x = x * ROOT % P
        if (v * x * x - u) % P:
            return None
    return (P - x if (x & 1) != odd else x), y
