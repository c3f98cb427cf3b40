"""Sign-ins that are under way, in the database: any process of the orchestrator goes on with what another one began.

Of a code its digest is kept: who reads the database cannot use it. What has expired goes when there is too much, and
not for a clock that may be wrong.
"""

import hashlib
from typing import NamedTuple

from ..database import Database, Row, Session

SCHEMA = (
    """
    CREATE TABLE signin_pending (
        digest      BYTEA PRIMARY KEY,
        user_code   TEXT UNIQUE,
        detail      TEXT NOT NULL,
        sub         TEXT,
        denied      BIGINT NOT NULL,
        expires_at  BIGINT NOT NULL
    )
    """,
)
_MOST = 1000  # of all machines together: some 300 kB


class TooMany(Exception):
    """As many are under way as may be."""


class Pending(NamedTuple):
    """One of them. user_code: None when it is not confirmed by one. detail: what its kind has to know again. sub: the
    user who allowed it; denied: somebody refused.
    """

    user_code: str | None
    detail: str
    sub: str | None
    denied: bool


class PendingTable:
    """The table `signin_pending`, for one kind of codes: no code is good for what another kind is for."""

    def __init__(self, database: Database, kind: str) -> None:
        self._database = database
        self._kind = kind

    async def add(self, code: str, new: Pending, lifetime_s: int) -> bool:
        """One more; False when its user code is another one's already. Raises TooMany."""
        async with self._database.transaction("signin") as session:
            now = await session.now()
            if await _count(session) >= _MOST:
                await session.execute("DELETE FROM signin_pending WHERE expires_at <= ?", now)
                if await _count(session) >= _MOST:
                    raise TooMany
            values = (new.user_code, new.detail, new.sub, int(new.denied), now + lifetime_s)
            return bool(await session.execute(_ADD, self._digest(code), *values))

    async def find(self, code: str) -> Pending | None:
        """The one with this code."""
        rows = await self._database.fetch(
            f"{_SELECT} WHERE digest = ? AND expires_at > ?", self._digest(code), await self._database.now()
        )
        return _pending(rows[0]) if rows else None

    async def unanswered(self, user_code: str) -> Pending | None:
        """The one with this user code, while nobody has answered."""
        rows = await self._database.fetch(
            f"{_SELECT} WHERE user_code = ? AND {_OPEN}", user_code, await self._database.now()
        )
        return _pending(rows[0]) if rows else None

    async def answer(self, user_code: str, sub: str | None) -> bool:
        """A user allows it, or, with None, refuses; whether nobody had answered."""
        query = f"UPDATE signin_pending SET sub = ?, denied = ? WHERE user_code = ? AND {_OPEN}"
        return bool(await self._database.execute(query, sub, int(sub is None), user_code, await self._database.now()))

    async def take(self, code: str) -> Pending | None:
        """The one with this code once it was answered: for the first who asks, and for nobody else."""
        rows = await self._database.fetch(_TAKE, self._digest(code), await self._database.now())
        return _pending(rows[0]) if rows else None

    def _digest(self, code: str) -> bytes:
        """Looking it up says nothing about codes that are near."""
        return hashlib.sha256(f"{self._kind}:{code}".encode()).digest()


_COLUMNS = "user_code, detail, sub, denied"
_SELECT = f"SELECT {_COLUMNS} FROM signin_pending"
_OPEN = "sub IS NULL AND denied = 0 AND expires_at > ?"
_ADD = f"""
    INSERT INTO signin_pending (digest, {_COLUMNS}, expires_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
"""
_TAKE = f"""
    DELETE FROM signin_pending WHERE digest = ? AND (sub IS NOT NULL OR denied = 1) AND expires_at > ?
    RETURNING {_COLUMNS}
"""


async def _count(session: Session) -> int:
    return int((await session.fetch("SELECT COUNT(*) FROM signin_pending"))[0][0])


def _pending(row: Row) -> Pending:
    return Pending(row["user_code"], row["detail"], row["sub"], bool(row["denied"]))
