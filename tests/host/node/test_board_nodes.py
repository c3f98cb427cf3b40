"""A board is a node like any other: the same commands, for the virtual board behind its process."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from uockam_host.errors import ApiError, MessageError, NodeNotRunning, SpawnError
from uockam_host.node import running

from ...lib.patience import PATIENCE_S

HELLO = b"\x05hello"


@pytest.fixture
def board(nodes):
    """A node v1 on a virtual board."""
    return nodes.create_node("v1", board="virtual")


def _board_process(node):
    (child,) = psutil.Process(node.pid).children()
    return child


def _workers(nodes):
    """What the board has, or nothing while it is away."""
    try:
        return nodes.workers("v1")
    except ApiError:
        return ()


def test_a_board_that_was_made_answers_at_once(nodes, board):
    assert (board.kind, board.board, board.up) == ("virtual", "virtual", True)
    assert nodes.send_message("/node/v1/service/uppercase", HELLO) == b"\x05HELLO"
    assert nodes.list_nodes() == [board]


def test_workers_and_services_are_the_boards_own(nodes, board):
    nodes.start_hop("v1", "h1")
    assert {"echo", "uppercase", "h1", "_internal.nodemanager"} <= set(nodes.workers("v1"))
    services = {(item.address, item.kind) for item in nodes.services("v1")}
    assert services >= {("echo", "echo"), ("uppercase", "uppercase"), ("h1", "hop")}
    details = nodes.show_node("v1")
    assert {(item.address, item.kind) for item in details.services} == services
    assert nodes.send_message("/node/v1/service/h1/service/uppercase", HELLO) == b"\x05HELLO"
    with pytest.raises(ApiError, match="Hop service already exists at 0#h1"):
        nodes.start_hop("v1", "h1")


def test_other_nodes_reach_it_by_its_name_and_by_the_route_it_shows(nodes, board):
    nodes.create_node("n1")
    assert nodes.send_message("/node/v1/service/uppercase", HELLO, from_node="n1") == b"\x05HELLO"
    assert nodes.send_message(nodes.show_node("v1").route_verbose + "/service/uppercase", HELLO) == b"\x05HELLO"


def test_an_address_that_the_board_does_not_have_is_named_at_once(nodes, board):
    for route in ("/node/v1", nodes.show_node("v1").route_verbose):
        with pytest.raises(MessageError, match="There is no worker at 'nope'"):
            nodes.send_message(f"{route}/service/nope", HELLO, timeout_ms=600_000)


def test_strangers_reach_neither_of_the_two_managers(nodes, board):
    with pytest.raises(MessageError, match=r"There is no worker at '_internal\.nodemanager'"):
        nodes.send_message(nodes.show_node("v1").route_verbose + "/service/_internal.nodemanager", HELLO)


def test_a_stopped_board_leaves_no_process_and_starts_again_at_its_port(nodes, board):
    child = _board_process(board)
    assert nodes.stop_node("v1").how == "asked"
    assert not child.is_running()
    with pytest.raises(NodeNotRunning):
        nodes.services("v1")
    assert nodes.start_node("v1").node.listener == board.listener
    assert nodes.send_message("/node/v1/service/echo", HELLO) == HELLO


def test_a_board_that_restarts_or_is_started_again_has_its_hops_again(nodes, board):
    nodes.start_hop("v1", "h1")
    process = _board_process(board)
    process.kill()
    process.wait(PATIENCE_S)
    while "h1" not in _workers(nodes):  # which the board has only when it was told again
        pass
    nodes.stop_node("v1")
    nodes.start_node("v1")
    assert nodes.send_message("/node/v1/service/h1/service/uppercase", HELLO) == b"\x05HELLO"


def test_a_deleted_board_takes_its_file_system_with_it(nodes, board, home):
    assert (home / "boards" / "v1").is_dir()
    nodes.delete_node("v1")
    assert not (home / "boards" / "v1").exists()
    assert nodes.list_nodes() == []


@pytest.fixture
def cable(tmp_path):
    """A board behind a serial port of this machine: the process that ends when it is unplugged, and the port's path."""
    command = [sys.executable, "-m", "uockam_host.device.virtual", str(tmp_path / "board")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield process, process.stdout.readline().strip()
        process.terminate()


def test_a_board_at_a_port_is_a_node_and_one_that_is_unplugged_is_down_with_the_reason(nodes, cable):
    process, port = cable
    made = nodes.create_node("p1", port=port)
    assert (made.kind, made.port, made.up) == ("serial", port, True)
    assert nodes.send_message("/node/p1/service/uppercase", HELLO) == b"\x05HELLO"

    process.terminate()
    process.wait()
    while nodes.list_nodes()[0].up:
        pass
    (found,) = nodes.list_nodes()
    assert (found.up, found.pid) == (False, made.pid)
    assert found.reason
    with pytest.raises(MessageError, match="The board cannot be reached") as caught:
        nodes.send_message("/node/p1/service/echo", HELLO, timeout_ms=600_000)
    assert caught.value.remedy
    for ask in (nodes.workers, nodes.services, nodes.start_hop):
        with pytest.raises(ApiError, match="The board cannot be reached"):
            ask("p1")
    details = nodes.show_node("p1")
    assert (details.node.up, details.services) == (False, [])
    assert nodes.stop_node("p1").how == "asked"


def test_a_killed_process_takes_its_board_with_it(nodes, board):
    child = _board_process(board)
    os.kill(board.pid, signal.SIGKILL)
    child.wait(PATIENCE_S)
    assert running.find("v1") is None
    nodes.start_node("v1")
    assert nodes.send_message("/node/v1/service/echo", HELLO) == HELLO


def test_a_port_that_is_not_there_is_named_and_nothing_is_made(nodes):
    with pytest.raises(SpawnError, match="There is no serial port /dev/ttyNOPE") as caught:
        nodes.create_node("p1", port="/dev/ttyNOPE")
    assert caught.value.remedy
    assert nodes.list_nodes() == []
