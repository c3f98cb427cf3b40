"""Secure channels to a board: over its cable and over TCP, and what its owner may do through them."""

import asyncio
import json
import os
import time
from contextlib import asynccontextmanager

import pytest

from uockam import Node, Tcp, api
from uockam.address import TCP, Address
from uockam.crypto.steps import last
from uockam.errors import ConnectionLost, RemoteError
from uockam.identifier import identifier_text
from uockam.secure.keys import Keys
from uockam.secure.policy import Only
from uockam.secure.store import MemoryStore
from uockam.secure.workers import SecureChannels
from uockam.services.echo import Echo
from uockam_host.node.board import DETAILS
from uockam_host.node.owning import OWNER

from .conftest import cabled, config, free_address
from .test_identity import ask

REFUSED = "answers its owner only: over the cable, or a secure channel"


def secured(node):
    """The secure channels of a node that has a new identity."""
    keys = Keys(MemoryStore())
    history = last(keys.create_steps(os.urandom(32), int(time.time())))
    return SecureChannels(node, keys, history.identifier)


@asynccontextmanager
async def stranger():
    """A node of somebody else, which has an identity and TCP."""
    node = Node("stranger")
    Tcp(node)
    try:
        yield secured(node)
    finally:
        await node.stop()


@asynccontextmanager
async def networked(tmp_path, **settings):
    """(rig, route of its listener over TCP) of a board that is up."""
    place = free_address()
    async with cabled(tmp_path, uockam_json=config(listen=place, **settings)) as rig:
        await rig.up()
        yield rig, (Address(TCP, place.encode()), "api")


async def manage(mine, channel, method, path, body=None, service="_internal.nodemanager"):
    """The body of the answer to a request through a channel, which must be good."""
    payload = api.encode_request(1, method, path, body)
    response = api.decode_response(await mine.node.ask((channel.address, service), payload))
    assert response.status == api.OK, response.body
    return response.body


async def test_a_channel_over_the_cable_says_hello(tmp_path):
    async with cabled(tmp_path) as rig:
        await rig.up()
        mine = secured(rig.node)
        channel = await mine.create("api", Only(rig.identifier))
        assert channel.peer.identifier == rig.identifier
        assert await rig.node.ask((channel.address, "uppercase"), "hello") == "HELLO"


async def test_a_stranger_has_the_services_that_are_for_everybody_and_no_other(tmp_path):
    async with networked(tmp_path, services=["info", "gpio", "files"]) as (rig, route), stranger() as mine:
        channel = await mine.create(route, Only(rig.identifier))
        assert await mine.node.ask((channel.address, "uppercase"), "hello") == "HELLO"
        assert json.loads(await mine.node.ask((channel.address, "info"), "info"))["machine"]
        for service in ("gpio", "files"):
            with pytest.raises(RemoteError, match=f"'{service}' {REFUSED}"):
                await mine.node.ask((channel.address, service), "get 2")
        with pytest.raises(RemoteError, match=r"there is no worker at '_internal\.nodemanager'"):
            await mine.node.ask((channel.address, "_internal.nodemanager"), api.encode_request(1, api.GET, "node"))


async def test_an_owner_may_do_through_a_channel_what_the_cable_allows(tmp_path):
    async with stranger() as mine:
        owners = [identifier_text(mine.identifier), "nonsense"]
        async with networked(tmp_path, services=["gpio"], gpio=[2], owners=owners) as (rig, route):
            channel = await mine.create(route, Only(rig.identifier))
            await rig.logged("one of 'owners' is left out: not an identifier: 'nonsense'")
            assert await mine.node.ask((channel.address, "gpio"), "set 2 1") == "1"
            assert DETAILS.unpack(await manage(mine, channel, api.GET, "node/board"))["machine"]
            await manage(mine, channel, api.POST, "node/services/files")
            data = await manage(mine, channel, api.GET, "data", {1: "/uockam.json", 3: 1000}, "files")
            assert json.loads(data)["gpio"] == [2]


async def test_an_owner_who_comes_by_way_of_another_node_on_the_board_is_a_guest(tmp_path):
    async with stranger() as mine, networked(tmp_path, owners=[identifier_text(mine.identifier)]) as (rig, route):
        channel = await mine.create(route, Only(rig.identifier))
        with pytest.raises(RemoteError, match=r"there is no worker at '_internal\.nodemanager'"):
            await mine.node.ask((channel.address, "_guest", "_internal.nodemanager"), api.encode_request(1, 0, "node"))


