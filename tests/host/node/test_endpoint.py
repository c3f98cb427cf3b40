"""The management endpoint: who can open it, on a unix socket and over loopback with a token."""

import os
import socket
import stat

import pytest

from uockam import api
from uockam_host.errors import ApiError, EndpointError, MessageError, SpawnError
from uockam_host.node import places, running
from uockam_host.node.client import Client, open_endpoint
from uockam_host.node.routes import of_address
from uockam_host.state import home as homes

from ...lib.patience import PATIENCE_MS

HELLO = b"\x05hello"


def _endpoint(name):
    return running.find(name).endpoint


def _mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_the_socket_is_in_a_folder_that_only_its_user_can_open(nodes, home):
    nodes.create_node("n1")
    path = home / "nodes" / "n1" / "manage"
    assert _endpoint("n1") == f"unix:{path}"
    assert [_mode(folder) for folder in (home, path.parent)] == [0o700, 0o700]
    assert _mode(path) & 0o077 == 0


def test_the_socket_is_gone_when_the_node_has_stopped(nodes, home):
    nodes.create_node("n1")
    nodes.stop_node("n1")
    assert not (home / "nodes" / "n1" / "manage").exists()


@pytest.fixture
def far_home(home, monkeypatch):
    """A home whose path leaves no room for a socket's name, with a short folder beside it."""
    far = home / ("x" * 120)
    short = home / "run"
    home.mkdir()
    short.mkdir()
    monkeypatch.setenv(homes.ENVIRONMENT, str(far))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    return short


def test_a_home_with_a_long_path_has_its_sockets_in_a_short_private_folder(far_home):
    path = places.socket_path("n1")
    assert len(str(path)) <= 100
    assert path.parent.parent == far_home
    assert _mode(path.parent) == 0o700
    assert places.socket_path("n2") != path


def test_nodes_work_there_and_leave_nothing_behind(far_home):
    from uockam_host.node import control

    control.create_node("n1")
    assert control.send_message("/node/n1/service/echo", HELLO) == HELLO
    (folder,) = far_home.iterdir()
    control.stop_node("n1")
    assert not folder.exists()
    assert control.reset().failures == []


def test_a_link_that_somebody_else_made_is_refused(far_home, tmp_path):
    folder = places.socket_path("n1").parent
    folder.rmdir()
    (tmp_path / "trap").mkdir(mode=0o700)
    folder.symlink_to(tmp_path / "trap")
    with pytest.raises(EndpointError, match="is not a folder"):
        places.socket_path("n1")


def test_a_folder_of_another_user_is_refused(far_home, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    with pytest.raises(EndpointError, match="belongs to another user"):
        places.socket_path("n1")


def test_no_place_for_a_socket_is_an_error_that_says_what_to_set(far_home, monkeypatch):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(far_home / ("y" * 120)))
    with pytest.raises(EndpointError, match="too long for a socket") as caught:
        places.socket_path("n1")
    assert homes.ENVIRONMENT in caught.value.remedy


def test_a_node_that_cannot_have_a_socket_is_not_made_and_says_why(far_home, monkeypatch):
    from uockam_host.node import control

    monkeypatch.setenv("XDG_RUNTIME_DIR", "/dev/null")
    with pytest.raises(SpawnError, match="Cannot use the folder /dev/null"):
        control.create_node("n1")


# -- loopback with a token --------------------------------------------------------------------------------------------


@pytest.fixture
def tcp_nodes(nodes, monkeypatch):
    """Nodes as on a system without unix sockets."""
    monkeypatch.setenv("UOCKAM_MANAGE", "tcp")
    return nodes


def _parts(name):
    kind, host, port, token = _endpoint(name).split(":")
    assert kind == "tcp"
    return host, int(port), token


def test_nodes_work_the_same_over_loopback_with_a_token(tcp_nodes, home):
    tcp_nodes.create_node("n1")
    host, port, token = _parts("n1")
    assert (host, len(token)) == ("127.0.0.1", 64)
    assert _mode(home / "nodes" / "n1" / "process") == 0o600
    assert tcp_nodes.send_message("/node/n1/service/uppercase", HELLO) == b"\x05HELLO"
    assert tcp_nodes.start_hop("n1", "h1") == "h1"
    assert tcp_nodes.list_nodes()[0].up
    assert of_address(f"{host}:{port}") not in [item.socket for item in tcp_nodes.list_tcp("listener", "n1")]
    assert tcp_nodes.stop_node("n1").how == "asked"
    tcp_nodes.start_node("n1")
    assert _parts("n1")[2] != token


@pytest.mark.parametrize(
    "greeting", [b"", b"0" * 64 + b"\n", b"\n" * 80, b"\x01", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + b"x" * 80]
)
def test_whoever_has_not_the_token_gets_no_byte_and_no_answer(tcp_nodes, greeting):
    tcp_nodes.create_node("n1")
    host, port, _ = _parts("n1")
    client = Client(socket.create_connection((host, port)), "n1", greeting)
    with client, pytest.raises(MessageError, match=r"was lost|No reply"):
        client.request(api.GET, "node", timeout_ms=200)
    assert tcp_nodes.send_message("/node/n1/service/echo", HELLO) == HELLO


def test_a_token_that_comes_byte_by_byte_is_taken(tcp_nodes):
    tcp_nodes.create_node("n1")
    host, port, token = _parts("n1")
    connected = socket.create_connection((host, port))
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for byte in token.encode():
        connected.sendall(bytes((byte,)))
    with Client(connected, "n1", b"\n") as client:
        assert client.request(api.GET, "node")[1] == "n1"


def test_a_peers_listener_does_not_manage_even_with_the_token(tcp_nodes):
    made = tcp_nodes.create_node("n1")
    host, _, port = made.listener.rpartition(":")
    with (
        open_endpoint(f"tcp:{host}:{port}:{_parts('n1')[2]}", "n1") as client,
        pytest.raises(MessageError, match=r"was lost|does not speak Ockam"),
    ):
        client.request(api.GET, "node", timeout_ms=PATIENCE_MS)


def test_an_endpoint_where_nobody_answers_is_named_with_its_node(home):
    for endpoint in (f"unix:{home}/nothing", "tcp:127.0.0.1:1:token", "tcp:nonsense", ""):
        with pytest.raises(EndpointError, match="The node 'n1' does not answer"):
            open_endpoint(endpoint, "n1")


def test_an_unknown_request_is_an_error_of_the_node(nodes):
    nodes.create_node("n1")
    with open_endpoint(_endpoint("n1"), "n1") as client:
        with pytest.raises(ApiError, match="Invalid endpoint: PATCH teapot") as caught:
            client.request(api.PATCH, "teapot")
        assert caught.value.status == api.BAD_REQUEST
        assert client.request(api.GET, "node")[1] == "n1"


def test_many_requests_fit_one_connection(nodes):
    nodes.create_node("n1")
    with open_endpoint(_endpoint("n1"), "n1") as client:
        assert [client.request(api.GET, "node")[1] for _ in range(50)] == ["n1"] * 50


def test_a_socket_in_the_way_is_replaced(nodes, home):
    nodes.create_node("n1")
    nodes.stop_node("n1")
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(home / "nodes" / "n1" / "manage"))
    nodes.start_node("n1")
    assert nodes.send_message("/node/n1/service/echo", HELLO) == HELLO
