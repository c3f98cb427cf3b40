"""The field of 2 ** 255 - 19 in native code for any processor, whose integers have 32 bits or 64.

A number is 20 limbs of 13 bits, the lowest first, each in a word of its own. Limbs may be a little larger than 13 bits
(below 2 ** 13 + 64), so that the sum of 20 of their products stays below 2 ** 31. No branch and no address depends on a
number.
"""
# ruff: noqa: F821

import micropython

SIZE = 80  # bytes of a number
_LIMBS = 20
_P = (1 << 255) - 19


def put(memory: bytearray, index: int, value: int) -> None:
    """Make the number at this index a value below 2 ** 256."""
    for at in range(index * SIZE, (index + 1) * SIZE, 4):
        memory[at : at + 4] = (value & 0x1FFF).to_bytes(4, "little")
        value >>= 13


def put_all(memory: bytearray, index: int, values: bytes) -> None:
    """Make the numbers from this index on these values of 32 bytes each, the lowest byte first."""
    for at in range(0, len(values), 32):
        put(memory, index + at // 32, int.from_bytes(values[at : at + 32], "little"))


def get(memory: bytearray, index: int) -> int:
    """The number at this index, reduced."""
    value = 0
    for at in range((index + 1) * SIZE - 4, index * SIZE - 4, -4):
        value = (value << 13) + int.from_bytes(memory[at : at + 4], "little")
    return value % _P


@micropython.viper
def run(memory, code: ptr8, size: int):
    """Carry out a program (programs.py), given the memory, the program, and its size in bytes."""
    at = 0
    while at < size:
        to = code[at] - 95
        one = code[at + 2] - 95
        kind = code[at + 3]
        other = code[at + 4] - 95
        if kind == 42:  # *
            _multiply(memory, to, one, other)
        elif kind == 94:  # ^
            _multiply(memory, to, one, one)
            while other > 2:
                _multiply(memory, to, to, to)
                other -= 1
        else:
            _add(memory, to, one, other, 44 - kind)  # + is 43, and - 45
        at += 6


@micropython.viper
def _multiply(row: ptr32, x: int, b: int, a: int):
    """Number x becomes the product of a and b. The first three names are those that get a register."""
    wide = row
    out = ptr32(uint(row) + 80 * x)
    one = ptr32(uint(row) + 80 * a)
    b = int(row) + 80 * b
    for at in range(40):
        wide[at] = 0
    end = uint(row) + 80
    while uint(row) < end:
        x = one[0]
        row[0] = row[0] + x * ptr32(b)[0]
        row[1] = row[1] + x * ptr32(b)[1]
        row[2] = row[2] + x * ptr32(b)[2]
        row[3] = row[3] + x * ptr32(b)[3]
        row[4] = row[4] + x * ptr32(b)[4]
        row[5] = row[5] + x * ptr32(b)[5]
        row[6] = row[6] + x * ptr32(b)[6]
        row[7] = row[7] + x * ptr32(b)[7]
        row[8] = row[8] + x * ptr32(b)[8]
        row[9] = row[9] + x * ptr32(b)[9]
        row[10] = row[10] + x * ptr32(b)[10]
        row[11] = row[11] + x * ptr32(b)[11]
        row[12] = row[12] + x * ptr32(b)[12]
        row[13] = row[13] + x * ptr32(b)[13]
        row[14] = row[14] + x * ptr32(b)[14]
        row[15] = row[15] + x * ptr32(b)[15]
        row[16] = row[16] + x * ptr32(b)[16]
        row[17] = row[17] + x * ptr32(b)[17]
        row[18] = row[18] + x * ptr32(b)[18]
        row[19] = row[19] + x * ptr32(b)[19]
        row = ptr32(uint(row) + 4)
        one = ptr32(uint(one) + 4)
    _reduce(wide, out)


@micropython.viper
def _reduce(wide: ptr32, out: ptr32):
    """20 limbs of what 40 sums of products are in the field: 2 ** 260 is 608."""
    carry = 0
    for at in range(40):
        carry += wide[at]
        wide[at] = carry & 0x1FFF
        carry >>= 13
    wide[39] = wide[39] + (carry << 13)
    carry = 0
    for at in range(20):
        carry += wide[at] + 608 * wide[at + 20]
        out[at] = carry & 0x1FFF
        carry >>= 13
    carry = out[0] + 608 * carry
    out[0] = carry & 0x1FFF
    out[1] = out[1] + (carry >> 13)


@micropython.viper
def _add(memory: ptr32, to: int, one: int, other: int, sign: int):
    """Number `to` becomes the sum, or the difference when the sign is -1."""
    out = ptr32(uint(memory) + 80 * to)
    a = ptr32(uint(memory) + 80 * one)
    b = ptr32(uint(memory) + 80 * other)
    carry = -1214  # with 20 times the 16382 below it is 64 times the modulus, so that no difference is negative
    for at in range(20):
        carry += a[at] + sign * b[at] + 16382
        out[at] = carry & 0x1FFF
        carry >>= 13
    carry = out[0] + 608 * carry
    out[0] = carry & 0x1FFF
    out[1] = out[1] + (carry >> 13)
