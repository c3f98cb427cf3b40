"""`uockam node` beyond the page."""

import os
import re

import pytest

TICK = "     \u2714\ufe0e "
STATUS = {
    "http_server_address": None,
    "inlets": [],
    "outlets": [],
    "services": [{"addr": "uppercase", "type": "uppercase"}, {"addr": "echo", "type": "echo"}],
}


def test_create_in_json_is_what_show_says(cli):
    made = cli("node create n1 --output json").json
    assert made == cli("node show n1 --output json").json
    assert {**made, **STATUS} == made
    (identity,) = cli("identity list --output json").json
    assert (made["identity_name"], made["identifier"]) == (identity["name"], identity["identifier"])
    (listener,) = made["secure_channel_listeners"]
    assert (listener["address"], listener["identifier"]) == ("/service/api", identity["identifier"])
    assert (made["name"], made["is_default"], made["status"]) == ("n1", True, "running")
    assert made["route"]["short"] == "/node/n1"
    assert re.fullmatch(r"/dnsaddr/localhost/tcp/\d+", made["route"]["verbose"])


def test_create_listens_where_it_is_told(cli, free_port):
    cli.ok(f"node create n1 -t 127.0.0.1:{free_port}")
    assert cli("node show n1 --output json").json["route"]["verbose"] == f"/dnsaddr/localhost/tcp/{free_port}"


def test_create_warns_when_other_machines_can_connect(cli):
    ran = cli("node create n1 --tcp-listener-address 0.0.0.0:0")
    assert ran.code == 0
    assert re.fullmatch(
        r"     ! Other machines can connect to 0\.0\.0\.0:\d+, and nothing on that way is encrypted\n", ran.err
    )


def test_create_names_a_port_that_is_taken(cli, silent_peer):
    port = silent_peer.getsockname()[1]
    ran = cli(f"node create n1 --tcp-listener-address 127.0.0.1:{port}")
    assert (ran.code, ran.out) == (70, "")
    assert str(port) in ran.err
    assert cli("node list --output json").json == []


def test_create_refuses_the_name_of_a_running_node(cli):
    cli.ok("node create n1")
    ran = cli("node create n1")
    assert (ran.code, ran.out) == (70, "")
    assert ran.err == (
        "     ✗ A node named n1 already exists\n       Please try using a different name or delete the existing node\n"
    )


def test_a_stopped_node_can_be_made_again(cli):
    cli.ok("node create n1")
    cli.ok("node stop n1")
    assert cli.ok("node create n1") == f"{TICK}Node n1 created successfully\n"


def test_list_in_json(cli):
    cli.ok("node create n1")
    cli.ok("node create n2")
    cli.ok("node stop n2")
    first, second = cli("node list --output json").json
    assert first == {
        "node_name": "n1",
        "status": {"status": "running", "pid": first["pid"]},
        "pid": first["pid"],
        "is_default": True,
    }
    assert second == {
        "node_name": "n2",
        "status": {"status": "stopped"},
        "pid": None,
        "is_default": False,
        "reason": "No process running",
    }


def test_show_is_a_tree_with_the_route_for_others(running):
    shown = running("node show n1 --output json").json
    port = shown["route"]["verbose"].rpartition("/")[2]
    assert running.ok("node show n1") == (
        "       n1 (default):\n"
        f"         The node is UP, with PID {shown['pid']}\n"
        f"         With route /node/n1 or /dnsaddr/localhost/tcp/{port}\n"
        f"         Identity: {shown['identity_name']}\n"
        f"         Identifier: {shown['identifier']}\n"
        "         Transports:\n"
        f"           TCP, Listening at 127.0.0.1:{port}\n"
        "         Secure Channels:\n"
        "           Listener at /service/api\n"
        "         Services:\n"
        "           uppercase service at uppercase\n"
        "           echo service at echo\n"
    )


def test_show_takes_the_default_node_and_the_route_form_of_a_name(running):
    assert running.ok("node show") == running.ok("node show /node/n1") == running.ok("node show n1")


def test_show_of_a_stopped_node_says_why(cli):
    cli.ok("node create n1")
    cli.ok("node stop n1")
    assert cli.ok("node show n1") == (
        "       n1 (default):\n         The node is DOWN: No process running\n         With route /node/n1\n"
    )
    assert cli("node show n1 --output json").json["status"] == "stopped"


