"""Copies of a whole database: always a SQLite file, whatever the database is. So who outgrows the embedded one makes a
backup of it, and restores that into PostgreSQL.
"""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..state import home
from .database import StoreError
from .sqlite import open_sqlite

PAGE = 500  # rows that are in memory at a time
_REMEDY = "Name a new file in a folder with room"


@dataclass(frozen=True)
class Table:
    """columns: their names as SQL has them; insert: adds one row of them."""

    name: str
    columns: str
    insert: str


class Copy:
    """A file whose tables are those of the newest schema. Made by `new_file` and `open_file`."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self.tables = [_table(self._connection, row[0]) for row in self._connection.execute(_TABLES)]

    async def add(self, table: Table, rows: Sequence[Any]) -> None:
        """Add rows. Raises StoreError."""
        try:
            await asyncio.to_thread(self._connection.executemany, table.insert, [tuple(row) for row in rows])
        except sqlite3.Error as error:
            raise StoreError(
                f"The backup cannot be written: {error}", "Name a new file in a folder with room"
            ) from error

    async def pages(self, table: Table) -> AsyncIterator[list[Any]]:
        """All rows of a table, some at a time."""
        cursor = self._connection.execute(f"SELECT {table.columns} FROM {table.name}")
        while rows := await asyncio.to_thread(cursor.fetchmany, PAGE):
            yield rows

    async def close(self) -> None:
        """With everything in it."""
        await asyncio.to_thread(self._connection.commit)
        self._connection.close()


async def new_file(path: Path) -> Copy:
    """An empty one, in a file that must not exist. Raises StoreError."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, home.PRIVATE_FILE))
    except OSError as error:
        raise StoreError(f"{path} cannot be made: {error}", _REMEDY) from error
    return await open_file(path)


async def open_file(path: Path) -> Copy:
    """One that exists, brought up to date. Raises StoreError."""
    await (await open_sqlite(path)).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode = DELETE")  # so that the file is all there is
    connection.close()
    return Copy(path)


# Oldest first: what a table refers to is older.
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY rowid"


def _table(connection: sqlite3.Connection, name: str) -> Table:
    columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    return Table(name, names, f"INSERT INTO {name} ({names}) VALUES ({marks})")
