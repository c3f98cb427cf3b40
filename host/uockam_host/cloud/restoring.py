"""Backups of the database of an orchestrator, and making one what it knows."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import HostError, StateError
from ..state import home
from .copies import open_file
from .open import is_file, open_database, sqlite_path
from .sqlite import check_file, copy_file

_FORMER = "before-restore.sqlite3"


async def backup(url: str, target: Path) -> None:
    """Write all of a database to a new file. Raises HostError, StoreError."""
    if is_file(url):
        if not sqlite_path(url).exists():
            raise HostError("There never was an orchestrator here", "Run `uockam orchestrator start`")
        copy_file(sqlite_path(url), target)
        return
    database = await open_database(url)
    try:
        await database.backup(str(target))
    finally:
        await database.close()


async def restore(url: str, source: Path, folder: Path) -> "Path | None":
    """Make a backup all that is in a database that nobody uses; where its former content is, if there was a database.

    folder: where a copy is kept of what was in a database that is no file. Raises HostError, StoreError, StateError.
    """
    check_file(source)
    if is_file(url):
        return _replace_file(sqlite_path(url), source)
    home.make_private_folder(folder)
    return await _replace_content(url, source, folder / _FORMER)


async def _replace_content(url: str, source: Path, former: Path) -> Path:
    new = _beside(former, ".new")
    for path in (former, new):
        path.unlink(missing_ok=True)
    copy_file(source, new)
    copy = await open_file(new)
    database: Any = await open_database(url)  # of several processes
    try:
        await database.check_unused()
        await database.backup(str(former))
        await database.restore(copy)
    finally:
        await database.close()
        await copy.close()
        new.unlink()
    return former


def _replace_file(database: Path, source: Path) -> "Path | None":
    new, old = _beside(database, ".new"), _beside(database, ".old")
    new.unlink(missing_ok=True)
    home.make_private_folder(database.parent)
    copy_file(source, new)
    try:
        existed = database.exists()
        if existed:
            _forget_log(database)
            os.replace(database, old)
        os.replace(new, database)
    except OSError as error:
        raise StateError(f"{database} cannot be replaced: {error.strerror}", "Make its folder writable") from error
    return old if existed else None


def _forget_log(database: Path) -> None:
    """Move what SQLite keeps beside the file into it, so that the file is all there is."""
    with suppress(sqlite3.Error):  # it may be damaged, which is why a backup is restored
        connection = sqlite3.connect(database)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()
    for ending in ("-wal", "-shm"):
        _beside(database, ending).unlink(missing_ok=True)


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
