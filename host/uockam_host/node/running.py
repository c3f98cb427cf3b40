"""Which process runs a node: a file that the process keeps locked as long as it lives.

The lock is the proof. It ends with the process, however that ends, so a process id that the system has given to
somebody else meanwhile is never taken for the node's, and neither a wrong clock nor a restart of the machine matters.

    nodes/NAME/process      line 1: process id     line 2: management endpoint, once the node answers (endpoint.py)
"""

import os
import time
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import NamedTuple

from ..errors import StateError
from ..state import home
from ..state.locks import lock, one_at_a_time, open_private, try_lock
from . import places

FILE_NAME = "process"
_MAX_BYTES = 4096  # a process id and an endpoint: more is not ours


class Running(NamedTuple):
    """The process of a node; endpoint is "" while it is still starting."""

    pid: int
    endpoint: str


class PathClaim:
    """What a process holds from its start to its end. Raises StateError when it cannot be written."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = open_private(path)
        lock(self._file)  # the command that started us made sure that no other process has it
        self._write("")

    def publish(self, endpoint: str) -> None:
        """Say how the process can be asked from now on."""
        self._write(endpoint)

    def release(self) -> None:
        """Say that no process runs here."""
        with suppress(OSError):
            os.truncate(self._file, 0)
        os.close(self._file)

    def _write(self, endpoint: str) -> None:
        text = f"{os.getpid()}\n{endpoint}\n".encode()
        try:
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, text)  # over the old text, so that nobody ever reads half of it
            os.truncate(self._file, len(text))
        except OSError as error:
            raise StateError(
                f"Cannot write {self._path}: {error.strerror}", "Make room on the disk and try again"
            ) from error


class Claim(PathClaim):
    """What the process of a node holds."""

    def __init__(self, name: str) -> None:
        super().__init__(process_file(name))


def process_file(name: str) -> Path:
    """Path of the file of one node."""
    return home.node_folder(name) / FILE_NAME


def starting_or_ending(name: str) -> AbstractContextManager[None]:
    """Commands that start, stop or delete the node of this name wait for one another in here."""
    return one_at_a_time(home.home() / "nodes" / f"{name}.lock")


def read(path: Path) -> "Running | None":
    """What the file says; it may be about a process that was killed. None when there is none, or nothing legible."""
    try:
        with path.open("rb") as file:
            pid, _, endpoint = file.read(_MAX_BYTES).decode().partition("\n")
        return Running(int(pid), endpoint.rstrip("\n"))
    except (OSError, ValueError):
        return None


def find(name: str) -> "Running | None":
    """The process that runs the node now. Raises StateError when there is one that the file does not name."""
    return find_at(process_file(name))


def find_at(path: Path) -> "Running | None":
    """As `find`, for the file at a path."""
    for _ in range(_TRIES):
        if not _is_locked(path):
            return None
        running = read(path)
        if running is not None:
            return running
        time.sleep(_PAUSE_S)  # it has the lock for a moment only, and has not written yet, or is ending
    raise StateError(f"The file {path} does not say which process keeps it locked", _HELP)


_TRIES = 50
_PAUSE_S = 0.001
_HELP = "Find the process with `ps` or the task manager, end it, and try again"


def _is_locked(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDWR | getattr(os, "O_NOFOLLOW", 0))
    except FileNotFoundError:
        return False
    except OSError as error:
        raise StateError(f"Cannot open {path}: {error.strerror}", "Make it readable and try again") from error
    try:
        return not try_lock(file) or _clear(path, file)
    finally:
        os.close(file)


def _clear(path: Path, file: int) -> bool:
    """Forget what a killed process wrote: its id may be somebody else's when the file is locked again. Says False."""
    left = read(path)
    if left is not None:
        places.remove(left.endpoint)
        with suppress(OSError):
            os.truncate(file, 0)
    return False
