"""The process of a node: in the foreground, and what it is like."""

import re
import signal
import subprocess
import sys

import psutil
import pytest

from uockam_host.errors import NodeExists
from uockam_host.node import logs, running

HELLO = b"\x05hello"
_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z (?:ERROR| WARN| INFO|DEBUG) [a-z_.]+: \S.*")
_FOREGROUND = """
import sys
from uockam_host.errors import HostError
from uockam_host.node import control, daemon
try:
    name = control.create_foreground("n2", listener=sys.argv[1], verbose=True)
    code = daemon.run(name, foreground=True, verbose=sys.argv[2] == "verbose")
    print("returned", code)
except HostError as error:
    print("error:", error)
"""


class _Foreground:
    def __init__(self, listener="127.0.0.1:0", verbose="verbose"):
        command = [sys.executable, "-c", _FOREGROUND, listener, verbose]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = []

    def read_until(self, words):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if words in line:
                return
        raise AssertionError(f"never said {words}: {self.lines} {self.process.stderr.read()}")

    def end(self):
        output, errors = self.process.communicate()
        return [*self.lines, *output.splitlines()], errors, self.process.returncode


@pytest.fixture
def foreground(nodes):
    """Starts nodes in the foreground of processes, which end with the test."""
    started = []

    def start(**settings):
        started.append(_Foreground(**settings))
        return started[-1]

    yield start
    for node in started:
        with node.process:
            node.process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_node_in_the_foreground_logs_until_a_signal_stops_it_and_keeps_its_state(nodes, foreground, number):
    node = foreground()
    node.read_until("Node is up")
    assert nodes.send_message("/node/n2/service/uppercase", HELLO) == b"\x05HELLO"
    (found,) = nodes.list_nodes()
    assert (found.pid, found.up) == (node.process.pid, True)
    node.process.send_signal(number)
    lines, errors, code = node.end()
    assert (errors, code, lines[-1]) == ("", 0, "returned 0")
    assert all(_LINE.fullmatch(line) for line in lines[:-1])
    assert any("Initializing worker '0#uppercase' with access control in:AllowAll" in line for line in lines)
    assert [node.up for node in nodes.list_nodes()] == [False]
    assert nodes.start_node("n2").node.listener == found.listener


def test_without_verbose_only_warnings_are_on_the_terminal_and_the_file_has_all(nodes, foreground):
    node = foreground(verbose="quiet")
    while not any(found.up for found in nodes.list_nodes()):
        assert node.process.poll() is None
    nodes.stop_node("n2")
    assert node.end() == (["returned 0"], "", 0)
    assert "Initializing worker" in logs.log_file("n2").read_text()


def test_a_foreground_node_that_cannot_start_says_why_and_is_forgotten(nodes, foreground):
    taken = nodes.create_node("n1").listener
    lines, errors, _ = foreground(listener=taken).end()
    assert errors == ""
    assert re.fullmatch(f"error: Cannot listen at {taken}: .*in use", lines[-1])
    assert [node.name for node in nodes.list_nodes()] == ["n1"]


def test_a_foreground_node_of_a_name_that_runs_is_refused(nodes, foreground):
    nodes.create_node("n2")
    lines, _, _ = foreground().end()
    assert lines == ["error: A node named n2 already exists"]


def test_a_node_in_the_foreground_cannot_be_made_again_but_can_be_deleted(nodes, foreground):
    node = foreground()
    node.read_until("Node is up")
    with pytest.raises(NodeExists):
        nodes.create_node("n2")
    nodes.delete_node("n2")
    assert node.end()[0][-1] == "returned 0"
    assert nodes.list_nodes() == []


def test_the_process_of_an_unknown_node_says_so_and_ends(home):
    done = subprocess.run(
        [sys.executable, "-m", "uockam_host.node.daemon", "n9"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "Unable to find node named n9" in done.stdout
    assert done.stderr == ""
    assert running.find("n9") is None


def test_an_idle_node_uses_less_than_35_megabytes(nodes):
    pid = nodes.create_node("n1").pid
    nodes.send_message("/node/n1/service/echo", HELLO)
    assert psutil.Process(pid).memory_info().rss < 35_000_000


def test_the_log_files_of_a_node_are_bounded(nodes, monkeypatch, home):
    import logging

    monkeypatch.setattr(logs, "_MAX_BYTES", 1000)
    (home / "nodes" / "n1").mkdir(parents=True)
    handler = logs.file_handler(logs.log_file("n1"), logs._MAX_BYTES)
    try:
        for number in range(500):
            handler.emit(logging.LogRecord("x", logging.INFO, "", 0, f"line {number:050}", None, None))
    finally:
        handler.close()
    files = sorted((home / "nodes" / "n1").iterdir())
    assert [file.name for file in files] == ["node.log", "node.log.1", "node.log.2", "node.log.3", "node.log.4"]
    assert all(file.stat().st_size <= 1000 for file in files)


def test_sending_a_message_needs_no_event_loop_and_no_process_library():
    code = "import sys; from uockam_host.node import control; import uockam_host.node.routes; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    slow = {"asyncio", "psutil", "sqlite3", "logging", "subprocess", "rich", "serialx", "dataclasses"}
    assert slow & set(done.stdout.split()) == set()
