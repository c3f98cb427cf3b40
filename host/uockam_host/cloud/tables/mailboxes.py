"""What waits for the members of a project, and what is known of them as devices."""

import time
from typing import NamedTuple

from uockam.errors import LimitError

from ..database import Database, Row, Session

SCHEMA = (
    """
    CREATE TABLE device (
        project_id  TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
        identifier  BYTEA NOT NULL,
        name        TEXT,
        card        BYTEA,
        room        BIGINT NOT NULL,
        last_number BIGINT NOT NULL,
        version     TEXT NOT NULL,
        seen_at     BIGINT NOT NULL,
        PRIMARY KEY (project_id, identifier),
        UNIQUE (project_id, name)
    )
    """,
    """
    CREATE TABLE mail (
        project_id  TEXT NOT NULL REFERENCES project (id) ON DELETE CASCADE,
        receiver    BYTEA NOT NULL,
        number      BIGINT NOT NULL,
        sender      BYTEA NOT NULL,
        id          BYTEA NOT NULL,
        sealed      BYTEA NOT NULL,
        expires_at  BIGINT NOT NULL,
        PRIMARY KEY (project_id, receiver, number),
        UNIQUE (project_id, receiver, sender, id)
    )
    """,
    "CREATE INDEX mail_by_age ON mail (project_id, expires_at)",
)


class Quota(NamedTuple):
    """Of one receiver: how many messages, of how many bytes together, may wait for how long."""

    messages: int = 1000
    size: int = 4 * 1024 * 1024
    age_s: int = 30 * 86_400


class Mail(NamedTuple):
    """One message. id: 16 bytes that its sender chose."""

    receiver: bytes
    sender: bytes
    id: bytes
    sealed: bytes
    expires_at: int


class Device(NamedTuple):
    """One row: a member that was here. card: None before it has shown one. room: bytes of a message that it takes."""

    identifier: bytes
    name: str
    card: bytes | None
    room: int
    version: str
    seen_at: int


class Mailboxes:
    """The tables `device` and `mail`, for one project."""

    def __init__(self, database: Database, project_id: str, quota: Quota) -> None:
        self.quota = quota
        self._database = database
        self._id = project_id

    # -- messages -----------------------------------------------------------------------------------------------------

    async def put(self, mail: Mail) -> tuple[int, int]:
        """Keep a message; (its number, when it expires), of the one that is there when it comes again.

        It is on the medium when this returns. Raises LimitError when the mailbox is full.
        """
        async with self._database.transaction(self._box(mail.receiver)) as session:
            return await self._put(session, mail)

    async def settle(self, receiver: bytes, after: int, answers: list[Mail]) -> int:
        """Forget the messages of a receiver up to a number, and keep its answers; how many of those were refused."""
        refused = 0
        async with self._database.transaction(self._box(receiver)) as session:
            await session.execute(_DONE, self._id, receiver, after)
            for answer in answers:
                try:
                    await self._put(session, answer)
                except LimitError:
                    refused += 1
        return refused

    async def waiting(self, receiver: bytes, room: int, most: int) -> list[tuple[int, bytes]]:
        """(number, sealed message) of the next messages, in order: `most` at most, and of `room` bytes, but one."""
        rows = await self._database.fetch(_NEXT, self._id, receiver, int(time.time()), most)
        taken: list[tuple[int, bytes]] = []
        for row in rows:
            sealed = bytes(row["sealed"])
            room -= len(sealed)
            if taken and room < 0:
                break
            taken.append((row["number"], sealed))
        return taken

    async def load(self, receiver: bytes) -> tuple[int, int]:
        """(how many, bytes) of what waits for a receiver."""
        return await self._load(self._database, receiver)

    async def counts(self) -> dict[bytes, int]:
        """How many messages wait for each receiver that has some."""
        rows = await self._database.fetch(_COUNTS, self._id, int(time.time()))
        return {bytes(row[0]): row[1] for row in rows}

    def _box(self, receiver: bytes) -> str:
        """What transactions about what waits for a receiver are about."""
        return f"{self._id}/{receiver.hex()}"

    async def _put(self, session: Session, mail: Mail) -> tuple[int, int]:
        await session.execute("DELETE FROM mail WHERE project_id = ? AND expires_at <= ?", self._id, int(time.time()))
        there = await session.fetch(_SAME, self._id, mail.receiver, mail.sender, mail.id)
        if there:
            return there[0]["number"], there[0]["expires_at"]
        self._check(*(await self._load(session, mail.receiver)), len(mail.sealed))
        number = (await session.fetch(_NUMBER, self._id, mail.receiver))[0][0]
        await session.execute(_KEEP, self._id, mail.receiver, number, *mail[1:])
        return number, mail.expires_at

    async def _load(self, session: Session, receiver: bytes) -> tuple[int, int]:
        (row,) = await session.fetch(_LOAD, self._id, receiver, int(time.time()))
        return int(row[0]), int(row[1])

    def _check(self, count: int, size: int, more: int) -> None:
        quota = self.quota
        if count >= quota.messages:
            raise LimitError(f"the mailbox is full: {count} messages wait there, which is the most")
        if size + more > quota.size:
            raise LimitError(f"the mailbox is full: {size} of at most {quota.size} bytes wait there")

    # -- devices ------------------------------------------------------------------------------------------------------

    async def seen(self, identifier: bytes, version: str = "", room: int = 0) -> None:
        """A member is here; of which version and with how much room, if it says so."""
        await self._database.execute(_SEEN, self._id, identifier, room, version, int(time.time()))

    async def register(self, identifier: bytes, card: bytes, name: str) -> bool:
        """Keep the card of a member that was seen, and its name, "" for none; False when another one has that name."""
        async with self._database.transaction(self._id) as session:
            holder = await session.fetch(_HOLDER, self._id, name or None)
            if holder and bytes(holder[0][0]) != identifier:
                return False
            await session.execute(_REGISTER, card, name or None, self._id, identifier)
        return True

    async def holder(self, name: str) -> bytes | None:
        """Who has a name."""
        rows = await self._database.fetch(_HOLDER, self._id, name)
        return bytes(rows[0][0]) if rows else None

    async def release(self, name: str) -> None:
        """Nobody has this name any more."""
        query = "UPDATE device SET name = NULL WHERE project_id = ? AND name = ?"
        await self._database.execute(query, self._id, name)

    async def device(self, identifier: bytes) -> Device | None:
        """What is known of a member."""
        rows = await self._database.fetch(f"{_DEVICES} AND identifier = ?", self._id, identifier)
        return _device(rows[0]) if rows else None

    async def devices(self) -> dict[bytes, Device]:
        """All that were seen, by identifier."""
        found = [_device(row) for row in await self._database.fetch(_DEVICES, self._id)]
        return {device.identifier: device for device in found}


