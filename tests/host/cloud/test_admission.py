"""What a credential is worth when its member has become something else since, or its time is over."""

import asyncio
import time

import pytest

from uockam.errors import Error, RemoteError
from uockam.identifier import identifier_text
from uockam.secure.session import SecureChannel
from uockam.services.relay_client import Along, RelayClient
from uockam_host.cloud.sqlite import open_sqlite
from uockam_host.cloud.tables import members
from uockam_host.cloud.tables.members import CREDENTIAL_LIFETIME_S, Members, Token

from .conftest import DELETE, POST, Client, Cloud, Project

PATIENCE_S = 60
SOON_MS = 500  # what never comes is waited for no longer


async def become(cloud: Cloud, owner: Client, project: Project, member: Client, **attributes: str) -> None:
    """The enroller says what a member is."""
    body = {1: member.identifier, 2: {key.replace("_", "-"): value for key, value in attributes.items()}}
    assert await owner.ask("direct_authenticator", POST, "/", body, at=project.authority) == (200, None)


async def relay(member: Client, channel: SecureChannel, name: str) -> RelayClient:
    """A relay, after its first try."""
    client = RelayClient(member.node, name, Along(channel.address))
    await client.start()
    await client.tried()
    return client


def lost(channel: SecureChannel) -> "asyncio.Future[str]":
    """Why a channel ends, when it does."""
    future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    channel.on_lost = future.set_result
    return future


