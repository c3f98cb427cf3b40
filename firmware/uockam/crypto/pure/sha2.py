"""SHA-512 (FIPS 180-4)."""

import struct

from ..sha512_parts import ROUNDS, START, padded

_MASK = (1 << 64) - 1


def sha512(data: bytes) -> bytes:
    """The hash, of 64 bytes."""
    state = struct.unpack(">8Q", START)
    data = padded(data)
    for at in range(0, len(data), 128):
        state = _compressed(state, struct.unpack(">16Q", data[at : at + 128]))
    return struct.pack(">8Q", *state)


def _compressed(state: "tuple[int, ...]", block: "tuple[int, ...]") -> "tuple[int, ...]":
    words = list(block)
    for at in range(16, 80):
        x, y = words[at - 15], words[at - 2]
        small = _rotated(x, 1) ^ _rotated(x, 8) ^ (x >> 7)
        large = _rotated(y, 19) ^ _rotated(y, 61) ^ (y >> 6)
        words.append((words[at - 16] + small + words[at - 7] + large) & _MASK)
    a, b, c, d, e, f, g, h = state
    for word, constant in zip(words, struct.unpack(">80Q", ROUNDS)):
        choice = g ^ (e & (f ^ g))
        majority = (a & b) | (c & (a | b))
        first = h + (_rotated(e, 14) ^ _rotated(e, 18) ^ _rotated(e, 41)) + choice + constant + word
        second = (_rotated(a, 28) ^ _rotated(a, 34) ^ _rotated(a, 39)) + majority
        h, g, f, e, d, c, b, a = g, f, e, (d + first) & _MASK, c, b, a, (first + second) & _MASK
    return tuple([(old + new) & _MASK for old, new in zip(state, (a, b, c, d, e, f, g, h))])


def _rotated(word: int, count: int) -> int:
    return ((word >> count) | (word << (64 - count))) & _MASK