_DEVICES = "SELECT identifier, name, card, room, version, seen_at FROM device WHERE project_id = ?"
_DONE = "DELETE FROM mail WHERE project_id = ? AND receiver = ? AND number <= ?"
_NEXT = """
    SELECT number, sealed FROM mail WHERE project_id = ? AND receiver = ? AND expires_at > ?
    ORDER BY number LIMIT ?
"""
_COUNTS = "SELECT receiver, COUNT(*) FROM mail WHERE project_id = ? AND expires_at > ? GROUP BY receiver"
_SAME = "SELECT number, expires_at FROM mail WHERE project_id = ? AND receiver = ? AND sender = ? AND id = ?"
_LOAD = """
    SELECT COUNT(*), COALESCE(SUM(LENGTH(sealed)), 0) FROM mail
    WHERE project_id = ? AND receiver = ? AND expires_at > ?
"""
# The row of the receiver is locked until the end of the transaction: numbers are in the order of commits.
_NUMBER = """
    INSERT INTO device (project_id, identifier, room, last_number, version, seen_at) VALUES (?, ?, 0, 1, '', 0)
    ON CONFLICT (project_id, identifier) DO UPDATE SET last_number = device.last_number + 1
    RETURNING last_number
"""
_KEEP = """
    INSERT INTO mail (project_id, receiver, number, sender, id, sealed, expires_at) VALUES (?, ?, ?, ?, ?, ?, ?)
"""
_SEEN = """
    INSERT INTO device (project_id, identifier, room, last_number, version, seen_at) VALUES (?, ?, ?, 0, ?, ?)
    ON CONFLICT (project_id, identifier) DO UPDATE SET
    room = CASE WHEN excluded.room > 0 THEN excluded.room ELSE device.room END,
    version = CASE WHEN excluded.version <> '' THEN excluded.version ELSE device.version END,
    seen_at = excluded.seen_at
"""
_HOLDER = "SELECT identifier FROM device WHERE project_id = ? AND name = ?"
_REGISTER = "UPDATE device SET card = ?, name = ? WHERE project_id = ? AND identifier = ?"


def _device(row: Row) -> Device:
    card = None if row["card"] is None else bytes(row["card"])
    return Device(bytes(row["identifier"]), row["name"] or "", card, row["room"], row["version"], row["seen_at"])
