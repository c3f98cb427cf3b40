"""Boards that are asked through a secure channel, by way of a node or at their own TCP listener: on a virtual board."""

import json
import socket

import pytest

from uockam import api
from uockam.address import LOCAL, Address
from uockam_host import identities
from uockam_host.device import live, logs, update
from uockam_host.device.asking import Service
from uockam_host.device.bundle import SOURCE
from uockam_host.device.far import FarClient
from uockam_host.device.flasher import silent
from uockam_host.device.live import Place, at_route
from uockam_host.device.update import NotKept
from uockam_host.errors import InvalidArgument, MessageError
from uockam_host.node import control

from .test_state import uockam
from .test_update import BROKEN, changed


@pytest.fixture
def route(board, flash):
    """To the listener of the board, by TCP of its own."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    settings = json.loads((flash / "uockam.json").read_text())
    (flash / "uockam.json").write_text(json.dumps({**settings, "listen": f"127.0.0.1:{port}"}))
    control.stop_node(board)
    control.start_node(board)
    return f"/ip4/127.0.0.1/tcp/{port}/secure/api"


def on_trial(route):
    with FarClient(route) as client:
        return Service(client, "update").ask(api.GET, "status")[5]


def test_whoever_made_the_node_of_a_board_is_its_owner_by_way_of_the_node_and_at_its_own_listener(board, flash, route):
    assert json.loads((flash / "uockam.json").read_text())["owners"] == [identities.show().identifier]
    for to in (f"/node/{board}/secure/api", route):
        code, out, _ = uockam("files", "ls", "/", "--to", to, "--output", "json")
        assert (code, {"uockam-vault", "uockam.json"} - {item["name"] for item in json.loads(out)}) == (0, set())
        code, out, _ = uockam("info", "--to", to)
        assert (code, to in out) == (0, True)


def test_files_go_there_and_back(route, tmp_path):
    (tmp_path / "data.bin").write_bytes(bytes(range(256)) * 40)
    assert uockam("files", "put", str(tmp_path / "data.bin"), "/data.bin", "--to", route)[0] == 0
    with live.open_files(Place(to=route)) as files:
        assert files.get("/data.bin") == bytes(range(256)) * 40
    assert uockam("files", "rm", "/data.bin", "--to", route)[0] == 0
    with live.open_files(Place(to=route)) as files:
        assert files.stat("/data.bin") is None


def test_the_log_is_read_and_followed(route):
    to = f"{route}/service/log"
    (line,) = [line for line in logs.read(to) if "listening at" in line]
    following = logs.follow(to)
    assert next(following) == line
    following.close()


def test_a_version_that_answers_over_the_channel_is_kept(route):
    done = update.update(at_route(route), SOURCE, silent)
    assert (done.changed, done.node, on_trial(route)) == (True, route, False)
    code, out, err = uockam("update", "--source", "py", "--to", route)
    assert (code, f"The board at {route} has uockam" in err + out) == (0, True)


@pytest.mark.slow
@pytest.mark.parametrize("texts", [BROKEN["crashes when it runs"]], ids=["crashes when it runs"])
def test_the_former_version_runs_again_after_one_that(route, texts):
    update.update(at_route(route), SOURCE, silent)
    with pytest.raises(NotKept, match="the former one runs again"):
        update.update(at_route(route), SOURCE, silent, changed(**texts))
    assert on_trial(route) is False


def test_an_identity_that_is_no_owner_is_refused_and_told_how_to_be_one(route):
    identities.create("other")
    identities.set_default("other")
    with pytest.raises(MessageError, match=f"identity {identities.show().identifier} owns no board at /ip4") as caught:
        live.open_files(Place(to=route))
    assert "device config set owners" in caught.value.remedy
    with FarClient(route) as client:
        assert client.ask((Address(LOCAL, b"uppercase"),), b"\x05hello", 15_000) == b"\x05HELLO"


def test_a_board_that_is_not_the_one_it_should_be_is_not_talked_to(route):
    right = live.at_route(route, "I" + board_identifier(route))
    with right.connect() as client:
        client.request(api.GET, "node")
    with pytest.raises(MessageError, match="not trusted here"):
        live.at_route(route, f"I{64 * '0'}").connect()
    assert uockam("info", "--to", route, "--authorized", f"I{64 * '0'}")[0] != 0


def board_identifier(route):
    with FarClient(route) as client:
        return client.request(api.GET, "node")[2].hex()


def test_what_cannot_be_meant_is_refused_before_anything_is_opened(home):
    for place, why in (
        (Place(to="/ip4/127.0.0.1/tcp/1"), "leads through no secure channel"),
        (Place(to="/ip4/127.0.0.1/tcp/1/secure/api", at="n1"), "named by one of"),
        (Place(to="/ip4/127.0.0.1/tcp/1/secure/api", authorized="I12"), "not an identifier"),
        (Place(at="n1", authorized=f"I{64 * '0'}"), "for a board at the end of a route"),
    ):
        with pytest.raises(InvalidArgument, match=why):
            live.find_board(place)


def test_a_route_at_whose_end_nobody_is_says_so(home):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(MessageError, match="refused"):
        live.find_board(Place(to=f"/ip4/127.0.0.1/tcp/{port}/secure/api")).connect()
