"""The tables of people who signed in on this machine, of identities enrolled for them, and of their credentials."""

import time
from dataclasses import astuple, dataclass, field, fields

from .database import Database


@dataclass(frozen=True)
class UserRecord:
    """One row: who signed in, as the sign-in site told it."""

    email: str
    sub: str = ""
    name: str = ""
    nickname: str = ""
    picture: str = ""
    updated_at: str = ""
    email_verified: bool = False


@dataclass(frozen=True)
class EnrollmentRecord:
    """One row: the identity, as text, that a controller knows for the person."""

    identifier: str
    email: str
    enrolled_at: float = field(default_factory=time.time)


_USER = ", ".join(item.name for item in fields(UserRecord))


class People:
    """Reading and changing the tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def users(self) -> list[UserRecord]:
        """Everybody who signed in, in that order."""
        rows = self._database.rows(f"SELECT {_USER} FROM user ORDER BY rowid")
        return [UserRecord(**{**dict(row), "email_verified": bool(row["email_verified"])}) for row in rows]

    def put_user(self, user: UserRecord) -> None:
        """Insert or replace."""
        with self._database.writing() as connection:
            marks = ", ".join("?" * len(fields(UserRecord)))
            connection.execute(f"REPLACE INTO user ({_USER}) VALUES ({marks})", astuple(user))

    def enrollment(self, identifier: str) -> EnrollmentRecord | None:
        """Of this identity, or None."""
        rows = self._database.rows(
            "SELECT identifier, email, enrolled_at FROM enrollment WHERE identifier = ?", identifier
        )
        return EnrollmentRecord(**dict(rows[0])) if rows else None

    def put_enrollment(self, record: EnrollmentRecord) -> None:
        """Insert or replace."""
        with self._database.writing() as connection:
            connection.execute(
                "REPLACE INTO enrollment (identifier, email, enrolled_at) VALUES (?, ?, ?)", astuple(record)
            )


class Credentials:
    """Credentials that authorities issued, by issuer and subject, of 32 bytes each: no secrets, but worth keeping."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, issuer: bytes, subject: bytes, valid_at: int) -> bytes | None:
        """The bytes of one that has not expired then, or None."""
        rows = self._database.rows(
            "SELECT issued FROM credential WHERE issuer = ? AND subject = ? AND expires_at > ?",
            issuer,
            subject,
            valid_at,
        )
        return bytes(rows[0]["issued"]) if rows else None

    def put(self, issuer: bytes, subject: bytes, expires_at: int, issued: bytes) -> None:
        """Insert or replace."""
        with self._database.writing() as connection:
            connection.execute(
                "REPLACE INTO credential (issuer, subject, expires_at, issued) VALUES (?, ?, ?, ?)",
                (issuer, subject, expires_at, issued),
            )

    def forget(self, issuer: bytes, subject: bytes) -> None:
        """Remove it: its project, or the membership, is gone."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM credential WHERE issuer = ? AND subject = ?", (issuer, subject))
