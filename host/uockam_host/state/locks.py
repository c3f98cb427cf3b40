"""Locks on files; the system releases them when their holder ends, however it ends."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import StateError
from .home import ENVIRONMENT, PRIVATE_FILE, make_private_folder

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # Windows forbids others to read a locked byte: lock one that no file has

    def _lock(file: int, *, wait: bool) -> None:
        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)

    _BUSY = (errno.EACCES, errno.EDEADLK)

else:
    import fcntl

    def _lock(file: int, *, wait: bool) -> None:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)

    _BUSY = (errno.EAGAIN,)


def lock(file: int) -> None:
    """Wait for the lock of an open file. Raises StateError."""
    try:
        _lock(file, wait=True)
    except OSError as error:
        raise _no_locks(error) from error


def try_lock(file: int) -> bool:
    """Take the lock of an open file unless somebody has it. Raises StateError."""
    try:
        _lock(file, wait=False)
    except OSError as error:
        if error.errno in _BUSY:
            return False
        raise _no_locks(error) from error
    return True


def _no_locks(error: OSError) -> StateError:
    return StateError(f"A file cannot be locked: {error.strerror}", f"Set {ENVIRONMENT} to a folder on a local disk")


def open_private(path: Path) -> int:
    """Open a file that only its user can read, making it and its folder. Raises StateError."""
    try:
        make_private_folder(path.parent)
        return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), PRIVATE_FILE)
    except OSError as error:
        raise StateError(f"Cannot open {path}: {error.strerror}", "Make it writable and try again") from error


@contextmanager
def one_at_a_time(path: Path) -> Iterator[None]:
    """Commands that use the same path wait for one another; the file is gone when the last is done."""
    file = _lock_present_file(path)
    try:
        yield
    finally:
        with suppress(OSError):  # Windows keeps a file that is open, and the reset of another command took it away
            path.unlink()
        os.close(file)


def _lock_present_file(path: Path) -> int:
    """The one before us deleted its file when it was done: then wait again, on the file that is there now."""
    while True:
        file = open_private(path)
        lock(file)
        if _leads_to(path, file):
            return file
        os.close(file)


def _leads_to(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False
