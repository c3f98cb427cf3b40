"""Locks on files; the system releases them when their holder ends, however it ends."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import StateError
from .home import PRIVATE_FILE, make_private_folder

if sys.platform == "win32":
    import msvcrt

    _FAR = 1 << 30  # Windows forbids others to read a locked byte: lock one that no file has

    def _lock(file: int, mode: int) -> None:
        os.lseek(file, _FAR, os.SEEK_SET)
        msvcrt.locking(file, mode, 1)

    def lock(file: int) -> None:
        """Wait for the lock of an open file; OSError after ten seconds."""
        _lock(file, msvcrt.LK_LOCK)

    def try_lock(file: int) -> bool:
        """Take the lock of an open file unless somebody has it."""
        try:
            _lock(file, msvcrt.LK_NBLCK)
        except OSError:
            return False
        return True

else:
    import fcntl

    def lock(file: int) -> None:
        """Wait for the lock of an open file."""
        fcntl.flock(file, fcntl.LOCK_EX)

    def try_lock(file: int) -> bool:
        """Take the lock of an open file unless somebody has it."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


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
