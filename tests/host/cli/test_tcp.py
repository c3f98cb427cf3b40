"""`uockam tcp-listener` and `uockam tcp-connection`."""

import re

import pytest

TICK = "     \u2714\ufe0e "


def port_of(cli, name: str) -> str:
    return cli(f"node show {name} --output json").json["route"]["verbose"].rpartition("/")[2]


def test_a_new_listener_is_a_route_in_a_pipe(running):
    route = running.ok("tcp-listener create 127.0.0.1:0 --at n1").strip()
    assert re.fullmatch(r"/dnsaddr/localhost/tcp/\d+", route)
    assert running.ok(f"message send hello --to {route}/service/echo") == "hello\n"
    port = route.rpartition("/")[2]
    assert f"     │ TCP, Listening at 127.0.0.1:{port}\n" in running.ok("tcp-listener list --at n1")
    shown = running.ok(f"tcp-listener show 127.0.0.1:{port} --at n1")
    assert shown.startswith(f"       TCP, Listening at 127.0.0.1:{port}:\n")
    deleted = running.ok(f"tcp-listener delete 127.0.0.1:{port} --at n1 -y")
    assert deleted == f"{TICK}TCP listener 127.0.0.1:{port} of node n1 has been deleted\n"
    assert port not in running.ok("tcp-listener list --at n1")


def test_a_new_listener_is_two_lines_for_people(running):
    text = running.ok("tcp-listener create 127.0.0.1:0 --at n1 --output plain")
    assert re.fullmatch(
        f"{TICK}Tcp listener created! You can send messages to it via this route:\n"
        r"       /dnsaddr/localhost/tcp/\d+\n",
        text,
    )


def test_a_listener_for_other_machines_is_warned_about(running):
    assert "Other machines can connect to 0.0.0.0:" in running("tcp-listener create 0.0.0.0:0 --at n2").err


def test_listeners_in_json(running):
    listed = running("tcp-listener list --at n2 --output json").json
    assert set(listed[0]) == {
        "type", "mode", "socket_addr", "worker_addr", "processor_address", "flow_control_id"
    }  # fmt: skip
    assert (listed[0]["type"], listed[0]["mode"]) == ("Tcp", "Listen")
    socket = listed[0]["socket_addr"]
    assert running(f"tcp-listener show {socket} --at n2 --output json").json == listed[0]
    made = running("tcp-listener create 127.0.0.1:0 --at n2 --output json").json
    assert made["route"] == f"/dnsaddr/localhost/tcp/{made['socket_addr'].rpartition(':')[2]}"
    gone = running(f"tcp-listener delete {made['socket_addr']} --at n2 --output json").json
    assert gone == {"address": made["socket_addr"], "node": "n2"}


def test_a_port_that_is_taken_is_named(running, silent_peer):
    address = f"127.0.0.1:{silent_peer.getsockname()[1]}"
    ran = running(f"tcp-listener create {address} --at n1")
    assert (ran.code, ran.out) == (70, "")
    assert address in ran.err


def test_a_new_connection_is_an_address_to_pipe_on(running):
    address = running.ok(f"tcp-connection create --from n1 --to 127.0.0.1:{port_of(running, 'n2')}")
    assert re.fullmatch(r"/worker/[0-9a-f]{32}\n", address)
    sent = running("message send hello --from n1 --to -/service/uppercase", stdin=address)
    assert (sent.out, sent.err) == ("HELLO\n", "")


def test_a_new_connection_is_three_lines_for_people(running):
    port = port_of(running, "n2")
    text = running.ok(f"tcp-connection create --from n1 --to 127.0.0.1:{port} --output plain")
    assert re.fullmatch(
        f"{TICK}A TCP connection with worker address /worker/[0-9a-f]{{32}}\n"
        "       was created at the Node n1\n"
        f"       bound to 127.0.0.1:{port}\n",
        text,
    )


def test_connections_are_listed_shown_and_deleted(running):
    port = port_of(running, "n2")
    made = running(f"tcp-connection create --from n1 --to 127.0.0.1:{port} --output json").json
    assert made == {"from": "n1", "to": f"127.0.0.1:{port}", "address": made["address"]}
    worker = made["address"].removeprefix("/worker/")
    assert f"     │ TCP, Outgoing at 127.0.0.1:{port}\n" in running.ok("tcp-connection list --at n1")
    assert "     │ TCP, Incoming at 127.0.0.1:" in running.ok("tcp-connection list --at n2")
    (listed,) = [
        one for one in running("tcp-connection list --at n1 --output json").json if one["worker_addr"] == worker
    ]
    assert running(f"tcp-connection show {worker} --at n1 --output json").json == listed
    assert running.ok(f"tcp-connection show {worker} --at n1").startswith(
        f"       TCP, Outgoing at 127.0.0.1:{port}:\n"
    )
    deleted = running.ok(f"tcp-connection delete {worker} --at n1")
    assert deleted == f"{TICK}TCP connection {worker} of node n1 has been deleted\n"
    assert worker not in running.ok("tcp-connection list --at n1 --output json")


def test_a_refused_connection_names_the_peer(running, free_port):
    ran = running(f"tcp-connection create --from n1 --to 127.0.0.1:{free_port}")
    assert (ran.code, ran.out) == (70, "")
    assert f"127.0.0.1:{free_port}" in ran.err
    assert "refused" in ran.err


@pytest.mark.parametrize("noun", ["tcp-listener", "tcp-connection"])
@pytest.mark.parametrize("verb", ["show", "delete"])
def test_what_is_not_there_is_named(running, noun, verb):
    ran = running(f"{noun} {verb} 127.0.0.1:1 --at n1")
    assert (ran.code, ran.out) == (70, "")
    assert "127.0.0.1:1" in ran.err


def test_an_empty_list_says_so(cli):
    cli.ok("node create n1")
    assert cli.ok("tcp-connection list --at n1") == "     ! No TCP connections found on n1.\n"
    assert cli("tcp-connection list --at n1 --output json").json == []


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("tcp-listener delete 127.0.0.1:1", "`uockam tcp-listener list`"),
        ("tcp-connection delete 127.0.0.1:1", "`uockam tcp-connection list`"),
        ("relay delete nobody", "`uockam relay list`"),
        ("secure-channel delete nothing", "`uockam secure-channel list`"),
        ("secure-channel-listener delete nothing", "`uockam secure-channel-listener list`"),
        ("secure-channel-listener create echo", "`uockam worker list`"),
        ("service start hop --addr echo", "another name"),
        ("tcp-listener create 192.0.2.1:4000", "an address of this computer"),
    ],
)
def test_what_a_node_refuses_has_a_remedy(running, line, remedy):
    ran = running(line)
    assert (ran.code, remedy in ran.err) == (70, True), ran.err
