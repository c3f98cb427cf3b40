"""The only file that asks which interpreter or chip this is."""

import os
import sys
import time
from binascii import hexlify

TYPE_CHECKING = False  # what type checkers take for True: imports under it cost a board nothing
MICROPYTHON = sys.implementation.name == "micropython"

if TYPE_CHECKING:
    from typing import TypeVar

    Value = TypeVar("Value", int, str)

if MICROPYTHON:
    from micropython import const  # type: ignore[import-not-found]

    ticks_ms = time.ticks_ms  # type: ignore[attr-defined]

    def _frames(error: BaseException) -> "list[str]":
        from io import StringIO

        text = StringIO()
        sys.print_exception(error, text)  # type: ignore[attr-defined]
        return [line.strip() for line in text.getvalue().split("\n") if line.startswith('  File "')]
else:

    def _frames(error: BaseException) -> "list[str]":
        found, call = [], error.__traceback__
        while call is not None:
            code = call.tb_frame.f_code
            found.append('File "%s", line %d, in %s' % (code.co_filename, call.tb_lineno, code.co_name))
            call = call.tb_next
        return found

    def const(value: "Value") -> "Value":
        """The value itself; MicroPython's compiler folds it instead."""
        return value

    def ticks_ms() -> int:
        """Milliseconds of a steady clock that wraps at 2**30, as on a board."""
        return int(time.monotonic() * 1000) & _TICKS_MAX


_TICKS_MAX = 0x3FFF_FFFF  # what MicroPython's ticks_ms wraps at on every port
_TICKS_HALF = 0x2000_0000

# How deep messages between local workers may be delivered inside one another before one is queued instead.
# A hop takes some 2 KB of a Cortex-M0's 8 KB stack; a PC has room for far more, but gains nothing past a few.
INLINE_DEPTH = 2 if MICROPYTHON else 8

# Messages that may wait for one worker before its senders wait: RAM on a board, fairness on a host.
MAILBOX_LIMIT = 8 if MICROPYTHON else 64

# The largest message a transport takes: Ockam's 16 MiB on a host, what a small heap can hold on a board.
MESSAGE_LIMIT = 8192 if MICROPYTHON else 16 * 1024 * 1024


def ticks_add(ticks: int, delta_ms: int) -> int:
    """The tick count `delta_ms` after (or before) `ticks`."""
    return (ticks + delta_ms) & _TICKS_MAX


def ticks_diff(later: int, earlier: int) -> int:
    """Milliseconds from `earlier` to `later`, negative when it is the other way round; right across a wrap."""
    return ((later - earlier + _TICKS_HALF) & _TICKS_MAX) - _TICKS_HALF


def frames(error: BaseException) -> "list[str]":
    """Where an exception was raised: `File "app.py", line 7, in main` for each call, the innermost last."""
    try:
        return _frames(error)
    except MemoryError:  # as the error itself may be
        return []


def random_bytes(count: int) -> bytes:
    """`count` bytes from the system's random source."""
    return os.urandom(count)


def random_name() -> bytes:
    """A fresh 128-bit address value: 32 lower-case hex characters (wire.md 2.1)."""
    return hexlify(os.urandom(16))


def at_home(package: str, homes: "dict[str, str]", name: str) -> object:
    """What a package's __getattr__ gives: out of the module that is the name's home, or a module of its own.

    homes: name to module, without "uockam." in front. Raises AttributeError.
    """
    if name in homes:
        return getattr(__import__("uockam." + homes[name], None, None, (name,)), name)
    module = "%s.%s" % (package, name)
    if name[:1] not in ("", "_"):  # `from package import module`: MicroPython asks __getattr__ before it looks for one
        try:
            return __import__(module, None, None, ("__name__",))
        except ImportError as error:
            if "'%s'" % module not in str(error):  # the module is there, and lacks something itself
                raise
    raise AttributeError(name)


def forget(name: str) -> None:
    """Have a module leave the heap that is needed once; what somebody took of it stays."""
    del sys.modules[name]
    package, _, own = name.rpartition(".")
    if hasattr(sys.modules.get(package), own):
        delattr(sys.modules[package], own)
