"""What happens to nodes when things go wrong: races, killed processes, reused ids, full disks, broken files."""

import errno
import os
import resource
import signal
import socket
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest

from uockam_host.errors import (
    ApiError,
    HostError,
    NodeExists,
    NodeNotFound,
    NodeNotRunning,
    SpawnError,
    StateError,
    StopError,
)
from uockam_host.node import running
from uockam_host.state.database import Database
from uockam_host.state.nodes import Nodes

from ...lib.patience import PATIENCE_S

HELLO = b"\x05hello"


def _outcome(function, *arguments):
    try:
        return function(*arguments)
    except HostError as error:
        return error


def _at_once(*calls):
    with ThreadPoolExecutor(len(calls)) as pool:
        waiting = [pool.submit(_outcome, *call) for call in calls]
        return [one.result() for one in waiting]


def _kill(pid):
    os.kill(pid, signal.SIGKILL)
    psutil.Process(pid).wait()


def test_of_many_creates_of_one_name_one_makes_it_and_the_others_are_told(nodes):
    outcomes = _at_once(*[(nodes.create_node, "n1")] * 4)
    made = [one for one in outcomes if not isinstance(one, HostError)]
    refused = [one for one in outcomes if isinstance(one, NodeExists)]
    assert (len(made), len(refused)) == (1, 3)
    assert nodes.list_nodes() == made


def test_creates_of_many_names_at_once_all_work(nodes):
    outcomes = _at_once(*[(nodes.create_node, f"n{number}") for number in range(4)])
    assert sorted(node.name for node in outcomes) == ["n0", "n1", "n2", "n3"]
    assert [node.up for node in nodes.list_nodes()] == [True] * 4


def test_a_create_and_a_delete_at_once_leave_a_node_or_none_but_never_half_of_one(nodes, home):
    for _ in range(3):
        _at_once((nodes.create_node, "n1"), (nodes.delete_node, "n1"))
        if nodes.list_nodes():
            assert nodes.send_message("/node/n1/service/echo", HELLO) == HELLO
            nodes.delete_node("n1")
        assert running.find("n1") is None
        assert list((home / "nodes").iterdir()) == []


def test_starts_and_stops_at_once_end_in_one_of_the_two_states(nodes):
    nodes.create_node("n1")
    outcomes = _at_once(*[(nodes.stop_node, "n1"), (nodes.start_node, "n1")] * 2)
    assert not [one for one in outcomes if isinstance(one, HostError)]
    (node,) = nodes.list_nodes()
    assert node.up == (running.find("n1") is not None)


def test_a_killed_node_is_down_and_starts_again_at_its_port(nodes):
    made = nodes.create_node("n1")
    _kill(made.pid)
    (found,) = nodes.list_nodes()
    assert (found.up, found.pid, found.reason) == (False, None, "No process running")
    with pytest.raises(NodeNotRunning, match="The node 'n1' is not running"):
        nodes.send_message("/node/n1/service/echo", HELLO)
    assert nodes.stop_node("n1").was_running is False
    assert nodes.start_node("n1").node.listener == made.listener
    assert nodes.send_message("/node/n1/service/echo", HELLO) == HELLO


def test_a_killed_node_can_be_made_again_or_deleted(nodes):
    _kill(nodes.create_node("n1").pid)
    _kill(nodes.create_node("n1").pid)
    nodes.delete_node("n1")
    assert nodes.list_nodes() == []


