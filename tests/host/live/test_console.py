"""The console of a board: at a real terminal, for several at once, and what leaving it does."""

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from uockam_host.device.live import STATE, TEXT, Watching, find_node, node_of
from uockam_host.errors import HostError, InvalidArgument, MessageError
from uockam_host.node import control

UOCKAM = Path(sys.executable).with_name("uockam")


class Screen:
    """`uockam device console` at a pseudo-terminal."""

    def __init__(self, *arguments):
        import pty

        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.execv(UOCKAM, [str(UOCKAM), "device", "console", *arguments])
        self.text = ""

    def until(self, part):
        while part not in self.text:
            self.text += os.read(self._terminal, 65536).decode()
        before, _, self.text = self.text.partition(part)
        return before

    def type(self, keys):
        os.write(self._terminal, keys.encode())

    def end(self):
        """The rest of what it shows, and its exit code."""
        try:
            while data := os.read(self._terminal, 65536):
                self.text += data.decode()
        except OSError:  # how Linux says that the other side of a terminal is closed
            pass
        os.close(self._terminal)
        return self.text, os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])


def until(watching, part):
    text = ""
    while part not in text:
        kind, data = watching.next(30_000)
        text += data.decode() if kind == TEXT else ""
    return text


def test_a_person_gets_the_prompt_and_leaves_the_node_running(board):
    screen = Screen("--at", board)
    screen.until("Ctrl-] leaves")
    screen.type("\x03")
    screen.until(">>> ")
    screen.type("print(6 * 7)\r")
    screen.until("\n42\r\n>>> ")
    screen.type("while True: pass\r\r")
    screen.until("...")
    screen.type("\x03")
    screen.until("KeyboardInterrupt")
    screen.type("x\x1d")
    text, code = screen.end()
    assert code == 0, text
    assert f"the board's node {board} runs" in text
    assert control.send_message(f"/node/{board}/service/uppercase", b"\x01a") == b"\x01A"


def test_nothing_is_said_beside_the_prompt(board):
    screen = Screen("--at", board)
    screen.until("Ctrl-] leaves")
    screen.type("\x03")
    screen.until(">>> ")
    screen.type("print(6 * 7)\r")
    assert "at its prompt" not in screen.until("42")
    screen.type("\x1d")
    assert "the board's node v1 runs" in screen.end()[0]


def test_two_consoles_see_the_same_and_the_node_waits_for_the_last_one_who_typed(board):
    with Watching(board) as one, Watching(board) as two:
        assert one.next(30_000) == two.next(30_000) == (STATE, b"")
        one.type(b"\x03")
        assert "interrupted" in until(one, ">>> ")
        assert "interrupted" in until(two, ">>> ")
        two.type(b"print('from ' + 'two')\r")
        assert "from two" in until(one, "from two\n>>> ")
        until(two, "from two\n>>> ")
        assert b"at its prompt" in one.farewell()
        assert not control.list_nodes()[0].up
        assert two.farewell() == b""
        assert control.list_nodes()[0].up


def test_a_console_that_is_killed_at_the_prompt_gives_the_board_back(board):
    with Watching(board) as other:
        with Watching(board) as killed:
            killed.type(b"\x03")
            until(other, ">>> ")
        kinds = [(STATE, b"")]
        while kinds[-1] != (STATE, b"") or len(kinds) < 3:
            kinds.append(other.next(30_000))
    assert control.send_message(f"/node/{board}/service/uppercase", b"\x01a") == b"\x01A"


def test_who_starts_the_node_from_the_prompt_has_it_back_at_once(board):
    with Watching(board) as watching:
        watching.type(b"\x03")
        until(watching, ">>> ")
        watching.type(b"\x04")
        until(watching, "soft reboot")
        while watching.next(30_000) != (STATE, b""):
            pass
        assert watching.farewell() == b""


def test_in_a_pipe_it_prints_what_the_board_prints(board):
    command = [UOCKAM, "device", "console"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        with Watching(board) as watching:
            text = b""
            while b"soft reboot" not in text:  # until it watches, too
                watching.type(b"\x03\x04")
                if select.select([process.stdout], [], [], 0.1)[0]:
                    text += process.stdout.read1()
        process.terminate()


def test_strangers_get_no_console(board):
    with pytest.raises(MessageError, match="There is no worker at '_console'"):
        control.send_message(control.show_node(board).route_verbose + "/service/_console", b"w")


def test_what_is_no_message_for_a_console_is_refused(board):
    with pytest.raises(MessageError, match="a message for a console that is none"):
        control.send_message(f"/node/{board}/service/_console", b"?")


def test_the_board_that_is_meant_is_found_or_asked_for(board):
    control.create_node("n1")
    assert node_of(None, None) == node_of(board, None) == node_of(f"/node/{board}", None) == board
    with pytest.raises(InvalidArgument, match="'n1' has no board"):
        node_of("n1", None)
    with pytest.raises(InvalidArgument, match="not both"):
        node_of(board, "/dev/ttyX")
    with pytest.raises(HostError, match="No node has the port /dev/ttyX") as caught:
        node_of(None, "/dev/ttyX")
    assert "node create --port /dev/ttyX" in caught.value.remedy
    control.set_default("n1")
    control.create_node("v2", board="virtual")
    with pytest.raises(InvalidArgument, match="2 nodes with a board: v1, v2"):
        find_node(None, None)
