"""AES-256-GCM on integers."""

import struct

from ..gcm import BLOCK, Gcm

_REDUCED = 0xE1 << 120  # x ** 128, in GCM's order of bits: the first is the coefficient of 1


class AesGcm(Gcm):
    """One key; seal and open as in uockam.crypto."""

    def _set_hash_key(self, key: bytes) -> None:
        self._hash_key = int.from_bytes(key, "big")

    def _counters(self, nonce: bytes, count: int) -> bytes:
        return b"".join([nonce + struct.pack(">I", number) for number in range(1, count + 1)])

    def _xor(self, one: bytes, other: bytes) -> bytes:
        size = len(one)
        return (int.from_bytes(one, "big") ^ int.from_bytes(other, "big")).to_bytes(size, "big")

    def _ghash(self, data: bytes) -> bytes:
        total = 0
        for at in range(0, len(data), BLOCK):
            total = _product(total ^ int.from_bytes(data[at : at + BLOCK], "big"), self._hash_key)
        return total.to_bytes(BLOCK, "big")


def _product(one: int, other: int) -> int:
    """Of two numbers of GF(2 ** 128), with the same operations for all of them."""
    total = 0
    for bit in range(127, -1, -1):
        total ^= -(one >> bit & 1) & other
        other = (other >> 1) ^ (-(other & 1) & _REDUCED)
    return total
