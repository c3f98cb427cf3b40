"""What is different at a terminal: colours, the form of a result, questions, and text of peers."""

import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")


def test_marks_and_states_have_colours(cli):
    code, screen = cli.at_terminal("node create n1")
    assert (code, screen) == (0, "\x1b[32m     \u2714\ufe0e \x1b[0mNode n1 created successfully\n")
    assert "Node n1 (default) \x1b[32mUP\x1b[0m\n" in cli.at_terminal("node list")[1]


@pytest.mark.parametrize(("line", "variables"), [("--no-color", {}), ("", {"NO_COLOR": "1"}), ("", {"NO_COLOR": "0"})])
def test_colours_can_be_left_out(cli, line, variables):
    assert cli.at_terminal(f"node list {line}", **variables) == (0, "     ! No nodes found on this system.\n")
    assert "\x1b" not in cli.at_terminal(f"node show n1 {line}", **variables)[1]


def test_a_pipe_has_no_colours(cli):
    assert "\x1b" not in cli("node list").out + cli("node show n1").err


def test_results_with_a_bare_form_are_whole_sentences(running):
    assert "The default node is 'n1'" in running.at_terminal("node default")[1]
    assert "You can send messages to it via this route:" in running.at_terminal("tcp-listener create 127.0.0.1:0")[1]


def test_a_reply_cannot_steer_the_terminal(running):
    text = "a\x1b[2Jb"
    assert running.at_terminal("message send --to /node/n1/service/echo", text) == (0, "a\ufffd[2Jb\n")
    assert running.ok("message send --to /node/n1/service/echo", text) == f"{text}\n"


@pytest.mark.parametrize(("answer", "left"), [("n\n", 1), ("y\n", 0), ("\n", 1)])
def test_reset_asks(cli, answer, left):
    cli.ok("node create n1")
    code, screen = cli.at_terminal("reset", typed=answer)
    assert code == 0
    assert "Stop all nodes and the orchestrator; delete them, " in screen
    assert len(cli("node list --output json").json) == left


def test_deleting_the_default_node_asks(cli):
    cli.ok("node create n1")
    code, screen = cli.at_terminal("node delete", typed="y\n")
    assert code == 0
    assert "Delete the default node 'n1'? [y/N]: " in screen
    assert cli("node list --output json").json == []


def test_ctrl_c_at_a_question_changes_nothing(cli):
    cli.ok("node create n1")
    # Readline may sleep through a signal that comes just before it waits for a key: the Enter wakes it up.
    code, screen = cli.at_terminal("reset --no-color", typed="\x03\n")
    assert code == 130
    assert screen.endswith("\n     ✗ Interrupted\n")
    assert "Traceback" not in screen
    assert len(cli("node list --output json").json) == 1


def test_a_dash_in_a_route_does_not_wait_for_the_keyboard(cli):
    code, screen = cli.at_terminal("message send hi --to -/service/echo")
    assert code == 64
    assert "nothing is piped in" in screen
