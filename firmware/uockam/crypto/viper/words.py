"""Words of a memory moved about by secrets: the same instructions and addresses for all of them."""
# ruff: noqa: F821

import micropython


@micropython.viper
def swap(memory: ptr32, one: int, other: int, count: int, bit: int):
    """Exchange `count` words at two places when the bit is 1."""
    mask = 0 - bit
    a = ptr32(uint(memory) + 4 * one)
    b = ptr32(uint(memory) + 4 * other)
    for at in range(count):
        difference = (a[at] ^ b[at]) & mask
        a[at] = a[at] ^ difference
        b[at] = b[at] ^ difference


@micropython.viper
def select(memory: ptr32, to: int, table: int, count: int, choice: int):
    """Copy one of 16 table entries of `count` words."""
    out = ptr32(uint(memory) + 4 * to)
    entry = ptr32(uint(memory) + 4 * table)
    for at in range(count):
        out[at] = 0
    for number in range(16):
        mask = ((number ^ choice) - 1) >> 31
        for at in range(count):
            out[at] = out[at] | (entry[at] & mask)
        entry = ptr32(uint(entry) + 4 * count)
