"""TCP listeners and connections of a running node, made and closed by its owner."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uockam import api, cbor
from uockam.errors import ProtocolError
from uockam.multiaddr import encode, parse
from uockam_host.errors import ApiError, InvalidArgument, MessageError
from uockam_host.node import bodies, running
from uockam_host.node.client import open_endpoint
from uockam_host.node.info import TransportInfo

HELLO = b"\x05hello"


def _tcp(address):
    return f"/ip4/127.0.0.1/tcp/{address.rpartition(':')[2]}"


def test_a_listener_can_be_made_found_used_and_closed(nodes):
    nodes.create_node("n1")
    made = nodes.create_tcp("listener", "127.0.0.1:0", "n1")
    assert (made.kind, made.mode, made.worker) == ("tcp", "listening", bodies.NO_WORKER)
    assert made in nodes.list_tcp("listener", "n1")
    assert nodes.show_tcp("listener", made.socket, "n1") == nodes.show_tcp("listener", made.processor) == made
    assert nodes.send_message(_tcp(made.socket) + "/service/echo", HELLO) == HELLO
    nodes.delete_tcp("listener", made.socket, "n1")
    assert made not in nodes.list_tcp("listener", "n1")
    with pytest.raises(MessageError, match="Connection refused"):
        nodes.send_message(_tcp(made.socket) + "/service/echo", HELLO)


def test_closed_listeners_stay_closed_when_the_node_starts_again(nodes):
    first = nodes.create_node("n1").listener
    second = nodes.create_tcp("listener", "127.0.0.1:0", "n1").socket
    nodes.delete_tcp("listener", first, "n1")
    nodes.delete_tcp("listener", second, "n1")
    assert nodes.show_node("n1").route_verbose == ""
    nodes.stop_node("n1")
    nodes.start_node("n1")
    assert nodes.list_tcp("listener", "n1") == []
    assert nodes.send_message("/node/n1/service/echo", HELLO) == HELLO


def test_when_the_first_listener_is_closed_another_is_the_way_to_the_node_also_after_a_restart(nodes):
    first = nodes.create_node("n1").listener
    second = nodes.create_tcp("listener", "127.0.0.1:0", "n1").socket
    nodes.delete_tcp("listener", first, "n1")
    for _ in range(2):
        assert nodes.show_node("n1").route_verbose == _tcp_name(second)
        assert [item.socket for item in nodes.list_tcp("listener", "n1")] == [second]
        nodes.stop_node("n1")
        nodes.start_node("n1")


def test_a_listener_that_others_can_reach_is_warned_about_in_the_log(nodes):
    made = nodes.create_node("n1", listener="0.0.0.0:0")
    log = nodes.node_logs("n1").read_text()
    assert f"WARN uockam.host.tcp: Whoever can reach {made.listener} can use the services of this node" in log


def test_a_port_that_is_taken_is_an_error_of_the_node(nodes):
    made = nodes.create_node("n1")
    with pytest.raises(ApiError, match=f"Cannot listen at {made.listener}: .*in use"):
        nodes.create_tcp("listener", made.listener, "n1")
    assert len(nodes.list_tcp("listener", "n1")) == 1


def test_a_connection_can_be_made_found_used_and_closed(nodes):
    nodes.create_node("n1")
    other = nodes.create_node("n2").listener
    made = nodes.create_tcp("connection", other, "n1")
    assert (made.mode, made.socket) == ("outgoing", other)
    assert (
        nodes.show_tcp("connection", f"/worker/{made.worker}", "n1")
        == nodes.show_tcp("connection", other, "n1")
        == made
    )
    assert [item.mode for item in nodes.list_tcp("connection", "n2")] == ["incoming"]
    assert nodes.send_message(f"/node/n1/worker/{made.worker}/service/uppercase", HELLO) == b"\x05HELLO"
    nodes.delete_tcp("connection", made.worker, "n1")
    assert nodes.list_tcp("connection", "n1") == []
    with pytest.raises(MessageError, match="There is no worker"):
        nodes.send_message(f"/node/n1/worker/{made.worker}/service/uppercase", HELLO)


def test_a_connection_that_is_refused_is_an_error_with_the_cause_and_is_not_kept(nodes):
    nodes.create_node("n1")
    gone = nodes.create_tcp("listener", "127.0.0.1:0", "n1")
    nodes.delete_tcp("listener", gone.socket, "n1")
    with pytest.raises(ApiError, match=f"Connection refused by {gone.socket}"):
        nodes.create_tcp("connection", gone.socket, "n1")
    assert nodes.list_tcp("connection", "n1") == []


def test_an_incoming_connection_can_be_closed_by_its_worker(nodes):
    nodes.create_node("n1")
    nodes.create_node("n2")
    nodes.create_tcp("connection", nodes.show_node("n2").transports[0].socket, "n1")
    (incoming,) = nodes.list_tcp("connection", "n2")
    nodes.delete_tcp("connection", incoming.worker, "n2")
    assert incoming not in nodes.list_tcp("connection", "n2")


@pytest.mark.parametrize("noun", ["listener", "connection"])
def test_what_is_not_there_is_an_error_that_names_it(nodes, noun):
    nodes.create_node("n1")
    for verb in ("show", "delete"):
        with pytest.raises(ApiError, match=rf"There is no TCP {noun} at 127\.0\.0\.1:1") as caught:
            getattr(nodes, f"{verb}_tcp")(noun, "127.0.0.1:1", "n1")
        assert caught.value.status == api.NOT_FOUND


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1", "127.0.0.1:", "127.0.0.1:x", ":4000", "127.0.0.1:70000"])
def test_an_address_that_is_none_is_a_mistake_of_usage(nodes, address):
    for noun in ("listener", "connection"):
        with pytest.raises(InvalidArgument, match="Invalid"):
            nodes.create_tcp(noun, address, "n1")


def test_a_node_sends_for_its_owner_along_a_multiaddr_as_ockam_asks_it_to(nodes):
    nodes.create_node("n1")
    body = bodies.SEND_MESSAGE.pack(route="/service/uppercase", message=list(HELLO))
    with open_endpoint(running.find("n1").endpoint, "n1") as client:
        assert bytes(client.request(api.POST, "v0/message", body)) == b"\x05HELLO"
        for broken in (
            {1: "/service/echo", 2: [256]},
            {1: "/service/echo", 2: ["x"]},
            {1: "alice", 2: []},
            {1: 1},
            None,
        ):
            with pytest.raises(ApiError) as caught:
                client.request(api.POST, "v0/message", broken)
            assert caught.value.status == api.BAD_REQUEST
        with pytest.raises(ApiError, match="There is no worker at 'nope'"):
            client.request(api.POST, "v0/message", bodies.SEND_MESSAGE.pack(route="/service/nope", message=[]))


def test_the_resources_of_a_node_have_ockams_numbers(nodes):
    made = nodes.create_node("n1")
    with open_endpoint(running.find("n1").endpoint, "n1") as client:
        found = client.request(api.GET, "node/resources")
    assert (found[1], found[3], found[4]) == ("n1", True, [0, [made.pid]])
    assert found[5] == {1: encode((("node", "n1"),)), 2: encode(parse(_tcp_name(made.listener)))}
    assert [item[3] for item in found[7]] == [made.listener]
    assert [item[1] for item in found[8]] == [[0, b"api"]]
    assert (found[9], found[10]) == ([], [])
    assert found[11] == [{2: "uppercase", 3: "uppercase"}, {2: "echo", 3: "echo"}]


def _tcp_name(address):
    return f"/dnsaddr/localhost/tcp/{address.rpartition(':')[2]}"


def test_a_transport_comes_back_as_it_was_packed():
    for mode in bodies.MODES:
        info = TransportInfo("tcp", mode, "127.0.0.1:1", "w", "p", "f")
        assert bodies.unpack_transport(cbor.decode(cbor.encode(bodies.pack_transport(info)))) == info


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 9) | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers(0, 8), inner, max_size=7),
    max_leaves=12,
)


@given(body=_VALUES | st.dictionaries(st.integers(1, 6), _VALUES))
def test_whatever_a_node_answers_is_a_transport_or_the_one_protocol_error(body):
    for unpack, kind in ((bodies.unpack_transport, TransportInfo), (bodies.unpack_service, object)):
        with contextlib.suppress(ProtocolError):
            assert isinstance(unpack(body), kind)
