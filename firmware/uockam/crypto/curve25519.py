"""What X25519 and Ed25519 have in common, on integers: the field, the curve's constants, and points as bytes."""

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


def recovered_x(y: int, odd: int) -> "int | None":
    """The x of the point (x, y) whose lowest bit is `odd`; None when there is no such point (RFC 8032, 5.1.3).

    As Ockam's library does it, x = 0 goes with either bit.
    """
    square = y * y % P
    u, v = square - 1, D * square + 1
    x = u * pow(v, 3, P) * pow(u * pow(v, 7, P), (P - 5) // 8, P) % P
    if (v * x * x - u) % P:
        x = x * ROOT % P
        if (v * x * x - u) % P:
            return None
    return P - x if (x & 1) != odd else x
