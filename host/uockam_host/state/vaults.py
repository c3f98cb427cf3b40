"""The table of vaults, and where their files are. The oldest one is the default."""

import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import home
from .database import Database
from .vault_file import VaultFile

_SELECT = "SELECT name, path, created_at FROM vault"
_ORDER = "ORDER BY created_at, rowid"


@dataclass(frozen=True)
class VaultRecord:
    """One row. own_path: where its file is when that is not in the home; "" when it is."""

    name: str
    own_path: str = ""
    created_at: float = field(default_factory=time.time)

    @property
    def path(self) -> Path:
        """Of its file."""
        return Path(self.own_path) if self.own_path else home.vault_file(self.name)

    def file(self) -> VaultFile:
        """The store in it."""
        return VaultFile(self.path, self.name)


class Vaults:
    """Reading and changing the table; each change is atomic, several are with `database.writing()` around them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> VaultRecord | None:
        """The record of this name, or None."""
        return _first(self._database.rows(f"{_SELECT} WHERE name = ?", name))

    def at(self, path: Path) -> VaultRecord | None:
        """The record of the vault whose file this is, or None."""
        return next((record for record in self.all() if record.path == path), None)

    def default(self) -> VaultRecord | None:
        """The oldest record, or None."""
        return _first(self._database.rows(f"{_SELECT} {_ORDER} LIMIT 1"))

    def all(self) -> list[VaultRecord]:
        """Every record in order of creation."""
        return [_record(row) for row in self._database.rows(f"{_SELECT} {_ORDER}")]

    def names(self) -> list[str]:
        """Every name in order of creation."""
        return [record.name for record in self.all()]

    def put(self, record: VaultRecord) -> None:
        """Insert a record, or change where the file of a present one is."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO vault (name, path, created_at) VALUES (?, ?, ?)"
                " ON CONFLICT (name) DO UPDATE SET path = excluded.path",
                (record.name, record.own_path or None, record.created_at),
            )

    def delete(self, name: str) -> None:
        """Remove a record."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM vault WHERE name = ?", (name,))


def _first(rows: list[sqlite3.Row]) -> VaultRecord | None:
    return _record(rows[0]) if rows else None


def _record(row: sqlite3.Row) -> VaultRecord:
    return VaultRecord(str(row["name"]), str(row["path"] or ""), float(row["created_at"]))
