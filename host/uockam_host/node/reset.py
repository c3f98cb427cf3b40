"""Forgetting everything, whatever state it is in: nothing here reads the state file."""

import os
import shutil
from contextlib import suppress
from pathlib import Path

from ..errors import HostError
from ..state import home
from . import lifecycle, processes, running
from .info import ResetResult

_STATE_FILES = "state.sqlite3*"
_ORCHESTRATOR = "orchestrator"
_FOLDERS = ("nodes", "boards", "firmware", "runtimes", home.VAULTS, _ORCHESTRATOR)


def reset() -> ResetResult:
    """End the processes that hold a lock in this home, then remove what uockam made there.

    The folder goes when it is empty then. Other files are left alone: a home set to a wrong folder loses nothing.
    """
    folder = home.home()
    failures: list[str] = []
    stopped = _stop_all(folder, failures)
    if not failures:
        _remove_all(folder, failures)
    return ResetResult(stopped, failures)


def _stop_all(folder: Path, failures: list[str]) -> list[int]:
    stopped = []
    nodes = sorted(folder.glob(f"{_FOLDERS[0]}/*/{running.FILE_NAME}"))
    for file in [*nodes, folder / _ORCHESTRATOR / running.FILE_NAME]:
        try:
            process = running.find_at(file)
            if process:
                _end(file, process)
                stopped.append(process.pid)
        except HostError as error:
            failures.append(f"{error}. {error.remedy}")
    return stopped


def _end(file: Path, process: running.Running) -> None:
    if file.parent.name == _ORCHESTRATOR and file.parent.parent == home.home():
        processes.end(process, lambda: running.find_at(file) is not None, lambda: False)
    else:
        lifecycle.end_process(file.parent.name, process)


def _remove_all(folder: Path, failures: list[str]) -> None:
    for path in [*folder.glob(_STATE_FILES), *[folder / name for name in _FOLDERS]]:
        try:
            _remove(path)
        except OSError as error:
            failures.append(f"Cannot remove {error.filename or path}: {error.strerror}")
    with suppress(OSError):
        folder.rmdir()


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        with suppress(OSError):
            os.chmod(path, home.PRIVATE_FOLDER)
        shutil.rmtree(path)
