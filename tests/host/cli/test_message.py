"""`uockam message send` and the services that it meets."""

import pytest

TICK = "     \u2714\ufe0e "


def route_to(cli, name: str) -> str:
    return str(cli(f"node show {name} --output json").json["route"]["verbose"])


@pytest.mark.parametrize("text", ["hello", "", "two words", "grüße ☃", "-", "x" * 100_000, "--to"])
def test_echo_answers_with_the_same_text(running, text):
    assert running.ok("message send --to /node/n1/service/echo --", text) == f"{text}\n"


@pytest.mark.parametrize(
    "way",
    [
        "--to /node/n1/service/uppercase",
        "--to /node/n1/worker/uppercase",
        "--to /service/uppercase --from n1",
        "--to /service/uppercase --from /node/n1",
        "--to /service/uppercase",
        "--to /node/n2/service/uppercase --from n1",
        "-t /node/n1/service/uppercase -f n2",
    ],
)
def test_routes_lead_through_nodes(running, way):
    assert running.ok(f"message send hello {way}") == "HELLO\n"


def test_a_route_with_a_host_needs_no_node_to_send(running):
    assert running.ok(f"message send hello --to {route_to(running, 'n1')}/service/uppercase") == "HELLO\n"


def test_a_route_may_have_several_tcp_hops(running):
    first, second = (route_to(running, name) for name in ("n1", "n2"))
    assert running.ok(f"message send hello --to {first}{second}/service/uppercase") == "HELLO\n"


def test_hops_pass_a_message_on(cli):
    cli.ok("node create n1")
    for name in ("h1", "h2"):
        ran = cli(f"service start hop --at n1 --addr {name}")
        assert (ran.code, ran.out) == (0, f"{TICK}Service started at address {name}\n")
        assert ran.err == "     ! SECURITY WARNING: Don't use Hop service in production nodes\n"
    assert cli.ok("message send hello --to /node/n1/service/h1/service/h2/service/echo") == "hello\n"
    assert "     │ Service h1\n     │ Address /service/h1\n" in cli.ok("service list --at n1")
    again = cli("service start hop --at n1 --addr h1 -q")
    assert (again.code, again.out) == (70, "")
    assert "h1" in again.err
    assert cli("service start hop --output json").json == {"addr": "hop", "type": "hop"}


def test_hex_sends_and_prints_the_payload_as_it_is(running):
    assert running.ok("message send 0568656c6c6f --hex --to /node/n1/service/echo") == "0568656c6c6f\n"
    assert running.ok("message send 0568656c6c6f --hex --to /node/n1/service/uppercase") == "0548454c4c4f\n"


def test_a_reply_that_is_no_text_is_an_error(running):
    ran = running("message send 00ff --hex --to /node/n1/service/echo")
    assert ran.out == "00ff\n"
    ran = running("message send", b"\xff".decode(errors="surrogateescape"), "--to", "/node/n1/service/echo")
    assert (ran.code, ran.out) == (64, "")
    assert "not valid UTF-8" in ran.err


def test_json_of_a_reply(running):
    assert running("message send hello --to /node/n1/service/uppercase --output json").json == {"reply": "HELLO"}
    assert running("message send 00 --hex --to /node/n1/service/echo --compact-output").out == '{"reply": "00"}\n'


@pytest.mark.parametrize("way", ["/node/n1/service/nope", "/node/n2/service/nope --from n1"])
def test_an_address_that_does_not_exist_is_named_at_once(running, way):
    ran = running(f"message send hello --timeout 1h --to {way}")
    assert (ran.code, ran.out) == (70, "")
    assert "nope" in ran.err


def test_the_time_to_wait_can_be_chosen(running, silent_peer):
    port = silent_peer.getsockname()[1]
    ran = running(f"message send hello --to /ip4/127.0.0.1/tcp/{port}/service/echo --timeout 50ms")
    assert (ran.code, ran.out) == (70, "")
    assert "50 ms" in ran.err
    assert "--timeout" in ran.err


def test_a_refused_connection_names_the_peer(running, free_port):
    ran = running(f"message send hello --to /ip4/127.0.0.1/tcp/{free_port}/service/echo")
    assert (ran.code, ran.out) == (70, "")
    assert f"127.0.0.1:{free_port}" in ran.err


def test_a_stopped_node_says_how_to_start_it(cli):
    cli.ok("node create n1")
    cli.ok("node stop n1")
    for line in ("message send hello --to /node/n1/service/echo", "worker list --at n1", "tcp-listener list"):
        ran = cli(line)
        assert (ran.code, ran.out) == (70, "")
        assert ran.err == "     ✗ The node 'n1' is not running\n       Run `uockam node start n1`\n"


def test_a_route_that_is_no_route_is_bad_usage(running):
    ran = running("message send hello --to alice")
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.startswith('     ✗ Unregistered protocol prefix "alice"\n       Write a route such as /node/n1/')


def test_workers_in_json(running):
    workers = running("worker list --at n1 --output json").json
    assert {"addr": "echo"} in workers


def test_services_in_json(running):
    assert running("service list --at n1 --output json").json == [
        {"addr": "uppercase", "type": "uppercase"},
        {"addr": "echo", "type": "echo"},
    ]


def test_lists_take_the_default_node(running):
    assert "Workers on n1" in running.ok("worker list")
    assert "Services on n1" in running.ok("service list --at /node/n1")
