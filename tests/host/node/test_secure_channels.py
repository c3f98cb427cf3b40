"""Secure channels of nodes in processes of their own, by way of the library."""

import asyncio
import contextlib
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uockam import api, cbor
from uockam.errors import ProtocolError
from uockam.node import Node
from uockam.services import listeners
from uockam.transport.tcp import Tcp
from uockam_host import identities, vaults
from uockam_host.errors import ApiError, HostError, MessageError
from uockam_host.node import bodies, channels, running
from uockam_host.node.client import open_endpoint
from uockam_host.node.routes import pairs_to

from .test_ways import Listening

HELLO = b"\x05hello"


def request(name, method, path, body=None):
    """A raw request to the management of a node."""
    with open_endpoint(running.find(name).endpoint, name) as client:
        return client.request(method, path, body)


def test_a_node_that_waits_for_a_channel_answers_other_questions(nodes):
    nodes.create_node("n1")
    with socket.create_server(("127.0.0.1", 0)) as silent:
        caught = []

        def create():
            try:
                channels.create(f"/ip4/127.0.0.1/tcp/{silent.getsockname()[1]}/service/api", "n1", timeout_ms=60_000)
            except HostError as error:
                caught.append(error)

        creating = threading.Thread(target=create)
        creating.start()
        connection, _ = silent.accept()
        assert nodes.node_info("n1").up
        assert {service.kind for service in nodes.services("n1")} == {"echo", "uppercase"}
        connection.close()
        creating.join()
    assert isinstance(caught[0], ApiError)
    assert "closed" in str(caught[0]) or "lost" in str(caught[0])


def test_the_bodies_are_those_of_ockam_0_150(nodes):
    nodes.create_node("n1")
    nodes.create_node("n2", identity=identities.create("bob").identity.name)
    bob = bytes.fromhex(identities.show("bob").identifier[1:])
    made = channels.create("/node/n2/service/api", "n1", authorized=[identities.show("bob").identifier])
    address = [0, made.rpartition("/")[2].encode()]
    assert request("n1", api.GET, "node/secure_channel") == [[address]]
    shown = request("n1", api.GET, "node/show_secure_channel", {1: address})
    assert (shown[3], shown[5], shown[6]) == ([bob], bob, identities.history("bob").encode().hex())
    assert shown[4].keys() == {1}
    assert request("n1", api.DELETE, "node/secure_channel", {1: address}) == {1: f"0#{address[1].decode()}"}
    request("n1", api.POST, "node/secure_channel_listener", {1: [0, b"l1"], 2: [bob]})
    ((first, second),) = request("n1", api.GET, "node/secure_channel_listener")
    assert (first[1], first[3], second[1], second[3]) == ([0, b"api"], False, [0, b"l1"], False)
    assert request("n1", api.GET, "node/show_secure_channel_listener", {1: [0, b"l1"]}) == second
    assert request("n1", api.DELETE, "node/secure_channel_listener", {1: [0, b"l1"]}) == {1: [0, b"l1"]}
    assert request("n2", api.GET, "node")[2] == bob
    assert request("n2", api.GET, "node/resources")[2] == "bob"


def test_a_node_may_prove_identities_of_several_vaults(nodes):
    nodes.create_node("n1")
    nodes.create_node("n2")
    vaults.create("v2")
    carol = identities.create("carol", vault="v2").identity.identifier
    own = nodes.show_node("n1").identifier
    channels.listen("l1", "n2", identity="carol", authorized=[own, carol])
    for identity in (None, "carol"):
        made = channels.create("/node/n2/service/l1", "n1", identity=identity, authorized=[carol])
        assert nodes.send_message(f"{made}/service/uppercase", HELLO, from_node="n1") == b"\x05HELLO"
        assert channels.show(made, "n1").peer == carol
    assert nodes.send_message("/node/n2/secure/api/service/echo", HELLO, identity="carol") == HELLO


