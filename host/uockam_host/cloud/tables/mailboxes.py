"""What waits for the members of a project, and what is known of them as devices."""

from typing import NamedTuple

from uockam.errors import Error, LimitError

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
READER = ("ALTER TABLE device ADD COLUMN reader BYTEA",)  # the connection that messages were given to last
_SPARED_S = 7 * 86_400  # what has expired goes so much later, or when the mailbox is full: the clock may be wrong


class NotTheReader(Error):
    """A receiver that is not the one that messages were given to last."""


class Quota(NamedTuple):
    """Of one receiver: how many messages, of how many bytes together, may wait for how long.

    share: what of that a single sender may have, as its number of such senders.
    """

    messages: int = 1000
    size: int = 4 * 1024 * 1024
    age_s: int = 30 * 86_400
    share: int = 2


class _Load(NamedTuple):
    """What is in a mailbox: messages and bytes, of all and of one sender."""

    messages: int
    size: int
    own_messages: int
    own_size: int


class Mail(NamedTuple):
    """One message. id: 16 bytes that its sender chose; ttl_s: how long it is of use."""

    receiver: bytes
    sender: bytes
    id: bytes
    sealed: bytes
    ttl_s: int


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

    async def now(self) -> int:
        """Unix seconds, by which messages are over."""
        return await self._database.now()

    # -- messages -----------------------------------------------------------------------------------------------------

    async def put(self, mail: Mail) -> tuple[int, int]:
        """Keep a message; (its number, when it expires), of the one that is there when it comes again.

        It is on the medium when this returns. Raises LimitError when the mailbox, or the sender's share of it, is full.
        """
        async with self._database.transaction(self._box(mail.receiver)) as session:
            return await self._put(session, mail)

    async def settle(self, receiver: bytes, reader: bytes, after: int, answers: list[Mail]) -> int:
        """Forget the messages of a receiver up to a number, and keep its answers; how many of those were refused.

        Raises NotTheReader for messages that were given to another reader since.
        """
        refused = 0
        async with self._database.transaction(self._box(receiver)) as session:
            if after and not await session.execute(_STILL_READS, self._id, receiver, reader):
                raise NotTheReader("the messages were given to another connection of the same identity since")
            await session.execute(_DONE, self._id, receiver, after)
            for answer in answers:
                try:
                    await self._put(session, answer)
                except LimitError:
                    refused += 1
        return refused

    async def waiting(self, receiver: bytes, room: int, most: int) -> list[tuple[int, bytes]]:
        """(number, sealed message) of the next messages, in order: `most` at most, and of `room` bytes, but one."""
        rows = await self._database.fetch(_NEXT, self._id, receiver, await self.now(), most)
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
        (row,) = await self._database.fetch(_LOAD, self._id, receiver, await self.now())
        return int(row[0]), int(row[1])

    async def counts(self) -> dict[bytes, int]:
        """How many messages wait for each receiver that has some."""
        rows = await self._database.fetch(_COUNTS, self._id, await self.now())
        return {bytes(row[0]): row[1] for row in rows}

    def _box(self, receiver: bytes) -> str:
        """What transactions about what waits for a receiver are about."""
        return f"{self._id}/{receiver.hex()}"

    async def _put(self, session: Session, mail: Mail) -> tuple[int, int]:
        now = await session.now()
        await session.execute(_EXPIRED, self._id, now - _SPARED_S)
        same = (self._id, mail.receiver, mail.sender, mail.id)
        there = await session.fetch(_SAME, *same)
        if there and there[0]["expires_at"] > now:
            return there[0]["number"], there[0]["expires_at"]
        if there:
            await session.execute(_FORGET, *same)
        await self._make_room(session, mail, now)
        number = (await session.fetch(_NUMBER, self._id, mail.receiver))[0][0]
        expires_at = now + mail.ttl_s
        await session.execute(_KEEP, self._id, mail.receiver, number, mail.sender, mail.id, mail.sealed, expires_at)
        return number, expires_at

    async def _make_room(self, session: Session, mail: Mail, now: int) -> None:
        if self._lack(await self._load(session, mail), mail):
            await session.execute(f"{_EXPIRED} AND receiver = ?", self._id, now, mail.receiver)
            lack = self._lack(await self._load(session, mail), mail)
            if lack:
                raise LimitError(lack)

    async def _load(self, session: Session, mail: Mail) -> _Load:
        (row,) = await session.fetch(_LOADS, mail.sender, mail.sender, self._id, mail.receiver)
        return _Load(*(int(row[column]) for column in range(4)))

    def _lack(self, load: _Load, mail: Mail) -> str:
        """What there is no room for; "" for nothing."""
        quota, more = self.quota, len(mail.sealed)
        share = quota.size // quota.share
        if load.messages >= quota.messages:
            return f"the mailbox is full: {load.messages} messages wait there, which is the most"
        if load.size + more > quota.size:
            return f"the mailbox is full: {load.size} of at most {quota.size} bytes wait there"
        if load.own_messages >= quota.messages // quota.share:
            return f"your share of the mailbox is full: {load.own_messages} messages of yours wait there"
        if load.own_size + more > share:
            return f"your share of the mailbox is full: {load.own_size} of at most {share} bytes of yours wait there"
        return ""

    # -- devices ------------------------------------------------------------------------------------------------------

    async def seen(self, identifier: bytes, version: str = "", room: int = 0, reader: bytes | None = None) -> None:
        """A member is here; of which version, with how much room, and as which reader from now on, if it says so."""
        await self._database.execute(_SEEN, self._id, identifier, room, version, await self.now(), reader)

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
_EXPIRED = "DELETE FROM mail WHERE project_id = ? AND expires_at <= ?"
# It locks the row: who becomes the reader waits for the end of the transaction, and then sees what is left.
_STILL_READS = """
    UPDATE device SET reader = reader WHERE project_id = ? AND identifier = ? AND (reader IS NULL OR reader = ?)
"""
_DONE = "DELETE FROM mail WHERE project_id = ? AND receiver = ? AND number <= ?"
_NEXT = """
    SELECT number, sealed FROM mail WHERE project_id = ? AND receiver = ? AND expires_at > ?
    ORDER BY number LIMIT ?
"""
_COUNTS = "SELECT receiver, COUNT(*) FROM mail WHERE project_id = ? AND expires_at > ? GROUP BY receiver"
_SAME = "SELECT number, expires_at FROM mail WHERE project_id = ? AND receiver = ? AND sender = ? AND id = ?"
_FORGET = "DELETE FROM mail WHERE project_id = ? AND receiver = ? AND sender = ? AND id = ?"
_LOADS = """
    SELECT COUNT(*), COALESCE(SUM(LENGTH(sealed)), 0),
    COALESCE(SUM(CASE WHEN sender = ? THEN 1 ELSE 0 END), 0),
    COALESCE(SUM(CASE WHEN sender = ? THEN LENGTH(sealed) ELSE 0 END), 0)
    FROM mail WHERE project_id = ? AND receiver = ?
"""
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
    INSERT INTO device (project_id, identifier, room, last_number, version, seen_at, reader)
    VALUES (?, ?, ?, 0, ?, ?, ?)
    ON CONFLICT (project_id, identifier) DO UPDATE SET
    room = CASE WHEN excluded.room > 0 THEN excluded.room ELSE device.room END,
    version = CASE WHEN excluded.version <> '' THEN excluded.version ELSE device.version END,
    seen_at = excluded.seen_at,
    reader = COALESCE(excluded.reader, device.reader)
"""
_HOLDER = "SELECT identifier FROM device WHERE project_id = ? AND name = ?"
_REGISTER = "UPDATE device SET card = ?, name = ? WHERE project_id = ? AND identifier = ?"


def _device(row: Row) -> Device:
    card = None if row["card"] is None else bytes(row["card"])
    return Device(bytes(row["identifier"]), row["name"] or "", card, row["room"], row["version"], row["seen_at"])
