"""Programs of field operations, which field_thumb or field_any carries out in one go.

A program is text such as b"a=b*c d=a-b": `*`, `+` and `-` of two numbers, and `a=b^e`, which squares b five times, as e
is the fifth letter. One character stands between two operations. Numbers are named by letters, and lie in the memory in
the order of the alphabet, from place A on; before it are two places for a product.
"""

try:
    from .field_thumb import SIZE, get, put, put_all, run
except (SyntaxError, ValueError, ImportError):  # another processor, or files that were compiled for one
    from .field_any import SIZE, get, put, put_all, run

__all__ = ("NUMBERS", "SIZE", "get", "invert", "place", "put", "put_all", "root", "run")

NUMBERS = 28  # places up to that of z, with those for a product

# a becomes z ** (2 ** 250 - 1), and e z ** 11
_CHAIN = (
    b"a=z^a b=a^b b=b*z e=a*b a=e^a a=a*b b=a^e a=b*a b=a^j b=b*a c=b^t b=c*b b=b^j a=b*a b=a^y b=b^y b=b*a c=b^y "
    b"c=c^y c=c^y c=c^y b=c*b b=b^y b=b^y a=b*a"
)
_INVERT = b"a=a^e z=a*e"
_ROOT = b"a=a^b a=a*z"


def place(name: str) -> int:
    """Where the number of this name is in the memory."""
    return ord(name) - ord("a") + 2


def invert(memory: bytearray) -> None:
    """z becomes 1 / z, and 0 stays 0; a, b, c and e are used up."""
    run(memory, _CHAIN, len(_CHAIN))
    run(memory, _INVERT, len(_INVERT))


def root(memory: bytearray) -> None:
    """a becomes z ** ((P - 5) / 8); b, c and e are used up."""
    run(memory, _CHAIN, len(_CHAIN))
    run(memory, _ROOT, len(_ROOT))
