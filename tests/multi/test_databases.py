"""What an orchestrator knows, in PostgreSQL."""

import asyncio
from pathlib import Path

import pytest

from uockam_host.cloud.database import StoreError
from uockam_host.cloud.open import open_database
from uockam_host.cloud.postgres import numbered, open_postgres
from uockam_host.cloud.tables.accounts import Accounts
from uockam_host.cloud.tables.mailboxes import Mail, Mailboxes, Quota

from ..host.cloud.conftest import POST, Cloud
from . import servers
from .gateways import Gateway, Scaled, bus

pytestmark = pytest.mark.multi


def test_marks_become_numbers() -> None:
    assert numbered("SELECT a FROM b WHERE c = ? AND d = ?") == "SELECT a FROM b WHERE c = $1 AND d = $2"


async def test_processes_that_start_together_make_the_tables_once(database: str) -> None:
    opened = await asyncio.gather(*(open_postgres(database) for _ in range(5)))
    assert [await Accounts(each).count() for each in opened] == [0] * 5
    for each in opened:
        await each.close()


async def test_a_database_that_does_not_exist_is_named_at_once(postgres: servers.Postgres) -> None:
    with pytest.raises(StoreError, match=r"nothing at 127\.0\.0\.1 cannot be reached: .*does not exist"):
        await open_database(postgres.url("nothing"))


async def test_people_who_enroll_at_once_have_numbers_of_their_own(database: str) -> None:
    opened = [await open_database(database) for _ in range(3)]
    people = [f"{number}@example.com" for number in range(12)]
    made = await asyncio.gather(
        *(Accounts(opened[number % 3]).enroll(bytes([number]) * 32, who, "Name") for number, who in enumerate(people))
    )
    assert sorted(account.number for account in made) == list(range(1, 13))
    again = await asyncio.gather(*(Accounts(each).enroll(b"x" * 32, "0@example.com", "Name") for each in opened))
    assert {account.number for account in again} == {account.number for account in made if account.who == people[0]}
    for each in opened:
        await each.close()


async def test_a_mailbox_that_two_processes_fill_never_has_more_than_it_may(
    three: list[Gateway], database: str
) -> None:
    async with Scaled(three, database) as cloud:
        opened = [await open_database(database) for _ in range(3)]
        boxes = [Mailboxes(each, cloud.default.id, Quota(messages=20, share=1)) for each in opened]
        mails = [Mail(b"r" * 32, b"s" * 32, number.to_bytes(16, "big"), b"sealed", 600) for number in range(45)]
        found = await asyncio.gather(
            *(boxes[number % 3].put(mail) for number, mail in enumerate(mails)), return_exceptions=True
        )
        kept = [each[0] for each in found if isinstance(each, tuple)]
        assert sorted(kept) == list(range(1, 21))
        assert await boxes[0].load(b"r" * 32) == (20, 120)
        for each in opened:
            await each.close()


async def test_a_backup_under_load_is_restored_elsewhere_with_everything(
    three: list[Gateway], database: str, tmp_path: Path
) -> None:
    file = tmp_path / "backup.sqlite3"
    async with Scaled(three, database) as cloud:
        members = [(await cloud.join())[0] for _ in range(5)]
        joining = asyncio.create_task(_join_for_ever(cloud))
        told = await asyncio.to_thread(three[1].command, "backup", str(file))
        joining.cancel()
        assert told["file"] == str(file)
        alone = Gateway(tmp_path / "alone", ("--listen", "127.0.0.1:0"))
        await asyncio.to_thread(alone.command, "restore", str(file), "--yes")
        try:
            await asyncio.to_thread(alone.start)
            assert alone.status.identifier == three[0].status.identifier
            answer = await members[0].ask("credential_issuer", POST, "/", at=alone.route(cloud.default.authority))
            assert answer[0] == 200
        finally:
            alone.kill()


async def test_a_file_grows_into_a_database_by_a_backup(database: str, nats: servers.Server, tmp_path: Path) -> None:
    small = Gateway(tmp_path / "small", ("--listen", "127.0.0.1:0"))
    file = tmp_path / "backup.sqlite3"
    small.start()
    try:
        cloud = Cloud(small.status, tmp_path / "small" / "orchestrator" / "orchestrator.sqlite3")
        owner = await cloud.person()
        project = await cloud.project(owner)
        member = await cloud.member(owner, project)
        await asyncio.to_thread(small.command, "backup", str(file))
    finally:
        small.kill()
    large = Gateway(tmp_path / "large", ("--listen", "127.0.0.1:0", "--database", database, "--bus", bus(nats)))
    await asyncio.to_thread(large.start)
    refused = await asyncio.to_thread(large.run, "restore", str(file), "--yes")
    assert "The orchestrator is running" in refused.stderr
    await asyncio.to_thread(large.command, "stop")
    told = await asyncio.to_thread(large.command, "restore", str(file), "--yes")
    assert Path(told["former"]).exists()
    await asyncio.to_thread(large.start)
    try:
        assert large.status.identifier == small.status.identifier
        assert (await member.ask("credential_issuer", POST, "/", at=large.route(project.authority)))[0] == 200
    finally:
        large.kill()
        for client in cloud.clients:
            await client.node.stop()


async def test_nothing_is_restored_while_another_process_uses_the_database(
    three: list[Gateway], nats: servers.Server, tmp_path: Path
) -> None:
    file = tmp_path / "backup.sqlite3"
    await asyncio.to_thread(three[0].command, "backup", str(file))
    await asyncio.to_thread(three[0].command, "stop")
    refused = await asyncio.to_thread(three[0].run, "restore", str(file), "--yes")
    assert "is in use" in refused.stderr
    for gateway in three[1:]:
        await asyncio.to_thread(gateway.command, "stop")
    await asyncio.to_thread(three[0].command, "restore", str(file), "--yes")


async def _join_for_ever(cloud: Scaled) -> None:
    while True:
        await cloud.join()
