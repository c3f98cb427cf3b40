"""Runtimes that were compiled before: one file each, named by the hash of all that it was made from."""

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from ..errors import HostError
from ..state import home
from ..state.locks import open_private

_KEPT = 8  # runtimes: of a few boards, before and after a change of the source


def key(*parts: str, sources: Mapping[str, bytes]) -> str:
    """The name of what is made from these parts and sources."""
    hashes = {path: hashlib.sha256(data).hexdigest() for path, data in sources.items()}
    return hashlib.sha256(json.dumps([parts, hashes], sort_keys=True).encode()).hexdigest()


def load(name: str) -> "dict[str, bytes] | None":
    """The files of that name; None when they were not kept, or are damaged."""
    path = _path(name)
    try:
        with zipfile.ZipFile(path) as archive:
            files = {item.filename: archive.read(item) for item in archive.infolist()}
        os.utime(path)
    except (OSError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile):
        return None
    return files


def store(name: str, files: Mapping[str, bytes]) -> None:
    """Keep them, and forget those that were not used for longest. Nothing is lost where that cannot be done."""
    path = _path(name)
    part = path.with_name(f"{name}.{os.getpid()}.part")
    with suppress(OSError, HostError):
        with os.fdopen(open_private(part), "wb") as file, zipfile.ZipFile(file, "w") as archive:
            for each, data in files.items():
                archive.writestr(each, data)
        part.replace(path)
        for old in sorted(path.parent.glob("*.zip"), key=lambda item: item.stat().st_mtime)[:-_KEPT]:
            old.unlink(missing_ok=True)


def _path(name: str) -> Path:
    return home.cache_folder("runtimes") / f"{name}.zip"
