"""Spaces, and who administers them."""

import time
from dataclasses import dataclass

from ..database import Database, Row
from .admins import Admins


@dataclass(frozen=True)
class Space:
    """One row."""

    id: str
    name: str


class Spaces:
    """The tables `space` and `space_admin`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.admins = Admins(database, "space")

    async def of(self, who: str) -> list[Space]:
        """The spaces that somebody administers, oldest first."""
        query = f"{_SELECT} JOIN space_admin ON space_id = id WHERE who = ? ORDER BY created_at, id"
        return [_space(row) for row in await self._database.fetch(query, who)]

    async def get(self, id: str, who: str) -> Space | None:
        """The space with this id, if this person administers it."""
        query = f"{_SELECT} JOIN space_admin ON space_id = id WHERE id = ? AND who = ?"
        rows = await self._database.fetch(query, id, who)
        return _space(rows[0]) if rows else None

    async def make(self, space: Space, emails: list[str]) -> None:
        """Write down a new space and its first administrators."""
        now = int(time.time())
        async with self._database.transaction() as session:
            await session.execute(
                "INSERT INTO space (id, name, created_at) VALUES (?, ?, ?)", space.id, space.name, now
            )
            for email in emails:
                await self.admins.add(space.id, email, session)

    async def delete(self, id: str) -> None:
        """Forget a space that has no projects."""
        async with self._database.transaction() as session:
            await session.execute("DELETE FROM space_admin WHERE space_id = ?", id)
            await session.execute("DELETE FROM space WHERE id = ?", id)


_SELECT = "SELECT id, name FROM space"


def _space(row: Row) -> Space:
    return Space(row["id"], row["name"])
