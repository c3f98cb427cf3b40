"""AES-256-GCM (NIST SP 800-38D) with nonces of 12 bytes, over AES of the system: what its back ends have in common."""

import struct

from ..errors import DecryptionError
from .aes import block_cipher

BLOCK = 16
_TAG = 16


class Gcm:
    """One key; seal and open as in uockam.crypto. A back end adds what it has its own way of."""

    def __init__(self, key: bytes) -> None:
        self._cipher = block_cipher(key)
        self._set_hash_key(self._cipher.encrypt(bytes(BLOCK)))

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
        blocks = (size + BLOCK - 1) // BLOCK + 1
        stream = self._cipher.encrypt(self._counters(nonce, blocks))
        return stream[:BLOCK], stream[BLOCK : BLOCK + size]

    def _set_hash_key(self, key: bytes) -> None:
        """Keep what _ghash needs of the key of GHASH."""
        raise NotImplementedError

    def _counters(self, nonce: bytes, count: int) -> bytes:
        """Blocks of the nonce and a number, from 1 on."""
        raise NotImplementedError

    def _xor(self, one: bytes, other: bytes) -> bytes:
        """Two texts of the same size, bit by bit."""
        raise NotImplementedError

    def _ghash(self, data: bytes) -> bytes:
        """GHASH of whole blocks."""
        raise NotImplementedError

    def _hash(self, aad: bytes, sealed: bytes) -> bytes:
        lengths = struct.pack(">QQ", 8 * len(aad), 8 * len(sealed))
        return self._ghash(_filled(aad) + _filled(sealed) + lengths)


def _filled(data: bytes) -> bytes:
    """The data and zeros up to a whole block."""
    return data + bytes(-len(data) % BLOCK)


def _same(one: bytes, other: bytes) -> bool:
    """Whether both are equal, in a time that does not tell where they differ."""
    difference = 0
    for at in range(_TAG):
        difference |= one[at] ^ other[at]
    return not difference
