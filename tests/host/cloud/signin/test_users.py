"""Accounts in the orchestrator's database."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import argon2
import pytest

from uockam_host.cloud.signin import users as accounts
from uockam_host.cloud.signin.users import Users, check_account
from uockam_host.cloud.sqlite import open_sqlite

PASSWORD = "correct horse battery"


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Users]:
    database = await open_sqlite(folder / "users.sqlite3")
    try:
        yield Users(database)
    finally:
        await database.close()


async def test_a_password_opens_its_own_account_only(tmp_path: Path) -> None:
    async with opened(tmp_path) as users:
        ada = await users.add("Ada@Example.com", "Ada", PASSWORD, is_admin=True)
        await users.add("bob@example.com", "Bob", "another long password")
        assert await users.check("ada@example.COM", PASSWORD) == ada
        assert await users.check("bob@example.com", PASSWORD) is None
        assert await users.check("eve@example.com", PASSWORD) is None


async def test_accounts_and_the_secret_outlive_the_process(tmp_path: Path) -> None:
    async with opened(tmp_path) as users:
        ada, secret = await users.add("ada@example.com", "Ada", PASSWORD), await users.secret()
    async with opened(tmp_path) as users:
        assert await users.check("ada@example.com", PASSWORD) == ada
        assert await users.secret() == secret


async def test_nobody_gets_an_e_mail_that_is_taken(tmp_path: Path) -> None:
    async with opened(tmp_path) as users:
        await users.add("ada@example.com", "Ada", PASSWORD)
        assert await users.add("ADA@example.com", "Eve", "another long password") is None
        assert [person.name for person in await users.all()] == ["Ada"]


async def test_there_is_one_administrator_who_cannot_be_removed(tmp_path: Path) -> None:
    async with opened(tmp_path) as users:
        ada = await users.add("ada@example.com", "Ada", PASSWORD, is_admin=True)
        assert ada is not None
        assert await users.add("eve@example.com", "Eve", PASSWORD, is_admin=True) is None
        await users.remove(ada.person.sub)
        assert await users.get(ada.person.sub) == ada


async def test_a_new_password_voids_what_was_given_out_before(tmp_path: Path) -> None:
    async with opened(tmp_path) as users:
        ada = await users.add("ada@example.com", "Ada", PASSWORD)
        assert ada is not None
        await users.set_password(ada.person.sub, "another long password")
        now = await users.get(ada.person.sub)
        assert now is not None
        assert now.person == ada.person
        assert now.stamp != ada.stamp
        assert await users.check("ada@example.com", PASSWORD) is None


async def test_passwords_are_kept_as_argon2id_hashes_that_take_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "PasswordHasher", argon2.PasswordHasher)
    async with opened(tmp_path) as users:
        await users.add("ada@example.com", "Ada", PASSWORD)
    assert PASSWORD.encode() not in (tmp_path / "users.sqlite3").read_bytes()
    assert b"$argon2id$v=19$m=65536,t=3,p=4$" in (tmp_path / "users.sqlite3").read_bytes()


@pytest.mark.parametrize(
    ("email", "name", "password", "wrong"),
    [
        ("ada@example.com", "Ada", PASSWORD, ""),
        ("ada@localhost", "Ada Lovelace", "x" * 256, ""),
        ("ada", "Ada", PASSWORD, "e-mail"),
        ("ada@a@b", "Ada", PASSWORD, "e-mail"),
        ("a da@example.com", "Ada", PASSWORD, "e-mail"),
        ("ada/x@example.com", "Ada", PASSWORD, "e-mail"),
        ("ada@" + "x" * 260, "Ada", PASSWORD, "e-mail"),
        ("ada@example.com\u202e", "Ada", PASSWORD, "e-mail"),
        ("ada@example.com", " ", PASSWORD, "name"),
        ("ada@example.com", "A\x1b[31m", PASSWORD, "name"),
        ("ada@example.com", "Ada", "too short", "password"),
        ("ada@example.com", "Ada", "x" * 257, "password"),
    ],
)
def test_what_is_wrong_with_a_new_account_is_said(email: str, name: str, password: str, wrong: str) -> None:
    said = check_account(email, name, password)
    assert (wrong in said) if wrong else not said
