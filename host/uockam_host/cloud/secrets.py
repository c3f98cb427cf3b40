"""The keys of the orchestrator's identities, in its database."""

import asyncio
from contextlib import suppress

from uockam.log import ERROR, log
from uockam.secure.store import MemoryStore

from .database import Database, StoreError


class Secrets(MemoryStore):
    """A Store of one owner. All of it is in memory; what `put` changes is in the database once `saved` returns.

    Keys wait for one another on the loop that also waits for the database, so `put` itself cannot: whoever makes an
    identity awaits `saved`. What the running node changes is written soon after: a key that it renewed, which it would
    renew again, and the histories of peers that have changed their keys.
    """

    def __init__(self, database: Database, owner: str) -> None:
        super().__init__()
        self._database = database
        self._owner = owner
        self._pending: dict[bytes, bytes | None] = {}
        self._saving = asyncio.Lock()
        self._later: asyncio.Task[None] | None = None

    async def load(self) -> None:
        """Read what is there. Raises StoreError."""
        rows = await self._database.fetch("SELECT name, value FROM secret WHERE owner = ?", self._owner)
        super().put({bytes(row[0]): bytes(row[1]) for row in rows})

    def put(self, changes: "dict[bytes, bytes | None]") -> None:
        """Make these changes."""
        super().put(changes)
        self._pending.update(changes)
        if self._later is None or self._later.done():
            self._later = asyncio.get_running_loop().create_task(self._save_later())

    async def saved(self) -> None:
        """Returns when everything is in the database. Raises StoreError."""
        async with self._saving:
            changes, self._pending = self._pending, {}
            try:
                await self._write(changes)
            except BaseException:
                self._pending = {**changes, **self._pending}
                raise

    async def _save_later(self) -> None:
        try:
            await self.saved()
        except StoreError as error:  # the next change tries again
            log(ERROR, "uockam.cloud", f"keys of {self._owner} could not be written: {error}")

    async def close(self) -> None:
        """Write what is left."""
        with suppress(StoreError):  # _save_later has said so
            await self.saved()

    async def _write(self, changes: "dict[bytes, bytes | None]") -> None:
        if not changes:
            return
        async with self._database.transaction(self._owner) as session:
            for name, value in changes.items():
                await session.execute("DELETE FROM secret WHERE owner = ? AND name = ?", self._owner, name)
                if value is not None:
                    insert = "INSERT INTO secret (owner, name, value) VALUES (?, ?, ?)"
                    await session.execute(insert, self._owner, name, value)


async def load_secrets(database: Database, owner: str) -> Secrets:
    """The keys of this owner. Raises StoreError."""
    secrets = Secrets(database, owner)
    await secrets.load()
    return secrets
