"""The node of a project: what its members reach, relays, and what happens to who is a member no more."""

import asyncio
import sqlite3

import pytest

from uockam.access import CHANNEL
from uockam.address import address
from uockam.errors import Error
from uockam.identifier import identifier_text
from uockam.secure.session import SecureChannel
from uockam.services.echo import Echo
from uockam.worker import Context, Worker
from uockam_host.cloud.tables.projects import key_owners

from .conftest import DELETE, POST, Client, Cloud, Project, serving

STATIC = "static_forwarding_service"
SOON_MS = 500  # what never comes is waited for no longer


class Confirmed(Worker):
    """Keeps the text of what it gets."""

    def __init__(self) -> None:
        self.texts: asyncio.Queue[str] = asyncio.Queue()

    async def handle_message(self, context: Context, message) -> None:
        self.texts.put_nowait(message.text)


async def register(client: Client, channel: SecureChannel, name: str) -> str:
    """The address of the relay that somebody asked for."""
    confirmed, at = Confirmed(), f"_{name}"
    await client.node.start_worker(at, confirmed)
    try:
        await client.node.send((channel.address, STATIC), name, (address(at),))
        return await confirmed.texts.get()
    finally:
        await client.node.stop_worker(at)


async def team(cloud: Cloud) -> "tuple[Client, Project]":
    ada = await cloud.person()
    return ada, await cloud.project(ada)


async def test_members_reach_the_echo_and_who_shows_no_credential_reaches_nothing(running):
    async with running as cloud:
        ada, project = await team(cloud)
        member = await cloud.member(ada, project)
        channel = await project.channel(member)
        assert await member.node.ask((channel.address, "echo"), b"hello") == b"hello"
        bare = await member.channel(project.route)
        for worker in ("echo", STATIC, "forwarding_service"):
            with pytest.raises(Error):
                await member.node.ask((bare.address, worker), b"hello", SOON_MS)


async def test_the_credential_of_another_project_opens_nothing(running):
    async with running as cloud:
        ada, project = await team(cloud)
        other = await cloud.project(ada, "other")
        channel = await other.channel(ada, await project.credential(ada))
        with pytest.raises(Error):
            await ada.node.ask((channel.address, "echo"), b"hello", SOON_MS)


async def test_the_credential_of_another_member_opens_nothing(running):
    async with running as cloud:
        ada, project = await team(cloud)
        thief = cloud.client()
        channel = await project.channel(thief, await project.credential(ada))
        with pytest.raises(Error):
            await thief.node.ask((channel.address, "echo"), b"hello", SOON_MS)


async def test_messages_reach_a_member_by_its_relay_and_its_answers_come_back(running):
    async with running as cloud:
        ada, project = await team(cloud)
        device = await cloud.member(ada, project, ockam_relay="dev1")
        await device.node.start_worker("here", Echo())
        relay = await register(device, await project.channel(device), "dev1")
        assert relay == "forward_to_dev1"
        channel = await project.channel(ada)
        await device.secure.listen("api", access=CHANNEL)
        inner = await ada.secure.create((channel.address, relay, "api"))
        assert inner.peer.identifier == device.identifier
        assert await ada.node.ask((inner.address, "here"), b"hello") == b"hello"


async def test_a_relay_is_for_whom_the_credential_names(running):
    async with running as cloud:
        ada, project = await team(cloud)
        device, none = await cloud.member(ada, project, ockam_relay="dev1"), await cloud.member(ada, project)
        for client, name in ((device, "dev2"), (none, "dev1"), (none, "")):
            channel = await project.channel(client)
            with pytest.raises(Error):
                await client.node.ask((channel.address, STATIC), name, SOON_MS)


async def test_a_relay_ends_with_the_connection_behind_it(running):
    async with running as cloud:
        ada, project = await team(cloud)
        device = await cloud.member(ada, project, ockam_relay="*")
        relay = await register(device, await project.channel(device), "dev1")
        channel = await project.channel(ada)
        await device.node.stop()
        with pytest.raises(Error):
            await ada.node.ask((channel.address, relay, "here"), b"hello", SOON_MS)
        again = await cloud.member(ada, project, ockam_relay="*")
        assert await register(again, await project.channel(again), "dev1") == relay