@pytest.fixture
def bystander():
    """A process that has nothing to do with us."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        assert process.poll() is None
        process.communicate(b"\n")


def test_a_process_that_got_the_id_of_a_killed_node_is_never_touched(nodes, bystander):
    _kill(nodes.create_node("n1").pid)
    running.process_file("n1").write_text(f"{bystander.pid}\nunix:/nowhere\n")
    assert nodes.list_nodes()[0].up is False
    assert nodes.stop_node("n1").was_running is False
    nodes.start_node("n1")
    _kill(running.find("n1").pid)
    running.process_file("n1").write_text(f"{bystander.pid}\nunix:/nowhere\n")
    nodes.delete_node("n1")
    assert nodes.reset().stopped_pids == []


def test_a_node_that_hangs_is_down_with_the_reason_and_is_killed_at_last(nodes, monkeypatch):
    monkeypatch.setattr("uockam_host.node.asking._STATUS_TIMEOUT_MS", 50)
    monkeypatch.setattr("uockam_host.node.lifecycle._STOP_ANSWER_MS", 50)
    monkeypatch.setattr("uockam_host.node.processes.GRACE_S", 1.0)
    made = nodes.create_node("n1")
    os.kill(made.pid, signal.SIGSTOP)
    (found,) = nodes.list_nodes()
    assert (found.up, found.pid) == (False, made.pid)
    assert "No reply" in found.reason
    assert nodes.show_node("n1").node == found
    assert nodes.stop_node("n1").how == "killed"
    assert running.find("n1") is None


def test_a_node_that_lost_its_socket_is_terminated(nodes, home):
    nodes.create_node("n1")
    (home / "nodes" / "n1" / "manage").unlink()
    assert "does not answer" in nodes.list_nodes()[0].reason
    assert nodes.stop_node("n1").how == "terminated"


def test_a_process_file_that_names_nobody_is_an_error_and_nobody_is_touched(nodes, bystander):
    made = nodes.create_node("n1")
    path = running.process_file("n1")
    content = path.read_text()
    path.write_text("nonsense")
    with pytest.raises(StateError, match="does not say which process"):
        nodes.stop_node("n1")
    assert "does not say which process" in nodes.list_nodes()[0].reason
    assert nodes.reset().failures
    path.write_text(content)
    assert nodes.send_message("/node/n1/service/echo", HELLO) == HELLO
    assert psutil.pid_exists(made.pid)


def test_a_broken_entry_is_down_with_the_reason_and_can_be_deleted(nodes):
    nodes.create_node("n1")
    nodes.create_node("n2")
    nodes.stop_node("n1")
    with Database() as database, database.writing() as connection:
        connection.execute("UPDATE node SET options = 'nonsense' WHERE name = 'n1'")
    broken, fine = nodes.list_nodes()
    assert (broken.up, fine.up) == (False, True)
    assert "settings of node 'n1' cannot be read" in broken.reason
    with pytest.raises(SpawnError, match="settings of node 'n1' cannot be read") as caught:
        nodes.start_node("n1")
    assert "uockam node delete n1" in caught.value.remedy
    nodes.delete_node("n1")
    assert [node.name for node in nodes.list_nodes()] == ["n2"]


@pytest.mark.parametrize(
    "options",
    [
        {"listeners": [5]},
        {"listeners": "x"},
        {"services": [["hop"]]},
        {"services": [["teapot", "t"]]},
        {"connections": 1},
        {"secure_channel_listeners": [["api", ""]]},
        {"secure_channel_listeners": [["api", "", 5]]},
        {"secure_channel_listeners": [["api", "", [5]]]},
    ],
)
def test_settings_that_make_no_sense_keep_the_node_from_starting_with_an_error(nodes, options):
    nodes.create_node("n1")
    nodes.stop_node("n1")
    with Database() as database:
        Nodes(database).set_options("n1", options)
    with pytest.raises(SpawnError, match=r"cannot be read|Invalid service type: teapot") as caught:
        nodes.start_node("n1")
    assert "uockam node delete n1" in caught.value.remedy


# -- the state file ---------------------------------------------------------------------------------------------------


def _newer(path):
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()


def _nonsense(path):
    path.write_bytes(b"nonsense, and more of it" * 100)


def _folder(path):
    path.unlink()
    path.mkdir()


_BREAK = pytest.mark.parametrize(
    ("spoil", "words"), [(_newer, "newer uockam"), (_nonsense, "not a state file"), (_folder, "cannot be opened")]
)


@_BREAK
def test_a_state_file_that_cannot_be_used_is_an_error_of_every_command_that_says_how_to_go_on(
    nodes, home, spoil, words
):
    nodes.create_node("n1")
    spoil(home / "state.sqlite3")
    for ask in (nodes.list_nodes, nodes.create_node, nodes.show_node, nodes.stop_node, nodes.delete_all):
        with pytest.raises(StateError, match=words) as caught:
            ask()
        assert caught.value.remedy


@_BREAK
def test_reset_works_whatever_the_state_file_is(nodes, home, spoil, words):
    pids = {nodes.create_node("n1").pid, nodes.create_node("n2").pid}
    spoil(home / "state.sqlite3")
    result = nodes.reset()
    assert (set(result.stopped_pids), result.failures) == (pids, [])
    assert not home.exists()
    assert nodes.list_nodes() == []


def test_a_running_node_can_be_sent_messages_while_the_state_file_is_broken(nodes, home):
    nodes.create_node("n1")
    _nonsense(home / "state.sqlite3")
    assert nodes.send_message("/node/n1/service/echo", HELLO) == HELLO


@pytest.mark.usefixtures("unprivileged")
def test_a_state_file_that_may_not_be_read_is_an_error_with_a_remedy(nodes, home):
    assert nodes.list_nodes() == []
    (home / "state.sqlite3").chmod(0)
    with pytest.raises(StateError, match="cannot be opened") as caught:
        nodes.list_nodes()
    assert "Make it writable" in caught.value.remedy


def test_reset_without_anything_to_reset_is_fine(nodes, home):
    assert nodes.reset().failures == []
    home.mkdir()
    assert nodes.reset().failures == []


def test_reset_leaves_what_it_did_not_make(nodes, home):
    nodes.create_node("n1")
    (home / "thesis.txt").write_text("years of work")
    assert nodes.reset().failures == []
    assert [path.name for path in home.iterdir()] == ["thesis.txt"]


def test_reset_does_not_follow_links(nodes, home, tmp_path):
    (tmp_path / "mine.txt").write_text("")
    home.mkdir()
    (home / "nodes").symlink_to(tmp_path)
    assert nodes.reset().failures == []
    assert (tmp_path / "mine.txt").exists()


# -- limits of the system ---------------------------------------------------------------------------------------------


_CREATE = """
import resource, sys
from uockam_host.errors import HostError
from uockam_host.node import control
resource.setrlimit(getattr(resource, sys.argv[1]), (int(sys.argv[2]),) * 2)
try:
    print(control.create_node("n2"))
