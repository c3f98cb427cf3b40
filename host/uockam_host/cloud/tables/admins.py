"""Who administers a space or a project: e-mails, which need no account yet."""

import time
from typing import Literal

from ..database import Database, Session


class Admins:
    """The table `space_admin` or `project_admin`."""

    def __init__(self, database: Database, of: Literal["space", "project"]) -> None:
        self._database = database
        self._table = f"{of}_admin"
        self._column = f"{of}_id"

    async def all(self, id: str) -> list[str]:
        """E-mails as they were written, in the order in which they were added."""
        query = f"SELECT email FROM {self._table} WHERE {self._column} = ? ORDER BY added_at, who"
        return [row["email"] for row in await self._database.fetch(query, id)]

    async def add(self, id: str, email: str, session: Session | None = None) -> None:
        """Add an administrator; one who is there is written like this from now on."""
        query = f"""
            INSERT INTO {self._table} ({self._column}, who, email, added_at) VALUES (?, ?, ?, ?)
            ON CONFLICT ({self._column}, who) DO UPDATE SET email = excluded.email
        """
        await (session or self._database).execute(query, id, email.lower(), email, int(time.time()))

    async def remove(self, id: str, email: str) -> bool:
        """Remove an administrator, unless it is the last one; whether the e-mail is none now."""
        query = f"""
            DELETE FROM {self._table} WHERE {self._column} = ? AND who = ?
            AND (SELECT COUNT(*) FROM {self._table} WHERE {self._column} = ?) > 1
        """
        await self._database.execute(query, id, email.lower(), id)
        return email.lower() not in [each.lower() for each in await self.all(id)]
