"""The tables of spaces and projects that this machine knows, each with what a controller or a ticket told of it."""

import json
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from uockam.errors import ProtocolError

from ..errors import StateError
from ..projects.records import Project, Space
from .database import Database

_Value = TypeVar("_Value")


class Spaces:
    """Reading and changing the table; the first space that is put is the default."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> list[Space]:
        """Every space in the order in which they came."""
        return [_space(row) for row in self._database.rows("SELECT body FROM space ORDER BY rowid")]

    def default(self) -> Space | None:
        """The one with the mark, or None."""
        rows = self._database.rows("SELECT body FROM space WHERE is_default")
        return _space(rows[0]) if rows else None

    def put(self, space: Space) -> None:
        """Insert or replace."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO space (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
                (space.id, json.dumps(space.to_dict())),
            )
            _ensure_default(connection, "space")

    def replace(self, spaces: Iterable[Space]) -> None:
        """Know these and no others; the mark stays where it is, if that is still there."""
        found = list(spaces)
        with self._database.writing() as connection:
            _keep(connection, "space", [space.id for space in found])
            for space in found:
                self.put(space)
            _ensure_default(connection, "space")

    def set_default(self, id: str) -> None:
        """Move the mark to an existing space."""
        with self._database.writing() as connection:
            _mark(connection, "space", id)

    def delete(self, id: str) -> None:
        """Forget a space; when it was the default the oldest of the others becomes it."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM space WHERE id = ?", (id,))
            _ensure_default(connection, "space")


class Projects:
    """Reading and changing the table; the first project that is put is the default."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, name: str) -> Project | None:
        """The project of this name, or else of this id, or None; of several the default one, or else the latest."""
        rows = self._database.rows(
            "SELECT body FROM project WHERE name = ? OR id = ? ORDER BY name = ? DESC, is_default DESC, rowid DESC",
            name,
            name,
            name,
        )
        return _project(rows[0]) if rows else None

    def default(self) -> Project | None:
        """The one with the mark, or None."""
        rows = self._database.rows("SELECT body FROM project WHERE is_default")
        return _project(rows[0]) if rows else None

    def all(self) -> list[Project]:
        """Every project in the order in which they came."""
        return [_project(row) for row in self._database.rows("SELECT body FROM project ORDER BY rowid")]

    def names(self) -> list[str]:
        """The name of each."""
        return [str(row["name"]) for row in self._database.rows("SELECT name FROM project ORDER BY rowid")]

    def put(self, project: Project) -> None:
        """Insert or replace."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO project (id, name, body) VALUES (?, ?, ?)"
                " ON CONFLICT (id) DO UPDATE SET name = excluded.name, body = excluded.body",
                (project.id, project.name, json.dumps(project.to_dict())),
            )
            _ensure_default(connection, "project")

    def set_default(self, id: str) -> None:
        """Move the mark to an existing project."""
        with self._database.writing() as connection:
            _mark(connection, "project", id)

    def delete(self, id: str) -> None:
        """Forget a project; when it was the default the oldest of the others becomes it."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM project WHERE id = ?", (id,))
            _ensure_default(connection, "project")


def _ensure_default(connection: sqlite3.Connection, table: str) -> None:
    connection.execute(
        f"UPDATE {table} SET is_default = 1 WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE is_default)"
        f" AND rowid = (SELECT min(rowid) FROM {table})"
    )


def _mark(connection: sqlite3.Connection, table: str, id: str) -> None:
    connection.execute(f"UPDATE {table} SET is_default = 0 WHERE is_default")
    connection.execute(f"UPDATE {table} SET is_default = 1 WHERE id = ?", (id,))
    _ensure_default(connection, table)


def _keep(connection: sqlite3.Connection, table: str, ids: list[str]) -> None:
    marks = ", ".join("?" * len(ids))
    connection.execute(f"DELETE FROM {table} WHERE id NOT IN ({marks})", ids)


def _space(row: sqlite3.Row) -> Space:
    return _read(Space.of_json, row)


def _project(row: sqlite3.Row) -> Project:
    return _read(Project.of_json, row)


def _read(make: Callable[[Any], _Value], row: sqlite3.Row) -> _Value:
    try:
        return make(json.loads(row["body"]))
    except (ValueError, ProtocolError) as error:
        raise _broken() from error


def _broken() -> StateError:
    return StateError("What is known of a project or a space cannot be read", "Run `uockam reset` to start afresh")
