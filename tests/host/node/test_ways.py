"""Routes through secure channels, made inside one process: what is opened for them, and what becomes of it."""

import socket

import pytest

from uockam import multiaddr
from uockam.errors import ConnectionLost, ProtocolError, RemoteError, ReplyTimeout
from uockam.message import name_of
from uockam.node import Node
from uockam.secure.policy import Only
from uockam.services import start_default
from uockam.services.hop import Hop
from uockam.transport.tcp import Tcp
from uockam_host import identities
from uockam_host.node.routes import pairs_to
from uockam_host.node.temporary import temporary

HELLO = b"\x05hello"
LONG_MS = 60_000


@pytest.fixture(autouse=True)
def names(home):
    """Two identities of this machine."""
    identities.create("alice")
    identities.create("bob")


async def serve(there, policy=None):
    """Let a temporary node offer services and take channels; returns the parts that lead to it."""
    await start_default(there.node)
    listener = await there.tcp.listen()
    await there.secure.listen("api", *([policy] if policy else []))
    return pairs_to(listener.address)


def to(address, text):
    return (*address, *multiaddr.parse(text))


async def test_everything_that_was_opened_for_a_message_is_closed_after_it():
    async with temporary("alice") as here, temporary("bob") as there:
        address = await serve(there)
        assert (
            await here.ways.ask(to(address, "/secure/api/secure/api/service/uppercase"), HELLO, LONG_MS) == b"\x05HELLO"
        )
        assert (here.secure.all, here.node.connections, here.node.workers()) == ({}, set(), [])


async def test_what_was_opened_is_closed_also_when_the_way_leads_nowhere():
    async with temporary("alice") as here, temporary("bob") as there:
        address = await serve(there)
        for text, error in (
            ("/secure/api/secure/nope/service/echo", RemoteError),
            ("/secure/nope/service/echo", RemoteError),
        ):
            with pytest.raises(error, match="no worker at 'nope'"):
                await here.ways.ask(to(address, text), HELLO, LONG_MS)
            assert (here.secure.all, here.node.connections) == ({}, set())


async def test_a_peer_that_says_nothing_costs_no_more_than_the_time_allowed():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with temporary("alice") as here:
            address = pairs_to(f"127.0.0.1:{silent.getsockname()[1]}")
            with pytest.raises(ReplyTimeout, match=r"No secure channel along .*/secure/api.* within 50 ms"):
                await here.ways.open(to(address, "/secure/api"), 50)
            assert (here.secure.all, here.node.connections) == ({}, set())


async def test_a_way_that_is_given_up_leaves_nothing_that_tries_again():
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        target = f"127.0.0.1:{full.getsockname()[1]}"
        with socket.create_connection(full.getsockname()):  # whoever comes now is not answered
            async with temporary("alice") as here:
                for keep in (False, True):
                    with pytest.raises(ReplyTimeout, match="No secure channel along"):
                        await here.ways.open(to(pairs_to(target), "/secure/api"), 50, keep=keep)
                    assert (here.secure.all, here.node.workers(), len(here.node.closers)) == ({}, [], 2)


async def test_a_refusal_is_told_whoever_of_the_two_refuses():
    bob, alice = (bytes.fromhex(identities.show(name).identifier[1:]) for name in ("bob", "alice"))
    async with temporary("alice") as here, temporary("bob") as there:
        address = await serve(there, Only(bob))
        with pytest.raises(RemoteError, match=r"The secure channel was refused: I.* is not trusted here"):
            await here.ways.ask(to(address, "/secure/api/service/echo"), HELLO, LONG_MS)
        with pytest.raises((RemoteError, ConnectionLost), match=r"The secure channel was refused: I.* is not trusted"):
            await here.ways.open(to(address, "/secure/api"), LONG_MS, keep=True)
        with pytest.raises(ProtocolError, match=r"The other side was refused: I.* is not trusted here"):
            await here.ways.open(to(address, "/secure/api"), LONG_MS, policy=Only(alice))


async def changed(channel, open_now):
    while channel.open_now is not open_now:
        await channel.change()


async def test_a_kept_channel_is_there_again_at_its_address_when_its_connection_was_lost():
    async with temporary("alice") as here, temporary("bob") as there:
        address = await serve(there)
        way = await here.ways.open(to(address, "/secure/api/secure/api"), LONG_MS, keep=True)
        outer, inner = way.channels
        assert await here.node.ask((*way.hops, "uppercase"), HELLO) == b"\x05HELLO"
        for connection in tuple(there.tcp.connections):
            connection.close()
        await changed(outer, False)
        with pytest.raises(ConnectionLost):
            await here.node.ask((*way.hops, "echo"), HELLO)
        await changed(inner, False)
        await changed(inner, True)
        assert await here.node.ask((*way.hops, "uppercase"), HELLO) == b"\x05HELLO"
        way.close()
        assert (here.secure.all, here.node.workers()) == ({}, [])


async def test_a_channel_that_nobody_keeps_is_gone_with_its_connection():
    async with temporary("alice") as here, temporary("bob") as there:
        address = await serve(there)
        way = await here.ways.open(to(address, "/secure/api"), LONG_MS)
        for connection in tuple(there.tcp.connections):
            connection.close()
        await changed(way.channels[0], False)
        with pytest.raises(ConnectionLost):
            way.check()


class Listening(Hop):
    """A hop that notes what it passes on."""

    def __init__(self):
        self.heard = []

    async def handle_message(self, context, message):
        self.heard.append(bytes(message.payload))
        await super().handle_message(context, message)


async def test_a_node_on_the_way_reads_what_is_plain_and_nothing_of_what_goes_through_a_channel():
    secret = b"what only the two of us may read"
    async with temporary("alice") as here, temporary("bob") as there:
        address = await serve(there)
        middle, spy = Node(), Listening()
        listener = await Tcp(middle).listen()
        await middle.start_worker("spy", spy)
        through = (*pairs_to(listener.address), ("service", "spy"), *address)
        assert await here.ways.ask(to(through, "/secure/api/service/echo"), secret, LONG_MS) == secret
        assert len(spy.heard) >= 3
        assert not [payload for payload in spy.heard if secret in payload]
        way = await here.ways.open(to(through, "/service/echo"), LONG_MS)
        assert await here.node.ask(way.hops, secret) == secret
        assert secret in spy.heard
        way.close()
        await middle.stop()


async def test_each_side_learns_from_a_channel_who_the_other_one_is():
    async with temporary("alice") as here, temporary("bob") as there:
        address = await serve(there)
        way = await here.ways.open(to(address, "/secure/api"), LONG_MS)
        (channel,) = way.channels
        assert "I" + channel.peer.identifier.hex() == identities.show("bob").identifier
        await here.node.ask((*way.hops, "echo"), HELLO)
        (other,) = there.secure.all.values()
        assert "I" + other.peer.identifier.hex() == identities.show("alice").identifier
        assert name_of(way.hops[0]) == name_of(channel.address)
        way.close()
