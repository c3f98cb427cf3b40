"""The table of named identities; their keys and histories are in vaults."""

import sqlite3
import time
from dataclasses import dataclass, field

from .database import Database

_SELECT = "SELECT name, identifier, vault, is_default, created_at FROM identity"
_ORDER = "ORDER BY created_at, rowid"


@dataclass(frozen=True)
class IdentityRecord:
    """One row. identifier: its text, I and 64 hex digits. vault: the name of the one with its keys."""

    name: str
    identifier: str
    vault: str
    is_default: bool = False
    created_at: float = field(default_factory=time.time)

    @property
    def id32(self) -> bytes:
        """The identifier as the core has it."""
        return bytes.fromhex(self.identifier[1:])


class Identities:
    """Reading and changing the table; each change is atomic, several are with `database.writing()` around them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> IdentityRecord | None:
        """The record of this name, or None."""
        return _first(self._database.rows(f"{_SELECT} WHERE name = ?", name))

    def of(self, identifier: str) -> IdentityRecord | None:
        """The record with this identifier, or None."""
        return _first(self._database.rows(f"{_SELECT} WHERE identifier = ?", identifier))

    def default(self) -> IdentityRecord | None:
        """The record that is marked as default, or None."""
        return _first(self._database.rows(f"{_SELECT} WHERE is_default"))

    def all(self) -> list[IdentityRecord]:
        """Every record in order of creation."""
        return [_record(row) for row in self._database.rows(f"{_SELECT} {_ORDER}")]

    def in_vault(self, vault: str) -> list[IdentityRecord]:
        """Those whose keys are in this vault."""
        return [_record(row) for row in self._database.rows(f"{_SELECT} WHERE vault = ? {_ORDER}", vault)]

    def names(self) -> list[str]:
        """Every name in order of creation."""
        return [record.name for record in self.all()]

    def add(self, record: IdentityRecord) -> None:
        """Insert a new record, which gets the default mark when there is no other one."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO identity (name, identifier, vault, created_at) VALUES (?, ?, ?, ?)",
                (record.name, record.identifier, record.vault, record.created_at),
            )
            _ensure_default(connection)

    def set_default(self, name: str) -> None:
        """Move the default mark to an existing record."""
        with self._database.writing() as connection:
            connection.execute("UPDATE identity SET is_default = 0 WHERE is_default")
            connection.execute("UPDATE identity SET is_default = 1 WHERE name = ?", (name,))
            _ensure_default(connection)

    def delete(self, name: str) -> None:
        """Remove a record; when it was the default the oldest of the others becomes it."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM identity WHERE name = ?", (name,))
            _ensure_default(connection)


def _ensure_default(connection: sqlite3.Connection) -> None:
    connection.execute(
        "UPDATE identity SET is_default = 1 WHERE NOT EXISTS (SELECT 1 FROM identity WHERE is_default)"
        " AND rowid = (SELECT rowid FROM identity ORDER BY created_at, rowid LIMIT 1)"
    )


def _first(rows: list[sqlite3.Row]) -> IdentityRecord | None:
    return _record(rows[0]) if rows else None


def _record(row: sqlite3.Row) -> IdentityRecord:
    return IdentityRecord(**{**dict(row), "is_default": bool(row["is_default"])})
