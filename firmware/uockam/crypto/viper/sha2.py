"""SHA-512 (FIPS 180-4) in native code: a word of 64 bits is two of 32, the high one first.

Of a word, u is the upper and v the lower half. Sums are made of halves again, so that the carry can be taken on,
and `mask` keeps of 64 bits what 32 would hold.
"""
# ruff: noqa: F821

import micropython

from ..sha512_parts import ROUNDS, START, padded

_ROUNDS = 80


def sha512(data: bytes) -> bytes:
    """The hash, of 64 bytes."""
    state = bytearray(64)
    constants = bytearray(8 * _ROUNDS)
    _load(state, START, 16)
    _load(constants, ROUNDS, 2 * _ROUNDS)
    words = bytearray(8 * _ROUNDS)
    rows = bytearray(16 * (4 + _ROUNDS))
    data = memoryview(padded(data))
    for at in range(0, len(data), 128):
        _load(words, data[at : at + 128], 32)
        _schedule(words)
        _spread(rows, state)
        _compress(rows, words, constants)
        _gather(state, rows)
    _load(words, state, 16)
    return bytes(words[:64])


@micropython.viper
def _load(to: ptr8, source: ptr8, count: int):
    """Copy words, each from the other order of bytes."""
    at = 0
    while at < 4 * count:
        to[at] = source[at + 3]
        to[at + 1] = source[at + 2]
        to[at + 2] = source[at + 1]
        to[at + 3] = source[at]
        at += 4


@micropython.viper
def _schedule(w: ptr32):
    """The 80 words of a block from its first 16."""
    mask = (uint(0xFFFF) << 16) | 0xFFFF
    end = uint(w) + 8 * 64
    while uint(w) < end:
        u = uint(w[2])
        v = uint(w[3])
        high = ((u >> 1) | (v << 31)) ^ ((u >> 8) | (v << 24)) ^ (u >> 7)
        a = (((v >> 1) | (u << 31)) ^ ((v >> 8) | (u << 24)) ^ ((v >> 7) | (u << 25))) & mask
        u = uint(w[28])
        v = uint(w[29])
        high += ((u >> 19) | (v << 13)) ^ ((v >> 29) | (u << 3)) ^ (u >> 6)
        b = (((v >> 19) | (u << 13)) ^ ((u >> 29) | (v << 3)) ^ ((v >> 6) | (u << 26))) & mask
        u = uint(w[1])
        v = uint(w[19])
        low = (a & 0xFFFF) + (b & 0xFFFF) + (u & 0xFFFF) + (v & 0xFFFF)
        carry = (a >> 16) + (b >> 16) + (u >> 16) + (v >> 16) + (low >> 16)
        w[33] = int((carry << 16) | (low & 0xFFFF))
        w[32] = int(high + uint(w[0]) + uint(w[18]) + (carry >> 16))
        w = ptr32(uint(w) + 8)


@micropython.viper
def _compress(row: ptr32, w: ptr32, k: ptr32):
    """The rounds. Rows hold a and e, a row for each round, after the four that come of the state:

    at each round row[12], row[8], row[4], row[0] begin a, b, c, d and row[14], row[10], row[6], row[2] e, f, g, u.
    """
    mask = (uint(0xFFFF) << 16) | 0xFFFF
    end = uint(w) + 8 * 80
    while uint(w) < end:
        u = uint(row[14])
        v = uint(row[15])
        high = ((u >> 14) | (v << 18)) ^ ((u >> 18) | (v << 14)) ^ ((v >> 9) | (u << 23))
        x = (((v >> 14) | (u << 18)) ^ ((v >> 18) | (u << 14)) ^ ((u >> 9) | (v << 23))) & mask
        low = x & 0xFFFF
        carry = x >> 16
        x = uint(row[7]) ^ (v & (uint(row[11]) ^ uint(row[7])))
        low += x & 0xFFFF
        carry += x >> 16
        high += uint(row[6]) ^ (u & (uint(row[10]) ^ uint(row[6])))
        u = uint(w[1])
        v = uint(k[1])
        x = uint(row[3])
        low += (u & 0xFFFF) + (v & 0xFFFF) + (x & 0xFFFF)
        carry += (u >> 16) + (v >> 16) + (x >> 16) + (low >> 16)
        low = low & 0xFFFF
        high += uint(w[0]) + uint(k[0]) + uint(row[2]) + (carry >> 16)
        carry = carry & 0xFFFF
        x = uint(row[1])
        v = low + (x & 0xFFFF)
        u = carry + (x >> 16) + (v >> 16)
        row[19] = int((u << 16) | (v & 0xFFFF))
        row[18] = int(high + uint(row[0]) + (u >> 16))
        u = uint(row[12])
        v = uint(row[13])
        high += ((u >> 28) | (v << 4)) ^ ((v >> 2) | (u << 30)) ^ ((v >> 7) | (u << 25))
        x = (((v >> 28) | (u << 4)) ^ ((u >> 2) | (v << 30)) ^ ((u >> 7) | (v << 25))) & mask
        high += (u & uint(row[8])) | (uint(row[4]) & (u | uint(row[8])))
        v = (v & uint(row[9])) | (uint(row[5]) & (v | uint(row[9])))
        low += (x & 0xFFFF) + (v & 0xFFFF)
        carry += (x >> 16) + (v >> 16) + (low >> 16)
        row[17] = int((carry << 16) | (low & 0xFFFF))
        row[16] = int(high + (carry >> 16))
        row = ptr32(uint(row) + 16)
        w = ptr32(uint(w) + 8)
        k = ptr32(uint(k) + 8)


@micropython.viper
def _spread(row: ptr32, state: ptr32):
    """The four rows that come before those of the rounds."""
    for at in range(8):
        place = 4 * (3 - (at & 3)) + ((at & 4) >> 1)
        row[place] = state[2 * at]
        row[place + 1] = state[2 * at + 1]


@micropython.viper
def _gather(state: ptr32, row: ptr32):
    """Add the last four rows to the state."""
    row = ptr32(uint(row) + 16 * 80)
    for at in range(8):
        place = 4 * (3 - (at & 3)) + ((at & 4) >> 1)
        x = uint(state[2 * at + 1])
        y = uint(row[place + 1])
        low = (x & 0xFFFF) + (y & 0xFFFF)
        carry = (x >> 16) + (y >> 16) + (low >> 16)
        state[2 * at + 1] = int((carry << 16) | (low & 0xFFFF))
        state[2 * at] = int(uint(state[2 * at]) + uint(row[place]) + (carry >> 16))
