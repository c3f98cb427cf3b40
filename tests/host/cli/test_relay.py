"""`uockam relay`: names under which a node forwards to another one."""

import re

import pytest

TICK = "     \u2714\ufe0e "
WORKER = "/service/[0-9a-f]{32}"


@pytest.fixture(scope="module")
def at_n2(running) -> str:
    """The route of the node that forwards, as the commands show it."""
    running.ok("relay create n1 --at /node/n2 --to n1")
    return running("relay show n1 --at n1 --output json").json["destination_address"]


def test_messages_come_through_a_relay(running, at_n2):
    assert re.fullmatch(r"/ip4/127\.0\.0\.1/tcp/\d+", at_n2)
    assert running.ok("message send hello --to /node/n2/service/forward_to_n1/service/uppercase") == "HELLO\n"
    sealed = running.ok("message send hello --to /node/n2/service/forward_to_n1/secure/api/service/uppercase")
    assert sealed == "HELLO\n"


def test_a_new_relay_is_the_next_part_of_a_route_in_a_pipe_and_a_line_for_people(running, at_n2):
    assert running.ok("relay create one --at /node/n2 --to n1") == "/service/forward_to_one\n"
    text = running.ok("relay create two --at /node/n2 --to n1 --output plain")
    assert re.fullmatch(f"{TICK}Now relaying messages from {at_n2}/service/forward_to_two → /node/n1{WORKER}\n", text)
    for name in ("one", "two"):
        gone = running.ok(f"relay delete {name} --at n1 --yes")
        assert gone == f"{TICK}Relay with name {name} on Node n1 has been deleted\n"
    ran = running("message send hello --to /node/n2/service/forward_to_one/service/echo")
    assert (ran.code, ran.out) == (70, "")
    assert "There is no worker at 'forward_to_one'" in ran.err


def test_relays_are_listed_and_shown(running, at_n2):
    text = running.ok("relay list --to n1")
    assert text.splitlines()[1] == "       │       Relays on n1       │"
    item = f"     │ Relay n1 is UP at {at_n2}\n     │ With address /service/forward_to_n1\n"
    assert item in text
    assert running.ok("relay show n1 --at n1") == item.replace("     │", "      ")
    assert running.ok("relay list --to n2") == "     ! No relays found on n2.\n"


def test_relays_in_json(running, at_n2):
    (listed,) = [one for one in running("relay list --to n1 --output json").json if one["name"] == "n1"]
    worker = listed.pop("worker_address")
    assert re.fullmatch("0#[0-9a-f]{32}", worker)
    assert listed == {
        "name": "n1",
        "destination_address": at_n2,
        "connection_status": "Up",
        "last_failure": None,
        "remote_address": "forward_to_n1",
    }


def test_a_name_without_a_relay_and_a_name_with_one(running, at_n2):
    ran = running("relay show nobody --at n1")
    assert (ran.code, "Relay with alias nobody not found." in ran.err) == (70, True)
    ran = running("relay delete nobody --at n1")
    assert (ran.code, "Relay with alias nobody not found." in ran.err) == (70, True)
    ran = running("relay create n1 --at /node/n2 --to n1")
    assert (ran.code, "A relay with the name 'n1' already exists" in ran.err) == (70, True)


def test_a_relay_over_a_channel_is_for_who_is_authorized(running):
    identifier = running("node show n2 --output json").json["identifier"]
    running.ok(f"relay create sealed --at /node/n2/secure/api --to n1 --authorized {identifier}")
    to = "/node/n2/service/forward_to_sealed/service/echo"
    assert running.ok(f"message send hello --to {to}") == "hello\n"
    ran = running(f"relay create other --at /node/n2/secure/api --to n1 --authorized I{'0' * 64}")
    assert (ran.code, "is not trusted here" in ran.err) == (70, True)
    assert "other" not in running.ok("relay list --to n1")
    ran = running(f"relay create other --at /node/n2 --to n1 --authorized {identifier}")
    assert (ran.code, "/secure/api" in ran.err) == (64, True)


def test_the_name_there_may_be_another_one(running):
    made = running.ok("relay create mine --at /node/n2 --to n1 --relay-address theirs")
    assert made == "/service/forward_to_theirs\n"
    assert "Relay mine is UP" in running.ok("relay list --to n1")


def test_a_node_that_cannot_be_reached_is_said_at_once_unless_nobody_waits(running, free_port):
    where = f"/dnsaddr/localhost/tcp/{free_port}"
    ran = running(f"relay create far --at {where} --to n1")
    assert (ran.code, "onnection refused" in ran.err) == (70, True)
    assert "far" not in running.ok("relay list --to n1")
    assert running.ok(f"relay create far --at {where} --to n1 --no-connection-wait") == "/service/forward_to_far\n"
    assert f"Relay far is DOWN at {where}" in running.ok("relay list --to n1")
    running.ok("relay delete far --at n1")


@pytest.mark.parametrize("name", ["register", "a#b", "a/b"])
def test_names_that_cannot_be_are_refused(running, name):
    ran = running(f"relay create {name} --at /node/n2 --to n1")
    assert (ran.code, ran.out) == (70, "")
    assert f"elay cannot have the name '{name}'" in ran.err


def test_a_relay_survives_the_restart_of_both_nodes(cli):
    for line in ("node create n1", "node create n2", "relay create n1 --at /node/n2 --to n1"):
        cli.ok(line)
    for name in ("n1", "n2"):
        cli.ok(f"node stop {name}")
        cli.ok(f"node start {name}")
    cli.until("Relay n1 is UP", "relay list --to n1")
    assert cli.ok("message send hello --to /node/n2/service/forward_to_n1/service/echo") == "hello\n"
