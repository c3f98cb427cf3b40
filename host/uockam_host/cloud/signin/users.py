"""The accounts of the built-in sign-in, in the orchestrator's database."""

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from ..database import Row, Session
from .person import Person

SCHEMA = (  # SQLite and PostgreSQL both take it
    """
    CREATE TABLE signin_user (
        sub         TEXT PRIMARY KEY,
        email       TEXT NOT NULL UNIQUE,
        name        TEXT NOT NULL,
        password    TEXT NOT NULL,
        is_admin    INTEGER NOT NULL CHECK (is_admin IN (0, 1)),
        created_at  DOUBLE PRECISION NOT NULL
    )
    """,
    "CREATE UNIQUE INDEX signin_one_administrator ON signin_user (is_admin) WHERE is_admin = 1",
    "CREATE TABLE signin_secret (number INTEGER PRIMARY KEY CHECK (number = 1), secret TEXT NOT NULL)",
)

_COLUMNS = "sub, email, name, password, is_admin"
_HASHES_AT_ONCE = 2  # each takes 64 MB and a processor for a while


@dataclass(frozen=True)
class User:
    """A person with a password. stamp: changes with the password, so that what was given out before is void."""

    person: Person
    stamp: str


class Users:
    """Finding, adding and removing accounts; passwords are kept as Argon2id hashes."""

    def __init__(self, database: Session) -> None:
        self._database = database
        self._hasher = PasswordHasher()
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)
        self._nobody = ""  # a hash to compare with when there is no such account

    async def secret(self) -> str:
        """The secret that signs cookies and tokens: made once."""
        insert = "INSERT INTO signin_secret (number, secret) VALUES (1, ?) ON CONFLICT DO NOTHING"
        await self._database.execute(insert, secrets.token_urlsafe(32))
        return str((await self._database.fetch("SELECT secret FROM signin_secret"))[0][0])

    async def any(self) -> bool:
        """Whether there is an account at all."""
        return bool(await self._database.fetch("SELECT 1 FROM signin_user LIMIT 1"))

    async def all(self) -> list[Person]:
        """Every person in the order of joining."""
        return [_user(row).person for row in await self._rows("ORDER BY created_at, sub")]

    async def get(self, sub: str) -> User | None:
        """The user with this subject."""
        return _first(await self._rows("WHERE sub = ?", sub))

    async def by_email(self, email: str) -> User | None:
        """The user with this e-mail, however it is written."""
        return _first(await self._rows("WHERE email = ?", email.strip().lower()))

    async def add(self, email: str, name: str, password: str, is_admin: bool = False) -> User | None:
        """A new account; None when the e-mail has one, or there is an administrator already."""
        sub = secrets.token_hex(16)
        values = (sub, email.strip().lower(), name.strip(), await self._hash(password), int(is_admin), time.time())
        await self._database.execute(_INSERT, *values)
        return await self.get(sub)

    async def set_password(self, sub: str, password: str) -> None:
        """Replace a password."""
        update = "UPDATE signin_user SET password = ? WHERE sub = ?"
        await self._database.execute(update, await self._hash(password), sub)

    async def remove(self, sub: str) -> None:
        """Forget an account, unless it is the administrator's."""
        await self._database.execute("DELETE FROM signin_user WHERE sub = ? AND is_admin = 0", sub)

    async def check(self, email: str, password: str) -> User | None:
        """The user whose e-mail and password these are; it takes as long when there is no such account."""
        rows = await self._rows("WHERE email = ?", email.strip().lower())
        self._nobody = self._nobody or await self._hash(secrets.token_urlsafe())
        right = await self._verify(str(rows[0][3]) if rows else self._nobody, password)
        return _user(rows[0]) if rows and right else None

    async def _rows(self, condition: str, *values: Any) -> Sequence[Row]:
        return await self._database.fetch(f"SELECT {_COLUMNS} FROM signin_user {condition}", *values)

    async def _hash(self, password: str) -> str:
        async with self._hashing:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def _verify(self, kept: str, password: str) -> bool:
        async with self._hashing:
            try:
                return await asyncio.to_thread(self._hasher.verify, kept, password)
            except (VerificationError, InvalidHashError):
                return False


_INSERT = f"INSERT INTO signin_user ({_COLUMNS}, created_at) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"


def _first(rows: Sequence[Row]) -> User | None:
    return _user(rows[0]) if rows else None


def _user(row: Row) -> User:
    sub, email, name, password, is_admin = (row[column] for column in range(5))
    return User(Person(sub, email, name, bool(is_admin)), hashlib.sha256(password.encode()).hexdigest()[:16])


_EMAIL = re.compile(r"[^\s@/]+@[^\s@/]+\.?[^\s@/]*")  # it stands in paths of requests, so it has no slash
_MAX_EMAIL = 254  # RFC 5321
_MAX_NAME = 100
_MIN_PASSWORD = 10
_MAX_PASSWORD = 256  # the hash takes any length; a request does not


def check_account(email: str, name: str, password: str) -> str:
    """What is wrong with the fields of a new account, as a sentence; "" when nothing is."""
    return check_email(email) or check_name(name) or check_password(password)


def check_email(email: str) -> str:
    """What is wrong with an e-mail address; "" when nothing is."""
    right = len(email) <= _MAX_EMAIL and _EMAIL.fullmatch(email.strip()) and email.isprintable()
    return "" if right else "Enter an e-mail address, for example ada@example.com."


def check_name(name: str) -> str:
    """What is wrong with the name of a person; "" when nothing is."""
    right = 0 < len(name.strip()) <= _MAX_NAME and name.isprintable()
    return "" if right else f"Enter a name of at most {_MAX_NAME} characters."


def check_password(password: str) -> str:
    """What is wrong with a new password; "" when nothing is."""
    right = _MIN_PASSWORD <= len(password) <= _MAX_PASSWORD
    return "" if right else f"Choose a password of {_MIN_PASSWORD} to {_MAX_PASSWORD} characters."
