"""Nodes as background processes: made, listed, shown, stopped, started, deleted."""

import json
import re
import subprocess
import sys
from contextlib import suppress

import psutil
import pytest

from uockam_host.errors import (
    ApiError,
    InvalidArgument,
    NodeExists,
    NoDefaultNode,
    NodeNotFound,
    NodeNotRunning,
    SpawnError,
)
from uockam_host.node import logs

from ...lib.patience import PATIENCE_S

HELLO = b"\x05hello"


def test_a_node_that_was_made_answers_at_once(nodes):
    made = nodes.create_node("n1")
    assert (made.name, made.is_default, made.kind, made.up) == ("n1", True, "host", True)
    assert nodes.send_message("/node/n1/service/uppercase", HELLO) == b"\x05HELLO"
    assert nodes.list_nodes() == [made]


def test_its_process_is_nobodys_child_in_a_session_of_its_own_and_holds_no_folder(nodes, home):
    process = psutil.Process(nodes.create_node("n1").pid)
    assert process.cwd() == str(home)
    assert process.terminal() is None
    assert {item.path for item in process.open_files()} >= {str(home / "nodes" / "n1" / "process")}


def test_a_node_without_a_name_gets_one_of_two_words(nodes):
    first, second = nodes.create_node().name, nodes.create_node().name
    assert first != second
    assert all(len(name.split("-")) == 2 for name in (first, second))


def test_a_second_node_of_the_same_name_is_refused_and_the_first_goes_on(nodes):
    made = nodes.create_node("n1")
    with pytest.raises(NodeExists, match="A node named n1 already exists"):
        nodes.create_node("/node/n1", listener="127.0.0.1:0")
    assert nodes.list_nodes() == [made]


def test_a_stopped_node_is_made_again_with_the_new_settings(nodes):
    nodes.create_node("n1")
    nodes.start_hop("n1", "h1")
    nodes.stop_node("n1")
    nodes.create_node("n1")
    assert [item.address for item in nodes.services("n1")] == ["uppercase", "echo"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"name": "bad!name"}, "Invalid value for NAME"),
        ({"name": "a" * 65}, "Invalid value for NAME"),
        ({"name": ".."}, "Invalid value for NAME"),
        ({"listener": "nonsense"}, "Expected 'hostname:port'"),
        ({"listener": "127.0.0.1:70000"}, "Invalid port number 70000"),
        ({"board": "arduino"}, "no board named arduino"),
        ({"board": "virtual", "port": "/dev/ttyACM0"}, "not both"),
    ],
)
def test_settings_that_cannot_be_are_refused_before_anything_is_made(nodes, arguments, words):
    with pytest.raises(InvalidArgument, match=words) as caught:
        nodes.create_node(**arguments)
    assert caught.value.remedy
    assert nodes.list_nodes() == []


def test_a_port_that_is_taken_is_named_at_once_and_nothing_stays(nodes, home):
    taken = nodes.show_node(nodes.create_node("n1").name).transports[0].socket
    with pytest.raises(SpawnError, match=f"(?i)cannot listen at {taken}.*in use") as caught:
        nodes.create_node("n2", listener=taken)
    assert "another port" in caught.value.remedy
    assert [node.name for node in nodes.list_nodes()] == ["n1"]
    assert sorted(path.name for path in (home / "nodes").iterdir()) == ["n1"]


def test_a_failed_new_start_leaves_the_stopped_node_as_it_was(nodes):
    taken = nodes.create_node("n1").listener
    port = nodes.create_node("n2").listener
    nodes.start_hop("n2", "h1")
    nodes.stop_node("n2")
    with pytest.raises(SpawnError):
        nodes.create_node("n2", listener=taken)
    assert nodes.start_node("n2").node.listener == port
    assert "h1" in [item.address for item in nodes.services("n2")]


