"""The embedded database: one SQLite file, written by this process only, through one thread of its own."""

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

from ..state import home
from .database import Row, Session, StoreError
from .schema import MIGRATIONS

_T = TypeVar("_T")
_LOCK_WAIT_S = 5.0  # for a backup that is being made by another process
_REMEDY = "Make room on its disk, or make it writable, and start the orchestrator again"


class Sqlite:
    """A Database in a file. Made by `open_sqlite`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, "database")
        self._free = asyncio.Lock()  # a transaction has the connection to itself
        self._connection: sqlite3.Connection = None  # type: ignore[assignment]  # `open` is called first

    async def open(self) -> None:
        """Open the file and bring it up to date. Raises StoreError."""
        await self._run(self._open)

    async def fetch(self, query: str, *values: object) -> Sequence[Row]:
        """All rows of a query, or of a statement that returns some."""
        async with self._free:
            return await self._fetch(query, *values)

    async def execute(self, query: str, *values: object) -> int:
        """How many rows a statement changed."""
        async with self._free:
            return await self._execute(query, *values)

    async def now(self) -> int:
        """Unix seconds."""
        return int(time.time())

    @asynccontextmanager
    async def transaction(self, about: str = "") -> AsyncIterator[Session]:
        """Statements of which all count or none; one transaction at a time, whatever it is about."""
        async with self._free:
            await self._execute("BEGIN IMMEDIATE")
            try:
                yield _Inside(self)
                await self._execute("COMMIT")
            except BaseException:
                await self._run(self._roll_back)
                raise

    def alone(self) -> AbstractAsyncContextManager[None]:
        """No other process has this file."""
        return nullcontext()

    async def backup(self, path: str) -> None:
        """Write all of it to a new file; SQLite copies a part, lets others go on, and copies the next."""
        await asyncio.to_thread(copy_file, self._path, Path(path))

    async def close(self) -> None:
        """Give the file back, with all changes in it."""
        await self._run(self._connection.close)
        self._thread.shutdown()

    async def _fetch(self, query: str, *values: object) -> Sequence[Row]:
        return await self._run(lambda: self._connection.execute(query, values).fetchall())

    async def _execute(self, query: str, *values: object) -> int:
        return await self._run(lambda: self._connection.execute(query, values).rowcount)

    async def _run(self, work: Callable[[], _T]) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise StoreError(f"The database {self._path} cannot be used: {error}", _REMEDY) from error

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # a full disk has rolled it back already
            self._connection.execute("ROLLBACK")

    def _open(self) -> None:
        home.make_private_folder(self._path.parent)
        os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, home.PRIVATE_FILE))  # so are its -wal and -shm
        self._connection = _connect(self._path)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")  # acknowledged is on the disk
        self._connection.execute("PRAGMA foreign_keys = ON")
        _migrate(self._connection, self._path)


class _Inside:
    """The statements of a transaction that is under way."""

    def __init__(self, database: Sqlite) -> None:
        self.fetch = database._fetch
        self.execute = database._execute
        self.now = database.now


async def open_sqlite(path: Path) -> Sqlite:
    """The database in this file, which is made when it is missing. Raises StoreError, StateError."""
    database = Sqlite(path)
    await database.open()
    return database


def copy_file(source: Path, target: Path) -> None:
    """A copy of a database, as it is at one moment; its users go on meanwhile. Raises StoreError."""
    try:
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, home.PRIVATE_FILE))
        old, new = _connect(source), _connect(target)
        try:
            old.backup(new)
        finally:
            old.close()
            new.close()
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"{target} cannot be made: {error}", "Name a new file in a folder with room") from error


def check_file(path: Path) -> None:
    """Raises StoreError unless the file is a sound database of ours that this version can use."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
        try:
            sound = connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
            _check_version(connection, path)
            connection.execute("SELECT owner FROM secret LIMIT 1")
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StoreError(f"{path} is no backup of an orchestrator: {error}", _BACKUPS) from error
    if not sound:
        raise StoreError(f"{path} is damaged", _BACKUPS)


_BACKUPS = "Backups are made by `uockam orchestrator backup FILE`"


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_LOCK_WAIT_S, isolation_level=None, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")
    for statements in MIGRATIONS[_check_version(connection, path) :]:
        for statement in statements:
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    connection.execute("COMMIT")


def _check_version(connection: sqlite3.Connection, path: Path) -> int:
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(MIGRATIONS):
        raise StoreError(f"{path} was written by a newer uockam", "Upgrade uockam")
    return version
