"""Opening the state file: private, migrated, and every way in which that fails has a name and a remedy."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import StateError
from . import home
from .causes import explain
from .locks import one_at_a_time
from .migrations import MIGRATIONS

LOCK_WAIT_S = 10.0  # a writer holds the lock for milliseconds; longer means that one of them hangs

_AFRESH = "start afresh (it deletes all nodes and identities)"
_RESET = f"Run `uockam reset` to {_AFRESH}"
_PERMISSION = f"Make it writable, or set {home.ENVIRONMENT} to a folder of your own"


class Database:
    """One open state file. Raises StateError, and nothing else, when it cannot be used."""

    def __init__(self, path: Path | None = None, migrations: tuple[tuple[str, ...], ...] = MIGRATIONS) -> None:
        self.path = path or home.state_file()
        self._connection = self._open(migrations)

    def __enter__(self) -> "Database":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back; calling it twice is fine."""
        self._connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that has the write lock from its start, so that what it read stays true until it ends.

        One inside another is part of the outer one.
        """
        with self._explained():
            if self._connection.in_transaction:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk has rolled it back already
                    self._connection.execute("ROLLBACK")
                raise

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._explained():
            return self._connection.execute(query, values).fetchall()

    def _open(self, migrations: tuple[tuple[str, ...], ...]) -> sqlite3.Connection:
        home.make_private_folder(self.path.parent)
        if not self.path.exists():
            with one_at_a_time(_beside(self.path, ".lock")):
                self._make(migrations)
        with self._explained():
            return self._connect(self.path, migrations)

    def _make(self, migrations: tuple[tuple[str, ...], ...]) -> None:
        """The file appears whole: SQLite does not let two connections at once turn an empty one into ours."""
        if self.path.exists():  # another command was faster
            return
        new = _beside(self.path, ".new")
        try:
            for left in (new, _beside(new, "-wal"), _beside(new, "-shm")):  # by a maker that was killed
                left.unlink(missing_ok=True)
            os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, home.PRIVATE_FILE))  # so are its -wal and -shm
            with self._explained():
                self._connect(new, migrations).close()
            new.replace(self.path)
        except OSError as error:
            raise StateError(f"The state file {self.path} cannot be made: {error.strerror}", _PERMISSION) from error

    def _connect(self, path: Path, migrations: tuple[tuple[str, ...], ...]) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=LOCK_WAIT_S, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            self._migrate(connection, migrations)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: sqlite3.Connection, migrations: tuple[tuple[str, ...], ...]) -> None:
        if self._steps_to_take(connection, migrations):
            connection.execute("PRAGMA journal_mode = WAL")  # the file remembers it
            connection.execute("BEGIN IMMEDIATE")
            for statements in self._steps_to_take(connection, migrations):  # again, now that nobody else can migrate
                for statement in statements:
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {len(migrations)}")
            connection.execute("COMMIT")

    def _steps_to_take(
        self, connection: sqlite3.Connection, migrations: tuple[tuple[str, ...], ...]
    ) -> tuple[tuple[str, ...], ...]:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > len(migrations):
            raise StateError(
                f"The state file {self.path} was written by a newer uockam",
                f"Upgrade uockam, or run `uockam reset` to {_AFRESH}",
            )
        return migrations[version:]

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StateError(*explain("state file", self.path, str(error), _RESET)) from error


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)