def test_a_killed_node_is_down_and_starts_again(cli):
    cli.ok("node create n1")
    os.kill(cli("node show n1 --output json").json["pid"], 9)
    assert "Node n1 (default) DOWN" in cli.ok("node list")
    assert cli("node start n1 --output json").json["status"] == "running"


def test_start_keeps_the_port(cli):
    before = cli("node create n1 --output json").json["route"]
    cli.ok("node stop n1")
    assert cli("node start n1 --output json").json["route"] == before


def test_start_of_a_running_node_says_how_to_restart_it(running):
    ran = running("node start n1")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == (
        f"{TICK}The node 'n1' is already running. If you want to restart it you can call "
        "`uockam node stop n1` and then `uockam node start n1`\n"
    )


def test_stop_says_what_it_did_on_stderr_only(cli):
    cli.ok("node create n1")
    first, second = cli("node stop"), cli("node stop n1")
    assert (first.code, first.out, first.err) == (0, "", f"{TICK}Stopped node 'n1'\n")
    assert (second.code, second.out, second.err) == (0, "", f"{TICK}The node 'n1' was not running\n")
    assert cli("node stop n1 --output json").json == {"name": "n1", "was_running": False}


def test_delete_without_a_name_needs_a_yes(cli):
    cli.ok("node create n1")
    ran = cli("node delete")
    assert (ran.code, ran.out) == (64, "")
    assert "uockam node delete n1" in ran.err
    assert cli.ok("node delete --yes") == f"{TICK}The node named 'n1' has been deleted.\n"


def test_delete_in_json(cli):
    for name in ("n1", "n2", "n3"):
        cli.ok(f"node create {name}")
    assert cli("node delete n1 --output json").json == {"name": "n1"}
    assert cli("node delete --all --output json").json == [{"name": "n2"}, {"name": "n3"}]


def test_default_is_shown_and_moved(cli):
    cli.ok("node create n1")
    cli.ok("node create n2")
    assert cli.ok("node default") == "n1\n"
    assert cli.ok("node default --output plain") == "       The default node is 'n1'\n"
    assert cli.ok("node default n2") == f"{TICK}The node 'n2' is now the default\n"
    again = cli("node default n2")
    assert (again.code, again.out, again.err) == (0, "", f"{TICK}The node 'n2' is already the default\n")
    assert cli("node default --output json").json == {"name": "n2"}


def test_logs_is_the_path_of_a_file_with_the_start_of_the_node(running):
    path = running.ok("node logs n1").removesuffix("\n")
    with open(path) as file:
        assert "echo" in file.read()
    assert running.ok("node logs n1 --output plain") == f"       The path for the log file is: {path}\n"
    assert running("node logs n1 --output json").json == {"path": path}


def test_quiet_commands_print_nothing_when_all_is_well(cli):
    for line in ("-q node create n1", "node stop -q n1", "node start n1 -q", "node default -q n1", "node delete n1 -q"):
        ran = cli(line)
        assert (ran.code, ran.out, ran.err) == (0, "", ""), line


@pytest.mark.parametrize(
    "line", ["node list", "service list", "tcp-listener list", "message send hi --to /service/echo"]
)
def test_verbose_commands_say_what_they_do_on_stderr(running, line):
    quiet, loud = running(line), running(f"-v {line}")
    assert quiet.err == ""
    assert re.fullmatch(r"       [A-Z].+\.\.\.\n", loud.err)
    assert loud.out == quiet.out


def test_ctrl_c_stops_a_node_in_the_foreground_and_keeps_its_settings(cli):
    with cli.start("node create n1 --foreground") as process:
        hint = process.stderr.readline().decode()
        while cli("message send hi --to /node/n1/service/echo").code:
            assert process.poll() is None
        process.send_signal(2)
        out, rest = process.communicate()
    assert rest.decode() == f"{TICK}Node n1 stopped successfully\n"
    assert hint == "       To exit and stop the Node, please press Ctrl+C\n"
    assert (process.returncode, out) == (0, b"")
    assert "Node n1 (default) DOWN" in cli.ok("node list")