async def test_whoever_holds_the_cable_may_name_an_owner_who_has_that_right_at_once_and_for_good(tmp_path):
    async with networked(tmp_path, name="attic") as (rig, route), stranger() as mine:
        channel = await mine.create(route, Only(rig.identifier))
        assert await ask(rig, api.POST, "node/owner", OWNER.pack(identifier=mine.identifier)) is None
        later = await mine.create(route, Only(rig.identifier))
        assert DETAILS.unpack(await manage(mine, later, api.GET, "node/board"))["machine"]
        settings = json.loads((rig.flash / "uockam.json").read_text())
        assert (settings["owners"], settings["name"]) == ([identifier_text(mine.identifier)], "attic")
        channel.close()
        await rig.virtual.reset()
        await rig.until(False)
        await rig.until(True)
        channel = await again(mine, rig, route)
        assert DETAILS.unpack(await manage(mine, channel, api.GET, "node/board"))["machine"]


async def again(mine, rig, route):
    """A channel to a board that is on its way back."""
    while True:
        try:
            return await mine.create(route, Only(rig.identifier))
        except ConnectionLost:
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("identifier", [b"", bytes(31), bytes(33)], ids=len)
async def test_what_is_no_identifier_becomes_no_owner(tmp_path, identifier):
    async with cabled(tmp_path) as rig:
        await rig.up()
        payload = api.encode_request(1, api.POST, "node/owner", OWNER.pack(identifier=identifier))
        response = api.decode_response(await rig.board.manage(payload))
        assert (response.status, api.error_text(response.body)) == (api.BAD_REQUEST, "an identifier has 32 bytes")
        assert not (rig.flash / "uockam.json").exists()


async def test_settings_that_are_broken_are_not_written_over(tmp_path):
    async with cabled(tmp_path, uockam_json="{") as rig:
        await rig.up()
        payload = api.encode_request(1, api.POST, "node/owner", OWNER.pack(identifier=bytes(32)))
        response = api.decode_response(await rig.board.manage(payload))
        assert (response.status, (rig.flash / "uockam.json").read_text()) == (api.INTERNAL, "{")


async def test_handshakes_that_begin_while_what_they_need_is_loaded_are_all_answered(tmp_path):
    async with networked(tmp_path) as (rig, route), stranger() as mine:
        channels = await asyncio.gather(*[mine.create(route, Only(rig.identifier)) for _ in range(3)])
        for channel in channels:
            assert await mine.node.ask((channel.address, "uppercase"), "hello") == "HELLO"


async def test_the_board_serves_others_while_it_loads_and_shakes_hands(tmp_path):
    async with networked(tmp_path) as (rig, route), stranger() as mine:
        making = asyncio.create_task(mine.create(route, Only(rig.identifier)))
        while not making.done():
            assert await rig.uppercase() == "HELLO"
        channel = await making
        assert await mine.node.ask((channel.address, "uppercase"), "hello") == "HELLO"


async def test_a_program_on_the_board_makes_channels_too_and_demands_them_of_others(tmp_path):
    program = """
from device.channels import channels
from uockam import Worker
from uockam.access import CHANNEL

class Telling(Worker):
    async def handle_message(self, context, message):
        await context.reply(message, message.identifier)

async def main(node):
    await node.start_worker("telling", Telling(), access=CHANNEL)
    secure = await channels(node)
    channel = await secure.create(("host", "api"))
    print("answered:", await node.ask((channel.address, "echo"), "through"))
"""
    async with cabled(tmp_path, uockam_json=config(main="app"), app_py=program) as rig:
        mine = secured(rig.node)
        await mine.listen("api")
        await rig.node.start_worker("echo", Echo())
        await rig.up()
        await rig.logged("answered: through")
        (theirs,) = mine.all.values()
        assert theirs.peer.identifier == rig.identifier
        with pytest.raises(RemoteError, match="'telling'"):
            await rig.node.ask("telling", b"")
        assert await rig.node.ask((theirs.address, "telling"), b"") == mine.identifier
