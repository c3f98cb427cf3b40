"""Ed25519 (RFC 8032), with points in extended coordinates (X, Y, Z, T): x = X / Z, y = Y / Z, x * y = T / Z."""

from ...port import TYPE_CHECKING
from ..curve25519 import BASE_X, BASE_Y, ORDER, D, P, clamped, inverse, recovered
from .sha2 import sha512

if TYPE_CHECKING:
    from collections.abc import Generator

    from ..steps import Steps, Verdict

    Point = tuple[int, int, int, int]

_NEUTRAL = (0, 1, 1, 0)
_BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)
_STRETCH = 8  # bits of a scalar between two yields: 30 ms on an RP2040


def ed25519_public_steps(seed: bytes) -> "Steps":
    """The public key of a seed, of 32 bytes each."""
    return _packed((yield from _times(clamped(sha512(seed)[:32]), _BASE)))


def ed25519_sign_steps(seed: bytes, message: bytes) -> "Steps":
    """The signature, of 64 bytes (RFC 8032, 5.1.6)."""
    key = sha512(seed)
    secret = clamped(key[:32])
    public = _packed((yield from _times(secret, _BASE)))
    nonce = _scalar(key[32:] + message)
    commitment = _packed((yield from _times(nonce, _BASE)))
    proof = (nonce + _scalar(commitment + public + message) * secret) % ORDER
    return commitment + proof.to_bytes(32, "little")


def ed25519_verify_steps(public: bytes, message: bytes, signature: bytes) -> "Verdict":
    """Whether the holder of the public key signed the message: R = sB - kA, without the cofactor."""
    commitment, proof = signature[:32], int.from_bytes(signature[32:], "little")
    point = _unpacked(public)
    if point is None or proof >= ORDER:
        return False
    x, y, z, t = point
    challenge = _scalar(signature[:32] + public + message)
    one = yield from _times(proof, _BASE)
    other = yield from _times(challenge, (P - x, y, z, P - t))
    return _packed(_add(one, other)) == commitment


def _scalar(data: bytes) -> int:
    return int.from_bytes(sha512(data), "little") % ORDER


def _add(one: "Point", other: "Point") -> "Point":
    """Their sum, also when they are the same or neutral."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * D * one[3] * other[3] % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(scalar: int, point: "Point") -> "Generator[None, None, Point]":
    """scalar * point, with the same operations for every scalar below 2 ** 256."""
    total = _NEUTRAL
    for bit in range(255, -1, -1):
        total = _add(total, total)
        taken = -((scalar >> bit) & 1)
        x, y, z, t = point
        total = _add(total, (x & taken, (y & taken) | (1 & ~taken), (z & taken) | (1 & ~taken), t & taken))
        if not bit % _STRETCH:
            yield
    return total


def _packed(point: "Point") -> bytes:
    scale = inverse(point[2])
    x, y = point[0] * scale % P, point[1] * scale % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _unpacked(data: bytes) -> "Point | None":
    point = recovered(data, _root)
    return None if point is None else (point[0], point[1], 1, point[0] * point[1] % P)


def _root(number: int) -> int:
    return pow(number, (P - 5) // 8, P)