except HostError as error:
    print("error:", error, "|", error.remedy)
"""


@pytest.mark.parametrize("size", [0, 4096, 12_000, 20_000])
def test_a_full_disk_fails_the_create_with_a_reason_and_leaves_no_half_of_a_node(nodes, size):
    nodes.create_node("n1")
    command = [sys.executable, "-c", _CREATE, "RLIMIT_FSIZE", str(size)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    if done.stdout.startswith("error:"):
        assert "Make room on the disk" in done.stdout
        assert [node.name for node in nodes.list_nodes()] == ["n1"]
        assert running.find("n2") is None
    else:
        assert size > 0
        assert nodes.send_message("/node/n2/service/echo", HELLO) == HELLO


def test_a_running_node_goes_on_when_the_disk_is_full_and_says_what_it_could_not_save(nodes):
    made = nodes.create_node("n1")
    resource.prlimit(made.pid, resource.RLIMIT_FSIZE, (0, 0))
    with pytest.raises(ApiError, match=r"It is done until the node stops, but could not be saved: .*the disk is full"):
        nodes.start_hop("n1", "h1")
    assert nodes.send_message("/node/n1/service/h1/service/uppercase", HELLO) == b"\x05HELLO"
    assert nodes.stop_node("n1").how == "asked"
    nodes.start_node("n1")
    assert "h1" not in nodes.workers("n1")


def test_a_file_system_without_locks_is_named_with_what_to_do(nodes, monkeypatch):
    def unsupported(file, *, wait):
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    with monkeypatch.context() as patch:
        patch.setattr("uockam_host.state.locks._lock", unsupported)
        with pytest.raises(StateError, match="cannot be locked: No locks available") as caught:
            nodes.create_node("n1")
    assert "local disk" in caught.value.remedy


def test_a_process_that_may_not_be_started_fails_the_create_with_the_systems_reason(nodes, monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(SpawnError, match="Cannot start the process of node 'n1': No such file"):
        nodes.create_node("n1")
    assert nodes.list_nodes() == []


_HANGS = """
import os, sys
if "uockam_host.node.daemon" in sys.orig_argv:
    with open(os.environ["STARTED"], "w") as started:
        started.write(str(os.getpid()))
    input_never_comes = os.pipe()
    os.read(input_never_comes[0], 1)
"""


def test_an_interrupted_create_takes_its_process_and_its_entry_with_it(nodes, home, tmp_path, monkeypatch):
    (tmp_path / "sitecustomize.py").write_text(_HANGS)
    os.mkfifo(tmp_path / "started")
    monkeypatch.setenv("STARTED", str(tmp_path / "started"))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, "-c", "from uockam_host.node import control; control.create_node('n1')"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as create:
        node = psutil.Process(int((tmp_path / "started").read_text()))
        create.send_signal(signal.SIGINT)
        assert "KeyboardInterrupt" in create.communicate()[1]
    assert not psutil.wait_procs([node], PATIENCE_S)[1]  # init may take its time to see that it ended
    assert nodes.list_nodes() == []
    assert list((home / "nodes").iterdir()) == []


def test_a_port_that_somebody_took_while_the_node_was_stopped_is_named(nodes):
    made = nodes.create_node("n1")
    nodes.stop_node("n1")
    host, _, port = made.listener.rpartition(":")
    with (
        socket.create_server((host, int(port))),
        pytest.raises(SpawnError, match=f"(?i)cannot listen at {made.listener}"),
    ):
        nodes.start_node("n1")
    assert nodes.start_node("n1").node.listener == made.listener


def test_a_process_of_somebody_else_is_not_ended(nodes, monkeypatch):
    made = nodes.create_node("n1")

    def denied(self):
        raise psutil.AccessDenied(made.pid)

    with monkeypatch.context() as patch:
        patch.setattr("uockam_host.node.lifecycle._ask_to_stop", lambda *_: False)
        patch.setattr(psutil.Process, "terminate", denied)
        with pytest.raises(StopError, match="permission denied"):
            nodes.stop_node("n1")
    with pytest.raises(NodeNotFound):
        nodes.stop_node("n2")