def test_a_channel_is_there_again_at_its_address_when_the_other_node_was_restarted(nodes):
    nodes.create_node("n1")
    nodes.create_node("n2")
    made = channels.create("/node/n2/service/api", "n1")
    nodes.stop_node("n2")
    with pytest.raises(MessageError):
        nodes.send_message(f"{made}/service/echo", HELLO, from_node="n1")
    assert channels.show(made, "n1").reason
    nodes.start_node("n2")
    while channels.show(made, "n1").reason:
        pass  # it is tried again and again
    assert nodes.send_message(f"{made}/service/uppercase", HELLO, from_node="n1") == b"\x05HELLO"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("node/secure_channel", None),
        ("node/secure_channel", {1: b"\xff"}),
        ("node/secure_channel", {1: b""}),
        ("node/secure_channel", {1: b"\xbe\xe8\x03\x03api", 2: [b"short"]}),
        ("node/secure_channel", {1: b"\xbe\xe8\x03\x03api", 4: [-1, "x"]}),
        ("node/secure_channel_listener", {1: [1, b"x"]}),
        ("node/secure_channel_listener", {1: [0, b""]}),
        ("node/secure_channel_listener", {1: [0, b"x"], 2: [1]}),
        ("node/secure_channel_listener", "no map"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(nodes, path, body):
    nodes.create_node("n1")
    with pytest.raises(ApiError) as caught:
        request("n1", api.POST, path, body)
    assert caught.value.status == api.BAD_REQUEST


@given(st.binary(max_size=60))
def test_an_answer_about_channels_is_read_or_refused(data):
    for unpack in (bodies.unpack_channel, bodies.unpack_listener):
        with contextlib.suppress(ProtocolError):
            unpack(cbor.decode(data))


@given(st.recursive(st.one_of(st.integers(0, 1), st.binary(max_size=33), st.text(max_size=3)), st.lists, max_leaves=6))
def test_parts_of_bodies_are_read_or_refused(item):
    for unpack in (listeners.unpack_address, listeners.unpack_identifiers, bodies.unpack_duration):
        with contextlib.suppress(ProtocolError):
            unpack(item if isinstance(item, list) else [item])


def test_a_board_takes_channels_and_makes_none(nodes):
    nodes.create_node("n1")
    nodes.start_hop("n1", "h1")
    nodes.create_node("v1", board="virtual")
    assert nodes.send_message("/node/v1/secure/api/service/uppercase", HELLO) == b"\x05HELLO"
    assert nodes.send_message("/node/v1/secure/api/service/uppercase", HELLO, from_node="n1") == b"\x05HELLO"
    details = nodes.show_node("v1")
    (listener,) = channels.list_listeners("v1")
    assert details.channel_listeners == [listener] == [channels.show_listener("api", "v1")]
    assert (details.identity_name, details.identifier) == ("", listener.identifier)
    alice, bob = (identities.create(name).identity.identifier for name in ("alice", "bob"))
    made = channels.listen("friends", "v1", authorized=[alice])
    assert (made.identifier, made.authorized) == (details.identifier, [alice])
    to = "/node/n1/service/h1/node/v1/secure/friends/service/uppercase"
    assert nodes.send_message(to, HELLO, identity="alice") == b"\x05HELLO"
    with pytest.raises(MessageError, match=f"The secure channel was refused: {bob} is not trusted here"):
        nodes.send_message(to, HELLO, identity="bob")
    nodes.stop_node("v1")
    nodes.start_node("v1")
    assert [one.address for one in channels.list_listeners("v1")] == ["api", "friends"]
    assert nodes.send_message(to, HELLO, identity="alice") == b"\x05HELLO"
    assert channels.delete_listener("friends", "v1") == "friends"
    assert channels.list_listeners("v1") == [channels.show_listener("api", "v1")]
    made = channels.create("/node/v1/service/api", "n1", authorized=[details.identifier])
    assert channels.show(made, "n1").peer == details.identifier
    assert nodes.send_message(f"{made}/service/uppercase", HELLO, from_node="n1") == b"\x05HELLO"
    for refused in (
        lambda: channels.create("/node/n1/service/api", "v1"),
        lambda: nodes.send_message("/node/n1/secure/api/service/echo", HELLO, from_node="v1"),
    ):
        with pytest.raises(ApiError, match="A board makes no secure channels on command"):
            refused()


async def test_a_hop_before_a_board_cannot_read_what_is_said_to_it(nodes):
    secret = b"what only the board may read"
    await asyncio.to_thread(nodes.create_node, "v1", board="virtual")
    middle, spy = Node(), Listening()
    listener = await Tcp(middle).listen()
    await middle.start_worker("spy", spy)
    through = f"/ip4/127.0.0.1/tcp/{listener.address.rpartition(':')[2]}/service/spy/node/v1"
    for part in ("/secure/api", ""):
        assert not [payload for payload in spy.heard if secret in payload]
        assert await asyncio.to_thread(nodes.send_message, f"{through}{part}/service/echo", secret) == secret
    assert secret in spy.heard
    await middle.stop()


def test_a_listener_that_says_nothing_of_a_refusal_is_named_as_a_reason(nodes):
    """As Ockam's nodes do: whoever is not trusted waits for the time allowed."""
    with pytest.raises(MessageError, match=r"No reply through the secure channel within 2000 ms.*is not trusted"):
        asyncio.run(_ask_one_that_drops_everything())


async def _ask_one_that_drops_everything():
    from uockam.worker import Worker
    from uockam_host.node.temporary import send_once, temporary

    class Silent(Worker):
        async def handle_message(self, context, message):
            pass

    async with temporary() as there:
        listener = await there.tcp.listen()
        await there.secure.listen("api")
        await there.node.start_worker("silent", Silent())
        pairs = (("secure", "api"), ("service", "silent"))
        await asyncio.to_thread(send_once, (*pairs_to(listener.address), *pairs), HELLO, None, 2000)
