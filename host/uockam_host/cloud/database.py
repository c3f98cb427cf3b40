"""What the orchestrator demands of its database. One set of SQL serves all: `?` stands for a value, types are TEXT,
BIGINT and BYTEA, and nothing is used that SQLite and PostgreSQL do not share.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from uockam.errors import Error


class StoreError(Error):
    """The database cannot do what was asked."""


class Row(Protocol):
    """A row of a result, by position or by the name of the column."""

    def __getitem__(self, key: Any, /) -> Any: ...


class Session(Protocol):
    """Statements, each by itself or as a part of a transaction. Every method raises StoreError."""

    async def fetch(self, query: str, *values: object) -> Sequence[Row]:
        """All rows of a query, or of a statement that returns some."""
        ...

    async def execute(self, query: str, *values: object) -> int:
        """How many rows a statement changed."""
        ...

    async def now(self) -> int:
        """Unix seconds. Of what is kept all processes judge by this one clock."""
        ...


class Database(Session, Protocol):
    """One open database; what `execute` or a transaction has changed is on the medium when it returns."""

    def transaction(self, about: str = "") -> AbstractAsyncContextManager[Session]:
        """Statements of which all count or none: an exception takes them back.

        about: transactions about the same thing run one after another, whichever process they are of.
        """
        ...

    def alone(self) -> AbstractAsyncContextManager[None]:
        """Of all processes that share the database, one at a time is inside."""
        ...

    async def backup(self, path: str) -> None:
        """Write all of it, as it is at one moment, to a new file, while others go on reading and writing."""
        ...

    async def close(self) -> None:
        """Give it back."""
        ...
