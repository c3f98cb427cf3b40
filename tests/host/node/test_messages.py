"""Sending messages: every kind of route, and what is said when one cannot be followed."""

import contextlib
import socket
import threading

import pytest

from uockam_host.errors import InvalidArgument, MessageError

HELLO = b"\x05hello"


def _tcp(node):
    return f"/ip4/127.0.0.1/tcp/{node.listener.rpartition(':')[2]}"


def test_a_message_to_a_running_node_is_answered(nodes):
    nodes.create_node("n1")
    assert nodes.send_message("/node/n1/service/echo", b"any bytes \x00\xff") == b"any bytes \x00\xff"
    assert nodes.send_message("node/n1/worker/uppercase", HELLO) == b"\x05HELLO"


def test_a_route_without_a_node_starts_at_the_default_node(nodes):
    nodes.create_node("n1")
    assert nodes.send_message("/service/uppercase", HELLO) == b"\x05HELLO"


def test_a_node_sends_to_another_over_tcp(nodes):
    nodes.create_node("n1")
    nodes.create_node("n2")
    assert nodes.send_message("/node/n2/service/uppercase", HELLO, from_node="n1") == b"\x05HELLO"
    assert nodes.send_message("/service/echo", HELLO, from_node="/node/n2") == HELLO
    assert nodes.send_message("/node/n1/service/echo", HELLO, from_node="n1") == HELLO
    (outgoing,) = [item for item in nodes.list_tcp("connection", "n1") if item.mode == "outgoing"]
    assert nodes.send_message(f"/worker/{outgoing.worker}/service/echo", HELLO, from_node="n1") == HELLO


def test_this_process_sends_by_itself_to_a_tcp_address(nodes):
    made = nodes.create_node("n1")
    port = made.listener.rpartition(":")[2]
    for host in ("/ip4/127.0.0.1", "/dnsaddr/localhost"):
        assert nodes.send_message(f"{host}/tcp/{port}/service/uppercase", HELLO) == b"\x05HELLO"


def test_one_route_may_have_several_tcp_hops(nodes):
    one, two, three = (nodes.create_node(name) for name in ("n1", "n2", "n3"))
    nodes.start_hop("n2", "h2")
    for route in (
        "/node/n1/node/n2/node/n3/service/uppercase",
        f"/node/n1{_tcp(two)}/service/h2{_tcp(three)}/service/uppercase",
        f"{_tcp(one)}{_tcp(two)}{_tcp(three)}/service/uppercase",
    ):
        assert nodes.send_message(route, HELLO) == b"\x05HELLO"


def test_a_hop_before_another_node_works_both_ways(nodes):
    nodes.create_node("n1")
    nodes.create_node("n2")
    nodes.start_hop("n1", "h1")
    assert nodes.send_message("/node/n1/service/h1/node/n2/service/uppercase", HELLO) == b"\x05HELLO"


def test_a_megabyte_goes_there_and_back(nodes):
    nodes.create_node("n1")
    payload = bytes(range(256)) * 4096
    assert nodes.send_message("/node/n1/service/echo", payload) == payload


@pytest.mark.parametrize(
    "route",
    [
        "/node/n1/service/nope",
        "/node/n1/service/h1/service/nope",
        "/node/n1/node/n2/service/nope",
        "/node/n1/service/h1/node/n2/service/nope",
        "TCP/service/nope",
    ],
)
def test_an_address_that_does_not_exist_is_named_at_once_wherever_it_is(nodes, route):
    nodes.create_node("n1")
    nodes.start_hop("n1", "h1")
    nodes.create_node("n2")
    with pytest.raises(MessageError, match="There is no worker at 'nope'") as caught:
        nodes.send_message(route.replace("TCP", _tcp(nodes.list_nodes()[1])), HELLO, timeout_ms=600_000)
    assert "service list" in caught.value.remedy


def test_the_management_service_cannot_be_reached_over_tcp(nodes):
    made = nodes.create_node("n1")
    nodes.create_node("n2")
    for route in (
        f"{_tcp(made)}/service/_internal.nodemanager",
        "/node/n2/node/n1/service/_internal.nodemanager",
        "/node/n2/service/h2/node/n1/service/_internal.nodemanager",
    ):
        with contextlib.suppress(Exception):
            nodes.start_hop("n2", "h2")
        with pytest.raises(MessageError, match=r"There is no worker at '_internal\.nodemanager'"):
            nodes.send_message(route, HELLO)


def _closed_port():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return bound.getsockname()[1]


