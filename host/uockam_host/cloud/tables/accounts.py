"""People, and the identities that proved to be theirs."""

import time
from dataclasses import dataclass

from ..database import Database, Row, Session


@dataclass(frozen=True)
class Account:
    """who: the e-mail in lower case. number: counts accounts, from 1."""

    who: str
    number: int
    name: str


class Accounts:
    """The tables `account` and `enrollment`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, identifier: bytes) -> Account | None:
        """Whose this identity is."""
        rows = await self._database.fetch(f"{_SELECT} JOIN enrollment USING (who) WHERE identifier = ?", identifier)
        return _account(rows[0]) if rows else None

    async def numbers(self, whos: list[str]) -> dict[str, int]:
        """The number of each of these that has an account."""
        marks = ", ".join("?" * len(whos))
        rows = await self._database.fetch(f"SELECT who, number FROM account WHERE who IN ({marks})", *whos)
        return {row["who"]: row["number"] for row in rows}

    async def identities(self, email: str) -> list[bytes]:
        """The identities that were enrolled for an e-mail."""
        query = "SELECT identifier FROM enrollment WHERE who = ?"
        return [bytes(row[0]) for row in await self._database.fetch(query, email.lower())]

    async def enroll(self, identifier: bytes, email: str, name: str) -> Account:
        """The account of this e-mail, which is made when it is missing, with this identity as one of its own.

        An identity that was somebody else's is this account's from now on.
        """
        who = email.lower()
        async with self._database.transaction() as session:
            account = await _get_or_make(session, who, name)
            await session.execute(_ENROLL, identifier, who, int(time.time()))
        return account

    async def count(self) -> int:
        """How many accounts there are."""
        return int((await self._database.fetch("SELECT COUNT(*) FROM account"))[0][0])


_SELECT = "SELECT who, number, name FROM account"
_MAKE = """
    INSERT INTO account (who, number, name, created_at) SELECT ?, COALESCE(MAX(number), 0) + 1, ?, ? FROM account
"""
_ENROLL = """
    INSERT INTO enrollment (identifier, who, enrolled_at) VALUES (?, ?, ?)
    ON CONFLICT (identifier) DO UPDATE SET who = excluded.who, enrolled_at = excluded.enrolled_at
"""


async def _get_or_make(session: Session, who: str, name: str) -> Account:
    rows = await session.fetch(f"{_SELECT} WHERE who = ?", who)
    if not rows:
        await session.execute(_MAKE, who, name, int(time.time()))
        rows = await session.fetch(f"{_SELECT} WHERE who = ?", who)
    return _account(rows[0])


def _account(row: Row) -> Account:
    return Account(row["who"], row["number"], row["name"])
