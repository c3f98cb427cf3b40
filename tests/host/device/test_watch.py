"""What comes and goes: changes between two looks, and the command that prints them."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from uockam_host.cli.app import run
from uockam_host.device.discover import MICROPYTHON, UNKNOWN
from uockam_host.device.sources import Sources
from uockam_host.device.watch import CHANGED, PLUGGED_IN, UNPLUGGED, Watch
from uockam_host.node import control

from .plugged import PICO, Terminal, board, impatient, seen, usb_port

__all__ = ["impatient"]

UOCKAM = str(Path(sys.executable).with_name("uockam"))


@pytest.fixture
def terminal(impatient):
    bare = Terminal()
    yield bare
    bare.close()


class Computer:
    """Sources that change."""

    def __init__(self) -> None:
        self.found = []
        self.users = []

    def watch(self) -> Watch:
        sources = Sources(
            lambda: self.found, lambda: (), lambda: (), lambda: (), lambda port: self.users, {}.__getitem__
        )
        return Watch(sources)


def test_boards_come_change_and_go(terminal):
    computer = Computer()
    watch = computer.watch()
    assert watch.look() == []
    computer.found = [usb_port(terminal.port, "1199:a001")]
    (change,) = watch.look()
    assert (change.kind, change.device.port, change.device.state) == (PLUGGED_IN, terminal.port, UNKNOWN)
    assert watch.look() == []
    computer.users = [(7, "minicom")]
    (change,) = watch.look()
    assert (change.kind, change.device.detail) == (CHANGED, "minicom (process 7) has it")
    computer.found = []
    (change,) = watch.look()
    assert (change.kind, change.device.detail) == (UNPLUGGED, "minicom (process 7) has it")
    assert watch.devices == []


def test_a_board_is_asked_once(terminal):
    computer = Computer()
    watch = computer.watch()
    computer.found = [usb_port(terminal.port, PICO)]
    assert [change.kind for change in watch.look()] == [PLUGGED_IN]
    assert terminal.written()
    assert watch.look() == []
    assert terminal.written() == b""


def test_what_a_board_answered_is_kept(tmp_path):
    computer = Computer()
    watch = computer.watch()
    with board(tmp_path / "b", blank=True) as port:
        computer.found = [usb_port(port, PICO)]
        (change,) = watch.look()
        assert watch.look() == []
    assert change.device.state == MICROPYTHON
    assert watch.devices == [change.device]
    assert change.to_dict()["change"] == PLUGGED_IN


@pytest.fixture
def one_board(home):
    control.create_node("v1", board="virtual")
    yield control
    control.reset()


def test_list_shows_a_board_with_its_node(one_board, capsys):
    assert run(["device", "list", "--output", "plain"]) == 0
    shown = capsys.readouterr().out
    assert "│       Devices       │" in shown
    assert "/boards/v1/tty: uockam\n     │ Virtual board\n     │ Node v1, uockam 0.1.0, MicroPython 1." in shown


def test_list_in_json(one_board, capsys):
    assert run(["device", "list", "--output", "json"]) == 0
    (item,) = json.loads(capsys.readouterr().out)
    assert (item["node"], item["state"], item["board"], item["virtual"]) == ("v1", "uockam", "UNIX", True)


def test_an_empty_list_says_what_to_do(monkeypatch, home, capsys):
    monkeypatch.setattr("uockam_host.device.discover.system", seen)
    assert run(["device", "list"]) == 0
    out, err = capsys.readouterr()
    assert "No board is plugged in" in out
    assert "uockam device doctor" in err


def test_watch_prints_each_change_on_a_line_of_json_and_ends_cleanly_on_ctrl_c(one_board):
    command = [UOCKAM, "device", "list", "--watch", "--output", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        first = json.loads(process.stdout.readline())
        control.stop_node("v1")
        second = json.loads(process.stdout.readline())
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert (first["change"], first["node"]) == ("plugged in", "v1")
    assert (second["change"], second["port"]) in (("unplugged", first["port"]), ("changed", first["port"]))
    assert process.returncode == 0
    assert "Traceback" not in errors
