"""Programs of field operations, which field_thumb or field_any carries out in one go.

A program is written as lines such as `a = b * c`; `+` and `-` are the other operations of two numbers, and `a = b ^ n`
squares n times. Numbers lie in the memory one after another, and two places before the named ones are the product's.
"""

try:
    from .field_thumb import SIZE, get, put, run
except (SyntaxError, ValueError, ImportError):  # another processor, or files that were compiled for one
    from .field_any import SIZE, get, put, run

__all__ = ("INVERT", "ROOT", "SIZE", "get", "names", "program", "put", "run")

_KINDS = "*+-^"
_FIRST = 2


def names(text: str) -> "dict[str, int]":
    """The places of numbers in the memory, by their names in this text."""
    return {name: _FIRST + at for at, name in enumerate(text.split())}


def program(places: "dict[str, int]", text: str) -> bytes:
    """The program that run() takes: what to do, where the result goes, and the two operands, a byte each."""
    code = bytearray()
    for line in text.strip().split("\n"):
        to, _, one, sign, other = line.split()
        kind = _KINDS.index(sign)
        code += bytes((kind, places[to], places[one], int(other) if sign == "^" else places[other]))
    return bytes(code)


# a becomes z ** (2 ** 250 - 1), and e z ** 11
_CHAIN = """\
a = z ^ 1
b = a ^ 2
b = b * z
e = a * b
a = e ^ 1
a = a * b
b = a ^ 5
a = b * a
b = a ^ 10
b = b * a
c = b ^ 20
b = c * b
b = b ^ 10
a = b * a
b = a ^ 50
b = b * a
c = b ^ 100
b = c * b
b = b ^ 50
a = b * a
"""

INVERT = _CHAIN + "a = a ^ 5\nz = a * e"  # z becomes 1 / z, and 0 stays 0
ROOT = _CHAIN + "a = a ^ 2\na = a * z"  # a becomes z ** ((p - 5) / 8)
