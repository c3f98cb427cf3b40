"""AES-256-GCM with native code around the AES of the system: counters, masks, and GHASH.

GHASH multiplies polynomials by integer products of operands with holes: of each 4 bits one is taken, so that what is
added at one place never reaches the next. That gives the lower half of a product of two words; the upper half is the
lower half of the product of the reversed words, reversed. No branch and no address depends on a key or a text.

No constant has more than 16 bits: a Cortex-M0 loads larger ones from an aligned place beside the code, and MicroPython
aligns frozen code to half a word only.
"""
# ruff: noqa: F821

import micropython

from ..pure import gcm

_BLOCK = 16


class AesGcm(gcm.AesGcm):
    """One key; seal and open as in uockam.crypto."""

    def _set_hash_key(self, key: bytes) -> None:
        self._hash_key = bytearray(32)
        _join(self._hash_key, key)

    def _counters(self, nonce: bytes, count: int) -> bytearray:
        counters = bytearray(_BLOCK * count)
        _count(counters, nonce, count)
        return counters

    def _xor(self, one: bytes, other: bytes) -> bytes:
        both = bytearray(one)
        _mask(both, other, len(one))
        return bytes(both)

    def _ghash(self, data: bytes) -> bytes:
        total = bytearray(32)
        _blocks(total, self._hash_key, bytearray(64), data, len(data) // _BLOCK)
        result = bytearray(_BLOCK)
        _store(result, total)
        return bytes(result)


@micropython.viper
def _blocks(total, key, product, data: ptr8, count: int):
    """Take blocks into the total. Both it and the key are 4 words, the lowest first, and the same words reversed."""
    for _ in range(count):
        _join(total, data)
        _multiply(total, key, product)
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
def _multiply(x: ptr32, y: ptr32, product: ptr32):
    """Add the lower halves of all products of two words to the first 8 words of the product, and those of all products
    of reversed words to the 8 after them.
    """
    m0 = 0x1111
    m0 |= m0 << 16
    m1 = m0 << 1
    m2 = m0 << 2
    m3 = m0 << 3
    for at in range(8):
        word = x[at]
        x0 = word & m0
        x1 = word & m1
        x2 = word & m2
        x3 = word & m3
        half = at & 4
        for other in range(4):
            word = y[half + other]
            y0 = word & m0
            y1 = word & m1
            y2 = word & m2
            y3 = word & m3
            word = ((x0 * y0) ^ (x1 * y3) ^ (x2 * y2) ^ (x3 * y1)) & m0
            word |= ((x0 * y1) ^ (x1 * y0) ^ (x2 * y3) ^ (x3 * y2)) & m1
            word |= ((x0 * y2) ^ (x1 * y1) ^ (x2 * y0) ^ (x3 * y3)) & m2
            word |= ((x0 * y3) ^ (x1 * y2) ^ (x2 * y1) ^ (x3 * y0)) & m3
            product[half + at + other] = product[half + at + other] ^ word


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
