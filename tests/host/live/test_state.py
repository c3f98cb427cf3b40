"""What a board in use tells of itself, its log, and restarting it: on a real virtual board, by the real commands."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from uockam_host.device import describe, logs, restart
from uockam_host.device.live import STATE, Place, Watching, of_node
from uockam_host.errors import ApiError, HostError
from uockam_host.node import control

UOCKAM = Path(sys.executable).with_name("uockam")


def uockam(*arguments):
    done = subprocess.run([UOCKAM, "device", *arguments], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def test_info_tells_what_the_board_is_and_how_it_does(board):
    found = describe.describe(of_node(board))
    assert found["node"] == board
    assert {"machine", "micropython", "uockam", "uptime_s", "reset_cause", "crash"} <= found.keys()
    assert 0 < found["free_bytes"] < found["heap_bytes"]
    assert 0 < found["storage_free_bytes"] <= found["storage_bytes"]
    code, text, _ = uockam("info", "--at", board)
    assert code == 0
    assert f"MicroPython {found['micropython']}" in text
    assert "Board: Virtual board\n" in text
    assert json.loads(uockam("info", "--output", "json")[1]).keys() == found.keys()


def test_a_reset_restarts_the_board_and_the_node_comes_back(board):
    with Watching(board) as watching:
        watching.next(30_000)
        assert uockam("reset", "--at", board)[0] == 0
        seen = [b"-"]
        while seen[-1] != b"" or len(seen) < 3:
            kind, data = watching.next(30_000)
            seen += [data] if kind == STATE else []
    assert control.send_message(f"/node/{board}/service/uppercase", b"\x01a") == b"\x01A"


def test_settings_are_changed_over_the_node_which_answers_with_them_when_the_command_is_done(board):
    code, text, error = uockam("config", "set", "services", "info,led", "--at", board)
    assert (code, text) == (0, "     \u2714\ufe0e The setting 'services' of the board of v1 is changed\n"), error
    assert control.send_message(f"/node/{board}/service/led", b"\x03get") == b"\x03off"
    assert uockam("config", "get", "services")[1] == '["info", "led"]\n'
    assert "was so already" in uockam("config", "set", "services", "info,led")[1]


def test_a_board_without_a_boot_loader_says_so(board):
    with pytest.raises(ApiError, match="no boot loader"):
        restart.restart(Place(board), True)


def test_logs_are_read_and_followed(board, tmp_path):
    (tmp_path / "app.py").write_text("print('printed by a program')\n")
    assert uockam("run", str(tmp_path / "app.py"))[:2] == (0, "printed by a program\n")
    route = f"/node/{board}/service/log"
    assert "printed by a program" in logs.read(route)
    assert "printed by a program" in uockam("logs", "--at", board)[1].splitlines()
    assert "printed by a program" in logs.follow(route)
    assert "printed by a program" in json.loads(uockam("logs", "--output", "json")[1])
    with pytest.raises(HostError, match=r"no lines of a log|sent"):
        list(logs.follow(f"/node/{board}/service/echo"))


def test_the_commands_for_files_print_what_they_did(board, tmp_path):
    (tmp_path / "a.txt").write_text("text\n")
    assert uockam("files", "put", str(tmp_path / "a.txt"))[1] == "     \u2714\ufe0e /a.txt (5 bytes)\n"
    assert "unchanged" in uockam("files", "put", str(tmp_path / "a.txt"))[1]
    assert uockam("files", "get", "/a.txt", "-")[1] == "text\n"
    assert "a.txt" in uockam("files", "ls")[1]
    assert {"path": "/a.txt", "name": "a.txt", "is_folder": False, "size": 5} in json.loads(
        uockam("files", "tree", "--output", "json")[1]
    )
    assert uockam("files", "rm", "/a.txt")[0] == 0
    code, _, error = uockam("files", "get", "/a.txt")
    assert (code, "There is no /a.txt on the board" in error) == (70, True)


def test_a_program_that_fails_ends_the_command_with_its_reason(board, tmp_path):
    (tmp_path / "bad.py").write_text("raise ValueError('no sensor')\n")
    code, text, error = uockam("run", str(tmp_path / "bad.py"))
    assert (code, "ValueError: no sensor" in text) == (70, True)
    assert "The program bad.py failed: ValueError: no sensor" in error
