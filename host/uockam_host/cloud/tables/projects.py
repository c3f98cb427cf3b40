"""Projects, and who administers them: those named for the project, and all who administer its space."""

import time
from dataclasses import dataclass

from uockam.secure import identity
from uockam.secure.identity import History

from ..database import Database, Row
from .admins import Admins


@dataclass(frozen=True)
class Project:
    """One row, with the name of its space; history and authority are the identities of its node and its authority."""

    id: str
    name: str
    space_id: str
    space_name: str
    history: History
    authority: History


class Projects:
    """The tables `project` and `project_admin`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.admins = Admins(database, "project")

    async def ids(self) -> list[str]:
        """Of all projects."""
        return [row["id"] for row in await self._database.fetch("SELECT id FROM project")]

    async def get(self, id: str) -> Project | None:
        """The project with this id."""
        rows = await self._database.fetch(f"{_SELECT} WHERE project.id = ?", id)
        return _project(rows[0]) if rows else None

    async def of(self, who: str) -> list[Project]:
        """The projects that somebody administers, oldest first."""
        rows = await self._database.fetch(f"{_SELECT} WHERE {_IS_ADMIN} ORDER BY project.created_at, id", who, who)
        return [_project(row) for row in rows]

    async def names(self, space_id: str) -> list[str]:
        """Of the projects in a space."""
        query = "SELECT name FROM project WHERE space_id = ? ORDER BY name"
        return [row["name"] for row in await self._database.fetch(query, space_id)]

    async def ids_in(self, space_id: str) -> list[str]:
        """Of the projects in a space."""
        rows = await self._database.fetch("SELECT id FROM project WHERE space_id = ?", space_id)
        return [row["id"] for row in rows]

    async def make(self, project: Project, emails: list[str]) -> bool:
        """Write down a new project and its first administrators; False when the space has one of that name."""
        now = int(time.time())
        values = (project.id, project.space_id, project.name, project.history.encode(), project.authority.encode(), now)
        async with self._database.transaction() as session:
            if not await session.execute(_INSERT, *values):
                return False
            for email in emails:
                await self.admins.add(project.id, email, session)
        return True

    async def delete(self, id: str) -> None:
        """Forget a project and all that belongs to it, its keys included."""
        async with self._database.transaction() as session:
            for table in ("project_admin", "member", "token", "revocation"):
                await session.execute(f"DELETE FROM {table} WHERE project_id = ?", id)
            await session.execute("DELETE FROM secret WHERE owner IN (?, ?)", *key_owners(id))
            await session.execute("DELETE FROM project WHERE id = ?", id)

    async def administers(self, id: str, identifier: bytes) -> bool:
        """Whether an identity belongs to an account that administers the project."""
        query = f"{_ADMIN_IDENTITIES} AND enrollment.identifier = ? LIMIT 1"
        return bool(await self._database.fetch(query, id, id, identifier))

    async def admin_identities(self, id: str) -> dict[bytes, int]:
        """When each identity of an account that administers the project was enrolled."""
        return {bytes(row[0]): row[1] for row in await self._database.fetch(_ADMIN_IDENTITIES, id, id)}


def key_owners(id: str) -> tuple[str, str]:
    """Under which names the keys of a project's node and of its authority are kept."""
    return f"project/{id}", f"authority/{id}"


_SELECT = """
    SELECT project.id AS id, project.name AS name, space_id, space.name AS space_name, history, authority
    FROM project JOIN space ON space.id = space_id
"""
_IS_ADMIN = """
    (EXISTS (SELECT 1 FROM project_admin AS a WHERE a.project_id = project.id AND a.who = ?)
    OR EXISTS (SELECT 1 FROM space_admin AS a WHERE a.space_id = project.space_id AND a.who = ?))
"""
_ADMIN_IDENTITIES = """
    SELECT identifier, enrolled_at FROM enrollment WHERE who IN (
        SELECT who FROM project_admin WHERE project_id = ?
        UNION SELECT who FROM space_admin WHERE space_id = (SELECT space_id FROM project WHERE id = ?)
    )
"""
_INSERT = """
    INSERT INTO project (id, space_id, name, history, authority, created_at) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (space_id, name) DO NOTHING
"""


def _project(row: Row) -> Project:
    histories = [identity.decode(bytes(row[name])) for name in ("history", "authority")]
    return Project(row["id"], row["name"], row["space_id"], row["space_name"], *histories)
