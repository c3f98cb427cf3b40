"""AES-256-GCM with native code around the AES of the system: counters, masks, and GHASH.

GHASH multiplies polynomials by integer products of operands with holes: of each 4 bits one is taken, so that what is
added at one place never reaches the next. That gives the lower half of a product of two words; the upper half is the
lower half of the product of the reversed words, reversed. No branch and no address depends on a key or a text.

No constant has more than 16 bits: a Cortex-M0 loads larger ones from an aligned place beside the code, and MicroPython
aligns frozen code to half a word only.
"""
# ruff: noqa: F821

import micropython

from ..gcm import BLOCK, Gcm

try:
    from .ghash_thumb import multiply
except (SyntaxError, ValueError, ImportError):  # another processor, or files that were compiled for one
    from .ghash_any import multiply


class AesGcm(Gcm):
    """One key; seal and open as in uockam.crypto."""

    def _set_hash_key(self, key: bytes) -> None:
        words = bytearray(32)
        _join(words, key)
        self._hash_key = bytearray(128)
        _apart(self._hash_key, words)

    def _counters(self, nonce: bytes, count: int) -> bytearray:
        counters = bytearray(BLOCK * count)
        _count(counters, nonce, count)
        return counters

    def _xor(self, one: bytes, other: bytes) -> bytes:
        both = bytearray(one)
        _mask(both, other, len(one))
        return bytes(both)

    def _ghash(self, data: bytes) -> bytes:
        total = bytearray(32)
        _blocks(total, self._hash_key, bytearray(64), data, len(data) // BLOCK)
        result = bytearray(BLOCK)
        _store(result, total)
        return bytes(result)


@micropython.viper
def _blocks(total, key, product, data: ptr8, count: int):
    """Take blocks into the total, which is 4 words, the lowest first, and the same words reversed; so is the key, but
    for its words being taken apart. What comes of the reversed ones is 8 words further in the product.
    """
    for _ in range(count):
        _join(total, data)
        multiply(total, key, product)
        multiply(uint(ptr32(total)) + 16, uint(ptr32(key)) + 64, uint(ptr32(product)) + 32)
        _reverse(product, 8, 7)
        _reduce(total, product)
        data = ptr8(uint(data) + 16)


@micropython.viper
def _join(total: ptr32, block: ptr8):
    """Add a block to the total."""
    for at in range(4):
        word = (block[12] << 24) | (block[13] << 16) | (block[14] << 8) | block[15]
        total[at] = total[at] ^ word
        total[4 + at] = total[at]
        block = ptr8(uint(block) - 4)
    _reverse(total, 4, 4)


@micropython.viper
def _reverse(words: ptr32, first: int, count: int):
    """Turn the bits of words round."""
    ones = uint(0x5555)
    ones |= ones << 16
    pairs = uint(0x3333)
    pairs |= pairs << 16
    nibbles = uint(0x0F0F)
    nibbles |= nibbles << 16
    octets = uint(0x00FF)
    octets |= octets << 16
    for at in range(first, first + count):
        word = uint(words[at])
        word = ((word >> 1) & ones) | ((word & ones) << 1)
        word = ((word >> 2) & pairs) | ((word & pairs) << 2)
        word = ((word >> 4) & nibbles) | ((word & nibbles) << 4)
        word = ((word >> 8) & octets) | ((word & octets) << 8)
        words[at] = int((word >> 16) | (word << 16))


@micropython.viper
def _apart(parts: ptr32, words: ptr32):
    """Of each of 8 words 4, with every fourth bit."""
    mask = 0x1111
    mask |= mask << 16
    for at in range(32):
        parts[at] = words[at >> 2] & (mask << (at & 3))


@micropython.viper
def _reduce(total: ptr32, p: ptr32):
    """Make the total of a product, whose upper halves begin a bit lower than words do, and empty the product.

    As GCM counts bits from the other end, the lower 128 of the 256 stand for x ** 128 and more.
    """
    carry = uint(0)
    for at in range(8):
        word = uint(p[at]) ^ (uint(p[7 + at]) >> 1)
        p[at] = int((word << 1) | carry)
        carry = word >> 31
    for at in range(4):
        word = uint(p[at])
        p[at + 3] = p[at + 3] ^ int((word << 31) ^ (word << 30) ^ (word << 25))
        p[at + 4] = p[at + 4] ^ int(word ^ (word >> 1) ^ (word >> 2) ^ (word >> 7))
    for at in range(4):
        total[at] = p[4 + at]
    for at in range(15):
        p[at] = 0


@micropython.viper
def _store(block: ptr8, total: ptr32):
    """The block of a total."""
    for at in range(4):
        word = total[3 - at]
        block[0] = word >> 24
        block[1] = word >> 16
        block[2] = word >> 8
        block[3] = word
        block = ptr8(uint(block) + 4)


@micropython.viper
def _count(counters: ptr8, nonce: ptr8, count: int):
    """Blocks of the nonce and a number, from 1 on."""
    for number in range(1, count + 1):
        for at in range(12):
            counters[at] = nonce[at]
        counters[12] = number >> 24
        counters[13] = number >> 16
        counters[14] = number >> 8
        counters[15] = number
        counters = ptr8(uint(counters) + 16)


@micropython.viper
def _mask(text: ptr8, stream: ptr8, size: int):
    for at in range(size):
        text[at] = text[at] ^ stream[at]
