"""HKDF with SHA-256 (RFC 5869), over the SHA-256 of the system."""

from hashlib import sha256

_BLOCK = 64  # bytes of a block of SHA-256
_HASH = 32


def hkdf_sha256(salt: bytes, ikm: bytes, info: bytes, length: int) -> bytes:
    """`length` bytes of key."""
    secret = hmac_sha256(salt, ikm)
    made = last = b""
    for number in range(1, (length + _HASH - 1) // _HASH + 1):
        last = hmac_sha256(secret, last + info + bytes((number,)))
        made += last
    return made[:length]


def hmac_sha256(key: bytes, data: bytes) -> bytes:
    """The code of RFC 2104, of 32 bytes."""
    if len(key) > _BLOCK:
        key = sha256(key).digest()
    key += bytes(_BLOCK - len(key))
    inner = sha256(bytes([byte ^ 0x36 for byte in key]) + data).digest()
    return sha256(bytes([byte ^ 0x5C for byte in key]) + inner).digest()
