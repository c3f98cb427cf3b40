"""The database of an orchestrator of several processes: PostgreSQL."""

import asyncio
import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from uockam.log import INFO, log

from .copies import PAGE, Copy, new_file
from .database import Row, Session, StoreError
from .schema import MIGRATIONS

_APPLICATION = "uockam orchestrator"
_MOST_CONNECTIONS = 8  # of one process
_PATIENCE_S = 15.0  # while the server starts again
_RETRY_S = 0.2
_CONNECT_S = 5.0
_STATEMENT_S = 30.0
_REMEDY = "Start PostgreSQL, or check the URL"
_SETTINGS = {
    "synchronous_commit": "on",  # acknowledged is on the disk, whatever the server's configuration says
    "idle_in_transaction_session_timeout": "60s",
}
_OTHERS = """
    SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE ? AND application_name <> ? LIMIT 1
"""
_AWAY = (
    OSError,
    asyncio.TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.PostgresConnectionError,
    asyncpg.TooManyConnectionsError,
)
_ERRORS = (OSError, asyncio.TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Postgres:
    """A Database on a server. Made by `open_postgres`."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._name = _shown(url)
        self._application = f"{_APPLICATION} {secrets.token_hex(4)}"  # what the server knows this process by
        self._pool: Any = None  # `open` is called first
        self._patience_s = 0.0

    async def open(self) -> None:
        """Connect, and bring the database up to date. Raises StoreError."""
        try:
            self._pool = await asyncpg.create_pool(
                self._url,
                min_size=0,
                max_size=_MOST_CONNECTIONS,
                max_inactive_connection_lifetime=0,
                timeout=_CONNECT_S,
                command_timeout=_STATEMENT_S,
                server_settings={**_SETTINGS, "application_name": self._application},
            )
        except (*_ERRORS, ValueError) as error:
            raise StoreError(f"The database {self._name} cannot be reached: {error}", _REMEDY) from error
        async with self.transaction() as session:
            await _migrate(session, self._name)
        self._patience_s = _PATIENCE_S

    async def fetch(self, query: str, *values: object) -> Sequence[Row]:
        """All rows of a query, or of a statement that returns some."""
        async with self._connection() as session:
            return await session.fetch(query, *values)

    async def execute(self, query: str, *values: object) -> int:
        """How many rows a statement changed."""
        async with self._connection() as session:
            return await session.execute(query, *values)

    async def now(self) -> int:
        """Unix seconds, by the server's clock."""
        async with self._connection() as session:
            return await session.now()

    @asynccontextmanager
    async def transaction(self, about: str = "") -> AsyncIterator[Session]:
        """Statements of which all count or none."""
        async with self._connection() as session, session.begin():
            await session.fetch("SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", about)
            yield session

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Of all processes one at a time is inside."""
        async with self.transaction("alone"):
            yield

    async def check_unused(self) -> None:
        """Raises StoreError while another process of ours, on any machine, uses the database."""
        if await self.fetch(_OTHERS, f"{_APPLICATION}%", self._application):
            raise StoreError(f"The database {self._name} is in use", "Run `uockam orchestrator stop` on every machine")

    async def backup(self, path: str) -> None:
        """Write all of it, as it is at one moment, to a new SQLite file."""
        target = await new_file(Path(path))
        try:
            async with self._connection() as session, session.begin(isolation="repeatable_read", readonly=True):
                for table in target.tables:
                    async for rows in session.pages(f"SELECT {table.columns} FROM {table.name}"):
                        await target.add(table, rows)
        finally:
            await target.close()

    async def restore(self, source: "Copy") -> None:
        """Have what is in this copy, and nothing else."""
        async with self.transaction("alone") as session:
            for table in reversed(source.tables):
                await session.execute(f"DELETE FROM {table.name}")
            for table in source.tables:
                async for rows in source.pages(table):
                    for row in rows:
                        await session.execute(table.insert, *row)

    async def close(self) -> None:
        """Give the connections back."""
        await self._pool.close()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator["_Session"]:
        connection = await self._acquire()
        try:
            yield _Session(connection, self._name)
        except _ERRORS as error:
            raise StoreError(f"The database {self._name} cannot be used: {error}", _REMEDY) from error
        finally:
            with suppress(*_ERRORS):  # it is broken, and has told why already
                await self._pool.release(connection)

    async def _acquire(self) -> Any:
        """A connection; a server that is being started again is waited for, but not when we start ourselves."""
        give_up = asyncio.get_running_loop().time() + self._patience_s
        while True:
            try:
                return await self._pool.acquire()
            except _ERRORS as error:
                if not isinstance(error, _AWAY) or asyncio.get_running_loop().time() >= give_up:
                    raise StoreError(f"The database {self._name} cannot be reached: {error}", _REMEDY) from error
                log(INFO, "uockam.cloud", f"the database {self._name} is waited for: {error}")
            await asyncio.sleep(_RETRY_S)


class _Session:
    """Statements over one connection."""

    def __init__(self, connection: Any, name: str) -> None:
        self._connection = connection
        self._name = name

    def begin(self, **options: object) -> AbstractAsyncContextManager[None]:
        """A transaction."""
        return self._connection.transaction(**options)  # type: ignore[no-any-return]

    async def pages(self, query: str) -> AsyncIterator[list[Row]]:
        """The rows of a query, some at a time. Raises StoreError."""
        cursor = await self._connection.cursor(query)
        while rows := await cursor.fetch(PAGE):
            yield rows

    async def fetch(self, query: str, *values: object) -> Sequence[Row]:
        """All rows of a query, or of a statement that returns some. Raises StoreError."""
        try:
            return await self._connection.fetch(numbered(query), *values)  # type: ignore[no-any-return]
        except _ERRORS as error:
            raise StoreError(f"The database {self._name} cannot be used: {error}", _REMEDY) from error

    async def execute(self, query: str, *values: object) -> int:
        """How many rows a statement changed. Raises StoreError."""
        try:
            said = await self._connection.execute(numbered(query), *values)
        except _ERRORS as error:
            raise StoreError(f"The database {self._name} cannot be used: {error}", _REMEDY) from error
        count = said.rpartition(" ")[2]  # "UPDATE 1", "INSERT 0 1", "CREATE TABLE"
        return int(count) if count.isdigit() else 0

    async def now(self) -> int:
        """Unix seconds, by the server's clock. Raises StoreError."""
        return int((await self.fetch("SELECT EXTRACT(EPOCH FROM clock_timestamp())"))[0][0])


@lru_cache(maxsize=512)
def numbered(query: str) -> str:
    """The query with $1, $2, … in place of each `?`; there are none in the texts of our queries."""
    first, *rest = query.split("?")
    return first + "".join(f"${number}{part}" for number, part in enumerate(rest, 1))


async def open_postgres(url: str) -> Postgres:
    """The database at this URL, whose tables are made when they are missing. Raises StoreError."""
    database = Postgres(url)
    await database.open()
    return database


async def _migrate(session: Session, name: str) -> None:
    await session.execute("CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)")
    rows = await session.fetch("SELECT version FROM schema_version")
    version = int(rows[0][0]) if rows else 0
    if version > len(MIGRATIONS):
        raise StoreError(f"{name} was written by a newer uockam", "Upgrade uockam")
    for statements in MIGRATIONS[version:]:
        for statement in statements:
            await session.execute(statement)
    await session.execute("DELETE FROM schema_version")
    await session.execute("INSERT INTO schema_version (version) VALUES (?)", len(MIGRATIONS))


def _shown(url: str) -> str:
    """The URL without what is secret in it."""
    parts = urlsplit(url)
    return f"{parts.path.lstrip('/')} at {parts.hostname or 'this machine'}"
