"""The members of a project, the tokens that let identities become members, and whose credentials say too much.

A clock that is wrong must let nobody in, and must take nothing away that counts again when it is right. So what has
expired is not removed for that, but only when it is too much.
"""

import hashlib
import json
from dataclasses import dataclass

from ..database import Database, Row, Session

CREDENTIAL_LIFETIME_S = 86_400  # who was a member may still hold a credential for so long
_MANY = 10_000  # identities whose credentials were superseded, of one project: with more, those that are over go


@dataclass(frozen=True)
class Member:
    """One row; added_by is an identifier, too."""

    identifier: bytes
    attributes: dict[str, str]
    added_by: bytes
    added_at: int


@dataclass(frozen=True)
class Token:
    """What a one-time code lets an identity become, and what is left of it."""

    attributes: dict[str, str]
    made_by: bytes
    lifetime_s: int
    uses: int


class Members:
    """The tables `member`, `token` and `revocation`, for one project."""

    def __init__(self, database: Database, project_id: str) -> None:
        self._database = database
        self._id = project_id

    async def get(self, identifier: bytes) -> Member | None:
        """The member with this identifier."""
        rows = await self._database.fetch(f"{_SELECT} AND identifier = ?", self._id, identifier)
        return _member(rows[0]) if rows else None

    async def all(self) -> list[Member]:
        """Every member in order of addition."""
        rows = await self._database.fetch(f"{_SELECT} ORDER BY added_at, identifier", self._id)
        return [_member(row) for row in rows]

    async def count(self) -> int:
        """How many there are."""
        return int((await self._database.fetch("SELECT COUNT(*) FROM member WHERE project_id = ?", self._id))[0][0])

    async def put(self, identifier: bytes, attributes: dict[str, str], added_by: bytes) -> None:
        """Add a member, or replace all that is known of it: then former credentials say what it is now."""
        values = (self._id, identifier, json.dumps(attributes), added_by)
        async with self._database.transaction(self._id) as session:
            former = await session.fetch(f"{_SELECT} AND identifier = ?", self._id, identifier)
            if former and _member(former[0]).attributes != attributes:
                await self._supersede(session, identifier)
            await session.execute(_PUT, *values, await session.now())

    async def remove(self, identifier: bytes) -> bool:
        """Remove a member, whose credentials count no more; whether there was one."""
        query = "DELETE FROM member WHERE project_id = ? AND identifier = ?"
        async with self._database.transaction(self._id) as session:
            if not await session.execute(query, self._id, identifier):
                return False
            await self._supersede(session, identifier)
        return True

    async def supersede(self, identifier: bytes) -> None:
        """Let the credentials of an identity say what it is now, whatever they say."""
        async with self._database.transaction(self._id) as session:
            await self._supersede(session, identifier)

    async def _supersede(self, session: Session, identifier: bytes) -> None:
        now = await session.now()
        await session.execute(_FORGET, self._id, now, self._id, _MANY)
        await session.execute(_SUPERSEDE, self._id, identifier, now + CREDENTIAL_LIFETIME_S)

    async def is_superseded(self, identifier: bytes) -> bool:
        """Whether an identity may hold a credential that says something else than it is now."""
        query = "SELECT 1 FROM revocation WHERE project_id = ? AND identifier = ?"
        return bool(await self._database.fetch(query, self._id, identifier))

    async def superseded(self) -> dict[bytes, dict[str, str] | None]:
        """What those are now, as members that were added; None for who is none."""
        rows = await self._database.fetch(_SUPERSEDED, self._id)
        return {bytes(row[0]): None if row[1] is None else json.loads(row[1]) for row in rows}

    # -- tokens -------------------------------------------------------------------------------------------------------

    async def add_token(self, code: bytes, token: Token, most: int) -> bool:
        """Keep a token; False when the project has `most` that are open already."""
        async with self._database.transaction(self._id) as session:
            if await self._count_tokens(session) >= most:
                await session.execute(_PURGE, self._id, await session.now())
                if await self._count_tokens(session) >= most:
                    return False
            expires_at = await session.now() + token.lifetime_s
            values = (json.dumps(token.attributes), token.made_by, expires_at, token.uses)
            await session.execute(_ADD_TOKEN, self._id, _digest(code), *values)
        return True

    async def accept(self, code: bytes, identifier: bytes) -> bool:
        """Make an identity a member by a token, one use of which that costs; False when there is no such token now."""
        async with self._database.transaction(self._id) as session:
            now = await session.now()
            rows = await session.fetch(_USE_TOKEN, self._id, _digest(code), now)
            if not rows:
                return False
            await session.execute(_PUT, self._id, identifier, rows[0][0], bytes(rows[0][1]), now)
        return True

    async def _count_tokens(self, session: Session) -> int:
        return int((await session.fetch("SELECT COUNT(*) FROM token WHERE project_id = ?", self._id))[0][0])


_SELECT = "SELECT identifier, attributes, added_by, added_at FROM member WHERE project_id = ?"
_PUT = """
    INSERT INTO member (project_id, identifier, attributes, added_by, added_at) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (project_id, identifier) DO UPDATE
    SET attributes = excluded.attributes, added_by = excluded.added_by, added_at = excluded.added_at
"""
_SUPERSEDE = """
    INSERT INTO revocation (project_id, identifier, until) VALUES (?, ?, ?)
    ON CONFLICT (project_id, identifier) DO UPDATE SET until = excluded.until
"""
_FORGET = """
    DELETE FROM revocation WHERE project_id = ? AND until < ? AND until <= (
        SELECT until FROM revocation WHERE project_id = ? ORDER BY until DESC LIMIT 1 OFFSET ?
    )
"""
_SUPERSEDED = """
    SELECT revocation.identifier, member.attributes FROM revocation LEFT JOIN member
    ON member.project_id = revocation.project_id AND member.identifier = revocation.identifier
    WHERE revocation.project_id = ?
"""
_ADD_TOKEN = "INSERT INTO token (project_id, digest, attributes, made_by, expires_at, uses) VALUES (?, ?, ?, ?, ?, ?)"
_PURGE = "DELETE FROM token WHERE project_id = ? AND (expires_at < ? OR uses < 1)"
_USE_TOKEN = """
    UPDATE token SET uses = uses - 1 WHERE project_id = ? AND digest = ? AND uses > 0 AND expires_at >= ?
    RETURNING attributes, made_by
"""


def _digest(code: bytes) -> bytes:
    """What is kept of a code: who reads the database cannot use it."""
    return hashlib.sha256(code).digest()


def _member(row: Row) -> Member:
    return Member(bytes(row["identifier"]), json.loads(row["attributes"]), bytes(row["added_by"]), row["added_at"])
