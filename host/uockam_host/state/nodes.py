"""The table of nodes."""

import json
import sqlite3
import time
from dataclasses import dataclass, field, fields, replace
from typing import Any

from ..errors import StateError
from .database import Database


@dataclass(frozen=True)
class NodeRecord:
    """One row: the settings that outlive the node's process (which process that is stands in running.py's file).

    listener: "host:port", port 0 until the node was up for the first time; "" for none. options_text: the JSON of all
    that `node start` needs beyond the columns.
    """

    name: str
    kind: str = "host"
    is_default: bool = False
    listener: str = "127.0.0.1:0"
    was_up: bool = False
    port: str | None = None
    board: str | None = None
    options_text: str = "{}"
    created_at: float = field(default_factory=time.time)

    def check(self) -> None:
        """Raises StateError when the entry is broken."""
        self.options  # noqa: B018 (read for what it raises)

    @property
    def options(self) -> dict[str, Any]:
        """Settings of the node. Raises StateError when the entry is broken."""
        try:
            options = json.loads(self.options_text)
        except ValueError:
            options = None
        if not isinstance(options, dict):
            raise StateError(
                f"The settings of node '{self.name}' cannot be read", f"Run `uockam node delete {self.name}`"
            )
        return options


_COLUMNS = tuple(item.name.replace("options_text", "options") for item in fields(NodeRecord))
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM node"
_INSERT = f"INSERT INTO node ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"


class Nodes:
    """Reading and changing the table; each change is atomic, several are with `database.writing()` around them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> NodeRecord | None:
        """The record of this name, or None."""
        return _first(self._database.rows(f"{_SELECT} WHERE name = ?", name))

    def default(self) -> NodeRecord | None:
        """The record that is marked as default, or None."""
        return _first(self._database.rows(f"{_SELECT} WHERE is_default"))

    def all(self) -> list[NodeRecord]:
        """Every record in order of creation."""
        return [_record(row) for row in self._database.rows(f"{_SELECT} ORDER BY created_at, rowid")]

    def names(self) -> list[str]:
        """Every name in order of creation."""
        return [str(row["name"]) for row in self._database.rows("SELECT name FROM node ORDER BY created_at, rowid")]

    def put(self, record: NodeRecord) -> None:
        """Insert or replace. A replaced record keeps its default mark; a new one gets it when no node has it."""
        with self._database.writing() as connection:
            old = self.get(record.name)
            connection.execute("DELETE FROM node WHERE name = ?", (record.name,))
            connection.execute(_INSERT, _values(replace(record, is_default=old is not None and old.is_default)))
            _ensure_default(connection)

    def set_up(self, name: str, listener: str) -> None:
        """Note that the node came up, and where it listens from now on."""
        self._change("UPDATE node SET listener = ?, was_up = 1 WHERE name = ?", listener, name)

    def set_listener(self, name: str, listener: str) -> None:
        """Replace the address of the first TCP listener, "" for none."""
        self._change("UPDATE node SET listener = ? WHERE name = ?", listener, name)

    def set_options(self, name: str, options: dict[str, Any]) -> None:
        """Replace the settings that `node start` restores."""
        self._change("UPDATE node SET options = ? WHERE name = ?", json.dumps(options), name)

    def set_default(self, name: str) -> None:
        """Move the default mark to an existing record."""
        with self._database.writing() as connection:
            connection.execute("UPDATE node SET is_default = 0 WHERE is_default")
            connection.execute("UPDATE node SET is_default = 1 WHERE name = ?", (name,))
            _ensure_default(connection)

    def delete(self, name: str) -> None:
        """Remove a record; when it was the default the oldest of the others becomes it."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM node WHERE name = ?", (name,))
            _ensure_default(connection)

    def _change(self, statement: str, *values: object) -> None:
        with self._database.writing() as connection:
            connection.execute(statement, values)


def _ensure_default(connection: sqlite3.Connection) -> None:
    connection.execute(
        "UPDATE node SET is_default = 1 WHERE NOT EXISTS (SELECT 1 FROM node WHERE is_default)"
        " AND rowid = (SELECT rowid FROM node ORDER BY created_at, rowid LIMIT 1)"
    )


def _values(record: NodeRecord) -> tuple[object, ...]:
    return tuple(getattr(record, item.name) for item in fields(record))


def _first(rows: list[sqlite3.Row]) -> NodeRecord | None:
    return _record(rows[0]) if rows else None


def _record(row: sqlite3.Row) -> NodeRecord:
    values = dict(row)
    values["options_text"] = values.pop("options")
    return NodeRecord(**{**values, "is_default": bool(values["is_default"]), "was_up": bool(values["was_up"])})
