"""Keys of the terminal, one by one as they are pressed, on every system."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_MOST = 1024  # keys read at once: pasted text comes in pieces


@contextmanager
def raw() -> Iterator[None]:
    """Inside, no key has a meaning for this computer, Ctrl-C included, and nothing is echoed."""
    if sys.platform == "win32":
        yield
        return
    import termios

    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    changed = termios.tcgetattr(terminal)
    changed[0] &= ~(termios.ICRNL | termios.INLCR | termios.IGNCR | termios.IXON | termios.BRKINT | termios.ISTRIP)
    changed[3] &= ~(termios.ICANON | termios.ECHO | termios.ISIG | termios.IEXTEN)
    try:
        termios.tcsetattr(terminal, termios.TCSADRAIN, changed)  # lines that are printed still begin at the left
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def read() -> bytes:
    """The keys that were pressed, waiting for the first; b"" at the end of the input."""
    if sys.platform == "win32":
        return _read_windows()
    return os.read(sys.stdin.fileno(), _MOST)


_KEYS = {  # of Windows, by the second of their two codes
    "H": b"\x1b[A", "P": b"\x1b[B", "M": b"\x1b[C", "K": b"\x1b[D", "G": b"\x1b[H", "O": b"\x1b[F", "S": b"\x1b[3~",
}  # fmt: skip


def _read_windows() -> bytes:
    import msvcrt

    key = msvcrt.getwch()  # type: ignore[attr-defined,unused-ignore]
    if key in ("\0", "\xe0"):  # a key without a character
        return _KEYS.get(msvcrt.getwch(), b"")  # type: ignore[attr-defined,unused-ignore]
    return str(key).encode()
