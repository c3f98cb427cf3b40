"""Values as lines of text."""

import click

from uockam_host.cli import views
from uockam_host.node.info import NodeDetails, NodeInfo, ServiceInfo, TransportInfo

UP = NodeInfo("n1", False, "host", True, pid=7)
PULLED = NodeInfo("pico1", True, "serial", False, "the cable\x1b was pulled", pid=8, port="/dev/ttyACM0")


def plain(lines: list[str]) -> list[str]:
    return [click.unstyle(line) for line in lines]


def test_a_node_that_is_not_the_default_has_an_empty_mark():
    assert plain(views.node_item(UP)) == ["Node n1  UP", "Process id 7"]


def test_a_node_that_is_down_says_why():
    assert plain(views.node_item(PULLED)) == ["Node pico1 (default) DOWN", "the cable? was pulled"]


def test_a_board_shows_where_it_is():
    assert views.node_lines(NodeDetails(PULLED, "/node/pico1", "")) == [
        "pico1 (default):",
        "  The node is DOWN: the cable? was pulled",
        "  With route /node/pico1",
        "  Board at /dev/ttyACM0",
    ]


def test_a_virtual_board_says_that_it_is_one():
    node = NodeInfo("v1", False, "virtual", True, pid=7, board="virtual")
    assert views.node_lines(NodeDetails(node, "/node/v1", ""))[-1] == "  Virtual board"


def test_services_and_workers_of_others_cannot_steer_a_terminal():
    assert views.worker_item("a\x1b[2J") == ["Worker a?[2J"]
    assert views.service_item(ServiceInfo("a\x07", "b")) == ["Service a?", "Address /service/a?"]


def test_a_connection_shows_only_what_it_has():
    connection = TransportInfo("tcp", "outgoing", "127.0.0.1:4000", "0a", "<none>", "f1")
    assert views.transport_lines(connection) == [
        "TCP, Outgoing at 127.0.0.1:4000:",
        "  Worker 0a",
        "  Flow control f1",
    ]
