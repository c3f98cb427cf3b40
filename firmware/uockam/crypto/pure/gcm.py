"""AES-256-GCM (NIST SP 800-38D) with nonces of 12 bytes, over AES of the system."""

import struct

from ...errors import DecryptionError
from ..aes import block_cipher

_BLOCK = 16
_TAG = 16
_REDUCED = 0xE1 << 120  # x ** 128, in GCM's order of bits: the first is the coefficient of 1


class AesGcm:
    """One key; seal and open as in uockam.crypto."""

    def __init__(self, key: bytes) -> None:
        self._cipher = block_cipher(key)
        self._set_hash_key(self._cipher.encrypt(bytes(_BLOCK)))

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes = b"") -> bytes:
        """The ciphertext and its tag."""
        mask, stream = self._streams(nonce, len(plaintext))
        sealed = self._xor(plaintext, stream)
        return sealed + self._xor(self._hash(aad, sealed), mask)

    def open(self, nonce: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
        """What was sealed. Raises DecryptionError."""
        end = len(sealed) - _TAG
        if end < 0:
            raise DecryptionError("The encrypted message is cut short")
        mask, stream = self._streams(nonce, end)
        sealed, tag = sealed[:end], sealed[end:]
        if not _same(self._xor(self._hash(aad, sealed), mask), tag):
            raise DecryptionError("The encrypted message has been changed, or belongs to another key")
        return self._xor(sealed, stream)

    def _streams(self, nonce: bytes, size: int) -> "tuple[bytes, bytes]":
        """What hides the tag, and what hides `size` bytes of text."""
        blocks = (size + _BLOCK - 1) // _BLOCK + 1
        stream = self._cipher.encrypt(self._counters(nonce, blocks))
        return stream[:_BLOCK], stream[_BLOCK : _BLOCK + size]

    def _hash(self, aad: bytes, sealed: bytes) -> bytes:
        lengths = struct.pack(">QQ", 8 * len(aad), 8 * len(sealed))
        return self._ghash(_filled(aad) + _filled(sealed) + lengths)

    # What a faster back end does in another way.

    def _set_hash_key(self, key: bytes) -> None:
        self._hash_key = int.from_bytes(key, "big")

    def _counters(self, nonce: bytes, count: int) -> bytes:
        return b"".join([nonce + struct.pack(">I", number) for number in range(1, count + 1)])

    def _xor(self, one: bytes, other: bytes) -> bytes:
        size = len(one)
        return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(size, "big")

    def _ghash(self, data: bytes) -> bytes:
        total = 0
        for at in range(0, len(data), _BLOCK):
            total = _product(total ^ int.from_bytes(data[at : at + _BLOCK], "big"), self._hash_key)
        return total.to_bytes(_BLOCK, "big")


def _product(one: int, other: int) -> int:
    """Of two numbers of GF(2 ** 128), with the same operations for all of them."""
    total = 0
    for bit in range(127, -1, -1):
        total ^= -(one >> bit & 1) & other
        other = (other >> 1) ^ (-(other & 1) & _REDUCED)
    return total


def _filled(data: bytes) -> bytes:
    """The data and zeros up to a whole block."""
    return data + bytes(-len(data) % _BLOCK)


def _same(one: bytes, other: bytes) -> bool:
    """Whether both are equal, in a time that does not tell where they differ."""
    difference = 0
    for at in range(_TAG):
        difference |= one[at] ^ other[at]
    return not difference