async def test_what_a_member_gains_it_may_use_at_once_in_the_channel_that_it_has(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        member = await cloud.member(ada, project)
        channel = await project.channel(member)
        refused = await relay(member, channel, "dev1")
        assert "not allowed" in refused.reason
        refused.close()
        await become(cloud, ada, project, member, ockam_relay="dev1")
        kept = await relay(member, channel, "dev1")
        assert kept.reason == ""


async def test_who_may_not_have_its_relay_any_more_loses_it_at_once_with_the_channel(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        member = await cloud.member(ada, project, ockam_relay="dev1")
        held = await project.credential(member)
        channel = await project.channel(member, held)
        assert (await relay(member, channel, "dev1")).reason == ""
        ended = lost(channel)
        await become(cloud, ada, project, member, ockam_relay="dev2")
        await asyncio.wait_for(ended, PATIENCE_S)
        again = await project.channel(member, held)
        assert "not allowed" in (await relay(member, again, "dev1")).reason
        assert (await relay(member, again, "dev2")).reason == ""


async def test_a_member_that_keeps_its_relay_keeps_its_channel_when_something_else_changes(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        member = await cloud.member(ada, project, ockam_relay="dev1", site="roof")
        channel = await project.channel(member)
        kept = await relay(member, channel, "dev1")
        await become(cloud, ada, project, member, ockam_relay="dev1", site="cellar")
        assert await member.node.ask((channel.address, "echo"), b"hello") == b"hello"
        assert (channel.open_now, kept.reason) == (True, "")


async def test_the_old_credential_of_who_was_removed_and_added_again_says_what_it_is_now(running):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        member = await cloud.member(ada, project, ockam_relay="dev1")
        held = await project.credential(member)
        path = f"/{identifier_text(member.identifier)}"
        assert (await ada.ask("direct_authenticator", DELETE, path, at=project.authority))[0] == 200
        await become(cloud, ada, project, member)
        channel = await project.channel(member, held)
        assert await member.node.ask((channel.address, "echo"), b"hello") == b"hello"
        assert "not allowed" in (await relay(member, channel, "dev1")).reason


async def test_a_member_that_renews_nothing_is_cut_off_when_its_credential_ends_and_stays_out(running, monkeypatch):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        member = await cloud.member(ada, project, ockam_relay="dev1")
        held = await project.credential(member)
        channel = await project.channel(member, held)
        assert (await relay(member, channel, "dev1")).reason == ""
        ended, start = lost(channel), time.time
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda: start() + CREDENTIAL_LIFETIME_S + 1)
            await asyncio.wait_for(ended, PATIENCE_S)
            other = await cloud.member(ada, project)
            peer = await project.channel(other)
            with pytest.raises(RemoteError, match="no worker at 'forward_to_dev1'"):
                await other.node.ask((peer.address, "forward_to_dev1", "here"), b"hello")
            again = await project.channel(member, held)
            with pytest.raises(Error):
                await member.node.ask((again.address, "echo"), b"hello", SOON_MS)
            renewed = await project.channel(member)
            assert await member.node.ask((renewed.address, "echo"), b"hello") == b"hello"


async def test_a_member_that_renews_in_time_keeps_its_channel(running, monkeypatch):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        member = await cloud.member(ada, project)
        channel, other = await project.channel(member), await project.channel(await cloud.member(ada, project))
        ended, start, ahead = lost(other), time.time, [CREDENTIAL_LIFETIME_S - 10]
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda: start() + ahead[0])
            await member.secure.show(channel, (await project.credential(member),))
            assert await member.node.ask((channel.address, "echo"), b"hello") == b"hello"
            ahead[0] += 60
            await asyncio.wait_for(ended, PATIENCE_S)
            assert await member.node.ask((channel.address, "echo"), b"hello") == b"hello"


async def test_a_clock_that_was_ahead_for_a_while_lets_no_removed_member_in_and_ends_no_ticket(running, monkeypatch):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        member = await cloud.member(ada, project)
        held = await project.credential(member)
        status, code = await ada.ask("enrollment_token_issuer", POST, "/", {1: {}}, at=project.authority)
        assert status == 200
        path = f"/{identifier_text(member.identifier)}"
        assert (await ada.ask("direct_authenticator", DELETE, path, at=project.authority))[0] == 200
        start = time.time
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda: start() + 400 * 86_400)
            other = await cloud.member(ada, project)
            path = f"/{identifier_text(other.identifier)}"
            assert (await ada.ask("direct_authenticator", DELETE, path, at=project.authority))[0] == 200
            late = cloud.client()
            assert (await late.ask("enrollment_token_acceptor", POST, "/", code, at=project.authority))[0] == 403
            assert (await ada.ask("enrollment_token_issuer", POST, "/", {1: {}}, at=project.authority))[0] == 200
        again = await project.channel(member, held)
        with pytest.raises(Error):
            await member.node.ask((again.address, "echo"), b"hello", SOON_MS)
        assert (await cloud.client().ask("enrollment_token_acceptor", POST, "/", code, at=project.authority))[0] == 200


async def test_what_was_superseded_long_ago_is_forgotten_only_when_it_is_too_much(running, monkeypatch):
    monkeypatch.setattr(members, "_MANY", 3)
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        database = await open_sqlite(cloud.file)
        table = Members(database, project.id)
        for at in range(5):
            await table.supersede(bytes([at]) * 32)
        assert len(await table.superseded()) == 5  # each may still hold a credential
        start = time.time
        monkeypatch.setattr(time, "time", lambda: start() + CREDENTIAL_LIFETIME_S + 1)
        await table.supersede(bytes([5]) * 32)
        assert set(await table.superseded()) >= {bytes([5]) * 32}
        assert len(await table.superseded()) <= 4
        await database.close()


async def test_tickets_that_are_over_make_room_for_others_when_there_are_too_many(running, monkeypatch):
    async with running as cloud:
        ada = await cloud.person()
        project = await cloud.project(ada)
        database = await open_sqlite(cloud.file)
        table = Members(database, project.id)
        token = Token({}, ada.identifier, 60, 1)
        assert [await table.add_token(bytes([at]), token, 2) for at in range(3)] == [True, True, False]
        start = time.time
        monkeypatch.setattr(time, "time", lambda: start() + 61)
        assert not await table.accept(bytes([0]), b"m" * 32)
        assert await table.add_token(b"new", token, 2)
        await database.close()