def test_a_port_where_nobody_listens_refuses_whoever_dials(nodes):
    nodes.create_node("n1")
    port = _closed_port()
    for sender in (None, "n1"):
        with pytest.raises(MessageError, match=f"Connection refused by 127.0.0.1:{port}") as caught:
            nodes.send_message(f"/ip4/127.0.0.1/tcp/{port}/service/echo", HELLO, from_node=sender)
        assert caught.value.remedy


def test_a_host_name_that_does_not_exist_is_said_to_be_that(nodes):
    with pytest.raises(MessageError, match=r"host name in nowhere\.invalid:1 cannot be resolved"):
        nodes.send_message("/dnsaddr/nowhere.invalid/tcp/1/service/echo", HELLO)


@contextlib.contextmanager
def _server(serve):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept():
            connected, _ = listening.accept()
            with connected:
                serve(connected)

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"/ip4/127.0.0.1/tcp/{listening.getsockname()[1]}/service/echo"
        thread.join()


def test_a_peer_that_does_not_answer_costs_the_timeout_and_the_error_names_the_route(nodes):
    with (
        _server(lambda connected: connected.recv(4096) and connected.recv(4096)) as route,
        pytest.raises(MessageError, match="No reply from 0#echo within 50 ms") as caught,
    ):
        nodes.send_message(route, HELLO, timeout_ms=50)
    assert "--timeout" in caught.value.remedy


def test_a_peer_that_hangs_up_is_reported_at_once(nodes):
    with (
        _server(lambda connected: connected.recv(4096)) as route,
        pytest.raises(MessageError, match=r"The connection to 127\.0\.0\.1:\d+ was lost"),
    ):
        nodes.send_message(route, HELLO, timeout_ms=600_000)


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x01\xff\xff\xff\xff", b"\x01\0\0\0\x01\xff"]
)
def test_a_peer_that_speaks_something_else_is_said_not_to_speak_ockam(nodes, answer):
    def serve(connected):
        connected.recv(4096)
        connected.sendall(answer)
        connected.recv(4096)

    with _server(serve) as route, pytest.raises(MessageError, match="does not speak Ockam"):
        nodes.send_message(route, HELLO, timeout_ms=600_000)


@pytest.mark.parametrize(
    ("route", "words"),
    [
        ("alice", 'unregistered protocol prefix "alice"'),
        ("", 'unregistered protocol prefix ""'),
        ("/node/n1", "names no service"),
        ("/ip4/127.0.0.1/tcp/4000", "names no service"),
        ("/ip4/127.0.0.1/service/echo", "cannot be followed"),
        ("/ip4/999.0.0.1/tcp/1/service/echo", "not an IPv4 address"),
        ("/node/n1/ip4/127.0.0.1", "cannot be followed"),
        ("/node/bad!name/service/echo", "Invalid value for NAME"),
        ("/space/s/service/echo", "cannot lead through /space/s"),
        ("/ip4/127.0.0.1/tcp/4000/secure/api", "ends at a secure channel"),
    ],
)
def test_a_route_that_is_none_is_a_mistake_of_usage_with_a_remedy(nodes, route, words):
    with pytest.raises(InvalidArgument, match=words) as caught:
        nodes.send_message(route, HELLO)
    assert caught.value.exit_code == 64
    assert caught.value.remedy


def test_a_node_without_a_listener_cannot_be_passed_on_the_way(nodes):
    made = nodes.create_node("n1")
    nodes.create_node("n2")
    nodes.delete_tcp("listener", made.listener, "n1")
    with pytest.raises(MessageError, match="The node 'n1' has no TCP listener") as caught:
        nodes.send_message("/node/n2/node/n1/service/echo", HELLO)
    assert "tcp-listener create" in caught.value.remedy
    assert nodes.send_message("/node/n1/service/echo", HELLO) == HELLO
    nodes.create_tcp("listener", "127.0.0.1:0", "n1")
    assert nodes.send_message("/node/n2/node/n1/service/echo", HELLO) == HELLO


def test_a_node_that_listens_on_ipv6_is_reached_there(nodes):
    made = nodes.create_node("n1", listener="[::1]:0")
    nodes.create_node("n2")
    port = made.listener.rpartition(":")[2]
    assert made.listener == f"[::1]:{port}"
    for route in (f"/ip6/::1/tcp/{port}", "/node/n2/node/n1", nodes.show_node("n1").route_verbose):
        assert nodes.send_message(f"{route}/service/uppercase", HELLO) == b"\x05HELLO"


def test_a_message_that_is_too_large_is_refused_before_it_is_sent(nodes):
    nodes.create_node("n1")
    with pytest.raises(MessageError, match=r"larger than the limit of 16777216") as caught:
        nodes.send_message("/node/n1/service/echo", bytes(16 * 1024 * 1024))
    assert "parts" in caught.value.remedy