def test_a_process_that_dies_at_its_start_is_reported_with_its_own_words(nodes, monkeypatch, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import os, sys; sys.stderr.write('no such luck\\n'); os._exit(3)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(SpawnError, match=r"ended at its start: no such luck") as caught:
        nodes.create_node("n1")
    assert "crash.log" in caught.value.remedy


def test_a_stopped_node_starts_with_its_port_listeners_hops_and_connections(nodes):
    other = nodes.create_node("n2").listener
    made = nodes.create_node("n1")
    extra = nodes.create_tcp("listener", "127.0.0.1:0", "n1")
    nodes.start_hop("n1", "h1")
    nodes.create_tcp("connection", other, "n1")
    nodes.stop_node("n1")
    assert [node.up for node in nodes.list_nodes()] == [True, False]

    started = nodes.start_node("n1")
    assert not started.was_running
    assert started.node.listener == made.listener
    assert [item.socket for item in nodes.list_tcp("listener", "n1")] == [made.listener, extra.socket]
    assert other in [item.socket for item in nodes.list_tcp("connection", "n1")]
    assert nodes.send_message("/node/n1/service/h1/service/echo", HELLO) == HELLO


def test_starting_a_running_node_changes_nothing(nodes):
    made = nodes.create_node("n1")
    started = nodes.start_node()
    assert started.was_running
    assert started.node == made


def await_end(pid):
    """The last that the system does with a process comes after it let go of the lock."""
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(PATIENCE_S)


def test_stopping_ends_the_process_and_keeps_the_state(nodes):
    made = nodes.create_node("n1")
    stopped = nodes.stop_node("n1")
    assert (stopped.was_running, stopped.how) == (True, "asked")
    await_end(made.pid)
    (found,) = nodes.list_nodes()
    assert (found.up, found.pid, found.reason) == (False, None, "No process running")


@pytest.fixture
def careless_parent(nodes):
    """The id of a process of node n1, and its parent, which lives on and never collects the ends of its children."""
    program = "from uockam_host.node import control; print(control.create_node('n1').pid, flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        yield int(parent.stdout.readline())
        parent.communicate(b"\n")


def test_a_process_that_nobody_collects_is_taken_for_ended(nodes, careless_parent):
    assert nodes.stop_node("n1").how == "asked"
    assert psutil.pid_exists(careless_parent)


def test_stopping_a_stopped_node_is_no_error(nodes):
    nodes.create_node("n1")
    nodes.stop_node("n1")
    assert nodes.stop_node("n1").was_running is False


def test_deleting_takes_the_process_the_record_and_the_files(nodes, home):
    pid = nodes.create_node("n1").pid
    assert nodes.delete_node("n1") == "n1"
    assert nodes.list_nodes() == []
    assert list((home / "nodes").iterdir()) == []
    await_end(pid)
    with pytest.raises(NodeNotFound):
        nodes.delete_node("n1")


def test_all_nodes_are_deleted_running_or_not(nodes):
    for name in ("n1", "n2", "n3"):
        nodes.create_node(name)
    nodes.stop_node("n2")
    assert [(result.name, result.error) for result in nodes.delete_all()] == [("n1", ""), ("n2", ""), ("n3", "")]
    assert nodes.list_nodes() == []


def test_the_default_node_is_used_when_none_is_named_and_can_be_changed(nodes):
    with pytest.raises(NoDefaultNode):
        nodes.get_default()
    nodes.create_node("n1")
    nodes.create_node("n2")
    assert nodes.get_default() == "n1"
    assert nodes.show_node().node.name == "n1"
    assert nodes.set_default("n2") is True
    assert nodes.set_default("n2") is False
    assert nodes.delete_node() == "n2"
    assert nodes.get_default() == "n1"


@pytest.mark.parametrize(
    "ask",
    [
        lambda nodes: nodes.show_node("n11"),
        lambda nodes: nodes.start_node("n11"),
        lambda nodes: nodes.stop_node("n11"),
        lambda nodes: nodes.delete_node("n11"),
        lambda nodes: nodes.set_default("n11"),
        lambda nodes: nodes.node_logs("n11"),
        lambda nodes: nodes.workers("n11"),
        lambda nodes: nodes.services("n11"),
        lambda nodes: nodes.send_message("/node/n11/service/echo", HELLO),
        lambda nodes: nodes.send_message("/service/echo", HELLO, from_node="n11"),
        lambda nodes: nodes.send_message("/node/n1/node/n11/service/echo", HELLO),
    ],
)
def test_an_unknown_node_is_named_with_one_that_is_near(nodes, ask):
    nodes.create_node("n1")
    with pytest.raises(NodeNotFound, match="Unable to find node named n11") as caught:
        ask(nodes)
    assert "`n1`" in caught.value.remedy


@pytest.mark.parametrize(
    "ask",
    [
        lambda nodes: nodes.workers("n1"),
        lambda nodes: nodes.services("n1"),
        lambda nodes: nodes.start_hop("n1"),
        lambda nodes: nodes.list_tcp("listener", "n1"),
        lambda nodes: nodes.send_message("/node/n1/service/echo", HELLO),
        lambda nodes: nodes.send_message("/node/n2/node/n1/service/echo", HELLO),
    ],
)
def test_a_node_that_is_down_is_said_to_be_not_running_with_the_command_that_helps(nodes, ask):
    nodes.create_node("n1")
    nodes.create_node("n2")
    nodes.stop_node("n1")
    with pytest.raises(NodeNotRunning, match="The node 'n1' is not running") as caught:
        ask(nodes)
    assert "uockam node start n1" in caught.value.remedy


def test_a_node_shows_its_routes_transports_and_services(nodes):
    made = nodes.create_node("n1")
    nodes.start_hop("n1", "h1")
    details = nodes.show_node("n1")
    assert details.node == made
    assert details.route_short == "/node/n1"
    assert details.route_verbose == f"/dnsaddr/localhost/tcp/{made.listener.rpartition(':')[2]}"
    assert [(item.kind, item.mode, item.socket) for item in details.transports] == [("tcp", "listening", made.listener)]
    assert [(item.address, item.kind) for item in details.services] == [
        ("uppercase", "uppercase"),
        ("echo", "echo"),
        ("h1", "hop"),
    ]
    assert json.dumps(details.to_dict())


def test_the_route_that_a_node_shows_leads_to_it(nodes):
    nodes.create_node("n1")
    assert nodes.send_message(nodes.show_node("n1").route_verbose + "/service/uppercase", HELLO) == b"\x05HELLO"


def test_a_stopped_node_shows_its_name_and_nothing_that_runs(nodes):
    nodes.create_node("n1")
    nodes.stop_node("n1")
    details = nodes.show_node("n1")
    assert (details.node.up, details.route_short, details.transports, details.services) == (False, "/node/n1", [], [])


def test_the_workers_of_a_node_are_those_that_its_router_knows(nodes):
    nodes.create_node("n1")
    assert {"echo", "uppercase", "_internal.nodemanager"} <= set(nodes.workers("n1"))


def test_an_address_that_is_taken_cannot_be_a_hop(nodes):
    nodes.create_node("n1")
    assert nodes.start_hop("n1") == "hop"
    with pytest.raises(ApiError, match=r"(?i)hop service already exists at 0#hop"):
        nodes.start_hop("n1")


def test_the_log_of_a_node_says_in_the_pages_manner_what_it_did(nodes):
    nodes.create_node("n1")
    nodes.stop_node("n1")
    path = nodes.node_logs("n1")
    lines = path.read_text().splitlines()
    shape = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z (?:ERROR| WARN| INFO|DEBUG) [a-z_.]+: \S.*"
    assert path == logs.log_file("n1")
    assert all(re.fullmatch(shape, line) for line in lines)
    assert any("Initializing worker '0#echo' with access control in:AllowAll" in line for line in lines)
    assert "Node stopped" in lines[-1]