async def test_a_member_that_is_removed_loses_its_channel_at_once_and_gets_no_other(running):
    async with running as cloud:
        ada, project = await team(cloud)
        member = await cloud.member(ada, project, ockam_relay="gone")
        held = await project.credential(member)
        channel = await project.channel(member, held)
        lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        channel.on_lost = lost.set_result
        path = f"/{identifier_text(member.identifier)}"
        assert await ada.ask("direct_authenticator", DELETE, path, at=project.authority) == (200, None)
        await lost
        with pytest.raises(Error):
            await member.node.ask((channel.address, "echo"), b"hello", SOON_MS)
        again = await project.channel(member, held)
        with pytest.raises(Error):
            await member.node.ask((again.address, "echo"), b"hello", SOON_MS)


async def test_a_member_that_is_added_again_gets_in_again(running):
    async with running as cloud:
        ada, project = await team(cloud)
        member = await cloud.member(ada, project)
        await project.channel(member)
        path = f"/{identifier_text(member.identifier)}"
        await ada.ask("direct_authenticator", DELETE, path, at=project.authority)
        body = {1: member.identifier, 2: {}}
        await ada.ask("direct_authenticator", POST, "/", body, at=project.authority)
        channel = await project.channel(member)
        assert await member.node.ask((channel.address, "echo"), b"hello") == b"hello"


async def test_a_plain_connection_reaches_nothing_of_a_project_but_its_handshakes(running):
    async with running as cloud:
        ada, project = await team(cloud)
        await project.channel(ada)
        connection = await ada.tcp.connect(cloud.status.listen)
        for hops in (
            (project.id, "echo"),
            (project.id, STATIC),
            (project.id, "authority", "credential_issuer"),
            (project.id, "authority", "echo"),
            ("no-such-project", "api"),
        ):
            with pytest.raises(Error):
                await ada.node.ask((connection.address, *hops), b"hello", SOON_MS)


async def test_a_channel_with_a_project_proves_nothing_to_its_authority_or_to_another_node(running):
    async with running as cloud:
        ada, project = await team(cloud)
        channel = await project.channel(ada)
        for hops in (("authority", "direct_authenticator"), ("authority", "credential_issuer"), ("authority", "api")):
            with pytest.raises(Error):
                await ada.node.ask((channel.address, *hops), b"hello", SOON_MS)


async def test_nobody_has_the_orchestrator_connect_elsewhere(running):
    async with running as cloud:
        ada, _ = await team(cloud)
        connection = await ada.tcp.connect(cloud.status.listen)
        target = address(f"1#{cloud.status.listen}")
        with pytest.raises(Error, match="opens no connection"):
            await ada.node.ask((connection.address, target, "api"), b"hello", SOON_MS)


async def test_everything_is_there_after_a_restart(tmp_path):
    file = tmp_path / "o.sqlite3"
    async with serving(file) as cloud:
        ada, project = await team(cloud)
        device = await cloud.member(ada, project, ockam_relay="dev1")
        removed = await cloud.member(ada, project)
        held = await project.credential(removed)
        path = f"/{identifier_text(removed.identifier)}"
        await ada.ask("direct_authenticator", DELETE, path, at=project.authority)
        identifier, former = cloud.status.identifier, project.identifier
        keep = (ada, device, removed)
        cloud.clients.clear()
    async with serving(file) as cloud:
        cloud.clients += keep
        for client in keep:
            client.status = cloud.status
        assert cloud.status.identifier == identifier
        (body,) = await keep[0].get("projects", "/v0")
        project.route, project.authority = body[5], body[9]
        assert body[8] == former
        assert await register(device, await project.channel(device), "dev1") == "forward_to_dev1"
        again = await project.channel(removed, held)
        with pytest.raises(Error):
            await removed.node.ask((again.address, "echo"), b"hello", SOON_MS)


async def test_the_keys_of_a_project_go_with_it(running):
    async with running as cloud:
        ada, project = await team(cloud)
        await ada.ask("projects", DELETE, f"/v0/{project.space_id}/{project.id}")
        with sqlite3.connect(cloud.file) as connection:
            rows = connection.execute("SELECT owner FROM secret WHERE owner IN (?, ?)", key_owners(project.id))
            assert rows.fetchall() == []
        connection.close()
