"""Ed25519 (RFC 8032), and the public keys of X25519, which come of the same multiples."""

from ..curve25519 import BASE_X, BASE_Y, ORDER, P, clamped, recovered
from . import base, points
from .programs import NUMBERS, SIZE, get, place, put, root, run
from .sha2 import sha512

_BITS = 256
_WINDOW = 16  # half of what a digit of a number may be
_ODD = 8  # how many odd numbers are below it
_TWICE = 2 * _ODD  # entry of the table where twice a point stands while its odd multiples are made
_STRETCH = 32  # bits between two yields: 9 ms on an RP2040


def x25519_public_steps(private: bytes) -> "Steps":  # noqa: F821
    """The public key of a private key, of 32 bytes each."""
    memory = base.memory()
    yield from base.times(memory, clamped(private))
    return points.montgomery(memory)


def ed25519_public_steps(seed: bytes) -> "Steps":  # noqa: F821
    """The public key of a seed, of 32 bytes each."""
    return (yield from _packed_multiple(base.memory(), clamped(sha512(seed)[:32])))


def ed25519_sign_steps(seed: bytes, message: bytes) -> "Steps":  # noqa: F821
    """The signature, of 64 bytes (RFC 8032, 5.1.6)."""
    key = sha512(seed)
    secret, memory = clamped(key[:32]), base.memory()
    public = yield from _packed_multiple(memory, secret)
    nonce = _scalar(key[32:] + message)
    commitment = yield from _packed_multiple(memory, nonce)
    proof = (nonce + _scalar(commitment + public + message) * secret) % ORDER
    return commitment + proof.to_bytes(32, "little")


def ed25519_verify_steps(public: bytes, message: bytes, signature: bytes) -> "Verdict":  # noqa: F821
    """Whether the holder of the public key signed the message: R = sB - kA, without the cofactor."""
    commitment, proof = signature[:32], int.from_bytes(signature[32:], "little")
    point = recovered(public, _root)
    if point is None or proof >= ORDER:
        return False
    yield
    challenge = _scalar(commitment + public + message)
    memory = points.memory(_TWICE + 1)
    _enter_odd(memory, 0, BASE_X, BASE_Y)
    _enter_odd(memory, _ODD, P - point[0], point[1])
    yield from _sum(memory, _digits(proof), _digits(challenge))
    return points.packed(memory) == commitment


def _packed_multiple(memory: bytearray, scalar: int) -> "Steps":  # noqa: F821
    yield from base.times(memory, scalar)
    return points.packed(memory)


def _scalar(data: bytes) -> int:
    return int.from_bytes(sha512(data), "little") % ORDER


def _root(number: int) -> int:
    """number ** ((P - 5) / 8)."""
    memory = bytearray(SIZE * NUMBERS)
    put(memory, place("z"), number)
    root(memory)
    return get(memory, place("a"))


def _enter_odd(memory: bytearray, first: int, x: int, y: int) -> None:
    """Make 1, 3, 5 to 15 times a point entries of the table."""
    points.enter_point(memory, x, y)
    run(memory, points.DOUBLE, len(points.DOUBLE))
    points.enter(memory, _TWICE)
    points.enter_point(memory, x, y)
    points.enter(memory, first)
    for entry in range(first + 1, first + _ODD):
        points.add(memory, _TWICE, points.ADD)
        points.enter(memory, entry)


def _digits(number: int) -> bytearray:
    """The number in odd digits from -15 to 15, as bytes, each followed by four zeros at least; the lowest bit first."""
    digits = bytearray(_BITS)
    data = number.to_bytes(_BITS // 8 + 1, "little")
    at = carry = 0
    while at < _BITS:
        pair = data[at >> 3] | data[(at >> 3) + 1] << 8
        window = ((pair >> (at & 7)) & (2 * _WINDOW - 1)) + carry
        if window & 1:
            carry = window // _WINDOW
            digits[at] = (window - 2 * _WINDOW * carry) & 0xFF
            at += 5
        else:
            at += 1
    return digits


def _sum(memory: bytearray, ours: bytearray, theirs: bytearray) -> "Generator[None, None, None]":  # noqa: F821
    """The point becomes the sum of the products of both numbers with the points whose multiples are in the table."""
    points.enter_point(memory, 0, 1)
    for bit in range(_BITS - 1, -1, -1):
        our, their = ours[bit], theirs[bit]
        run(memory, points.DOUBLE, len(points.DOUBLE) if our or their else points.WITHOUT_T)
        if our:
            _add_digit(memory, 0, our)
        if their:
            _add_digit(memory, _ODD, their)
        if not bit % _STRETCH:
            yield


def _add_digit(memory: bytearray, first: int, digit: int) -> None:
    """Add as many times a point as this byte says; its odd multiples are in the table from `first` on."""
    if digit > 127:
        points.add(memory, first + ((256 - digit) >> 1), points.SUBTRACT)
    else:
        points.add(memory, first + (digit >> 1), points.ADD)
