"""Files and folders between this computer and a board, whatever the way there."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..errors import HostError, InvalidArgument
from .copier import Copier, Entry, Progress


class Copied(NamedTuple):
    """One file that was copied, or that was the same on both sides."""

    path: str
    size: int
    changed: bool


class Transfer(NamedTuple):
    """A file of a board and of this computer."""

    path: str
    local: Path
    size: int


def clean(path: str) -> str:
    """The absolute path on a board that a person means by `lib/x.py`, `/lib/x.py` or `:lib/x.py`."""
    parts = [part for part in path.removeprefix(":").replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts:
        raise InvalidArgument(f"Not a path on a board: {path}", "Write it from the top, without `..`")
    return "/" + "/".join(parts)


def walk(copier: Copier, path: str) -> Iterator[tuple[str, Entry]]:
    """Everything below a folder, each folder before what is in it: (path, entry). Raises HostError."""
    for entry in copier.ls(path):
        inner = f"{path.rstrip('/')}/{entry.name}"
        yield inner, entry
        if entry.is_folder:
            yield from walk(copier, inner)


def to_board(copier: Copier, local: Path, path: "str | None") -> list[Transfer]:
    """What `put` copies: a file, or all files below a folder. Raises HostError when there is no such thing here.

    path: where to; a folder that is there gets it inside; None is the same name at the top.
    """
    if not local.exists():
        raise InvalidArgument(f"There is no {local} here", "Check its spelling")
    target = clean(path or local.resolve().name)
    found = copier.stat(target) if path else None
    if path and (path.endswith("/") or (found and found.is_folder)):
        target = f"{target.rstrip('/')}/{local.resolve().name}"
    if local.is_file():
        return [Transfer(target, local, local.stat().st_size)]
    try:
        return [Transfer(f"{target}/{path.relative_to(local).as_posix()}", path, size) for path, size in _below(local)]
    except OSError as error:
        text = f"Cannot read {error.filename}: {error.strerror}"
        raise InvalidArgument(text, "Run the same command again") from error


def _below(folder: Path) -> list[tuple[Path, int]]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return [(path, path.stat().st_size) for path in files]


def put(copier: Copier, transfer: Transfer, progress: Progress) -> Copied:
    """Copy a file to the board, unless it is there already."""
    data = _read(transfer.local)
    if copier.hash(transfer.path) == hashlib.sha256(data).hexdigest():
        progress(len(data))
        return Copied(transfer.path, len(data), False)
    copier.put(transfer.path, data, progress)
    return Copied(transfer.path, len(data), True)


def from_board(copier: Copier, path: str, local: "Path | None") -> list[Transfer]:
    """What `get` copies: a file, or all files below a folder. Raises HostError when there is no such thing there."""
    path = clean(path)
    entry = look(copier, path)
    name = entry.name or "board"
    target = Path(name) if local is None else local / name if local.is_dir() else local
    if not entry.is_folder:
        return [Transfer(path, target, entry.size)]
    files = [(inner, one) for inner, one in walk(copier, path) if not one.is_folder]
    return [Transfer(inner, target / inner[len(path.rstrip("/")) + 1 :], one.size) for inner, one in files]


def get(copier: Copier, transfer: Transfer, progress: Progress) -> Copied:
    """Copy a file from the board."""
    data = copier.get(transfer.path)
    progress(len(data))
    try:
        transfer.local.parent.mkdir(parents=True, exist_ok=True)
        transfer.local.write_bytes(data)
    except OSError as error:
        raise HostError(f"Cannot write {transfer.local}: {error.strerror}", "Choose another place") from error
    return Copied(str(transfer.local), len(data), True)


def look(copier: Copier, path: str) -> Entry:
    """What is at a path; `/` is a folder without a name. Raises HostError when nothing is."""
    if path == "/":
        return Entry("", True, 0)
    found = copier.stat(path)
    if found is None:
        raise HostError(f"There is no {path} on the board", "Look what there is with `uockam device files tree`")
    return found


def remove(copier: Copier, path: str, recursive: bool) -> None:
    """Remove a file, or a folder with all that is in it. Raises HostError, InvalidArgument."""
    path = clean(path)
    if path == "/":
        raise InvalidArgument("The top folder of a board cannot be removed", "Name what is in it")
    if look(copier, path).is_folder and not recursive:
        raise InvalidArgument(f"{path} is a folder", "Add --recursive to remove all that is in it")
    copier.rm(path)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidArgument(f"Cannot read {path}: {error.strerror}", "Check its permissions") from error
