"""`uockam secure-channel`, `uockam secure-channel-listener`, and /secure in routes."""

import re

import pytest

from .conftest import Cli

TICK = "     \u2714\ufe0e "
CHANNEL = re.compile(r"/service/[0-9a-f]{32}")


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A program with two nodes and two more identities; n2 is bob, and takes channels of alice at `for-alice`."""
    program = Cli(tmp_path_factory.mktemp("channels") / "home")
    try:
        program.ok("node create n1")
        for name in ("alice", "bob"):
            program.ok(f"identity create {name}")
        program.ok("node create n2 --identity bob")
        program.ok(f"secure-channel-listener create for-alice --at n2 --authorized {identifier(program, 'alice')}")
        yield program
    finally:
        assert program("reset --yes").code == 0


def identifier(program: Cli, name: str) -> str:
    return program.ok(f"identity show {name}").strip()


def own(program: Cli) -> str:
    """The identifier that n1 proves."""
    return str(program("node show n1 --output json").json["identifier"])


# -- routes with /secure ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way",
    [
        "--to /node/n2/secure/api/service/uppercase",
        "--to /node/n2/secure/api/secure/api/service/uppercase",
        "--to /node/n1/node/n2/secure/api/service/uppercase",
        "--to /secure/api/service/uppercase",
        "--to /node/n2/secure/api/service/uppercase --from n1",
        "--to /secure/api/service/uppercase --from n1",
        "--to /node/n2/secure/api/secure/api/service/uppercase --from n1",
        "--to /node/n2/secure/for-alice/service/uppercase --identity alice",
    ],
)
def test_a_message_goes_through_secure_channels_anywhere_in_a_route(running, way):
    assert running.ok(f"message send hello {way}") == "HELLO\n"


def test_a_channel_for_one_message_is_gone_after_it(running):
    running.ok("message send hello --to /node/n2/secure/api/service/echo --from n1")
    workers = running("worker list --at n1 --output json").json
    running.ok("message send hello --to /node/n2/secure/api/service/echo --from n1")
    assert len(running("worker list --at n1 --output json").json) == len(workers)
    assert running("secure-channel list --at n1 --output json").json == []


@pytest.mark.parametrize("sender", ["", "--from n1"])
def test_who_is_not_authorized_is_told_so_at_once(running, sender):
    ran = running(f"message send hello --to /node/n2/secure/for-alice/service/echo --timeout 1h {sender}")
    assert (ran.code, ran.out) == (70, "")
    assert f"{own(running)} is not trusted here" in ran.err
    assert "--authorized" in ran.err


@pytest.mark.parametrize("sender", ["", "--from n1"])
@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("/node/n2/secure/nope/service/echo", "no worker at 'nope'"),
        ("/dnsaddr/localhost/tcp/1/secure/api/service/echo", "Connection refused by localhost:1"),
        ("/node/n2/secure/echo/service/echo --timeout 300ms", "No secure channel along"),
        ("/node/n2/secure/api/service/nope --timeout 1h", "no worker at 'nope'"),
    ],
)
def test_what_stands_in_the_way_is_named_with_what_to_do(running, sender, to, words):
    ran = running(f"message send hello --to {to} {sender}")
    assert (ran.code, ran.out) == (70, "")
    assert words.lower() in ran.err.lower()
    assert len(ran.err.splitlines()) == 2


@pytest.mark.parametrize(
    "line",
    [
        "message send hello --to /node/n2/secure/api",
        "message send hello --to /node/n2/service/echo --identity alice",
        "message send hello --to /node/n2/secure/api/service/echo --identity alice --from n1",
        "secure-channel create --to /node/n2/service/api",
        "secure-channel create --from n1 --to /node/n2/service/api --authorized nobody",
        "node create n3 --board virtual --identity alice",
    ],
)
def test_what_makes_no_sense_is_a_mistake_of_usage(running, line):
    ran = running(line)
    assert (ran.code, ran.out) == (64, "")


@pytest.mark.parametrize(
    "line",
    [
        "message send hello --to /node/n2/secure/api/service/echo --identity nobody",
        "node create n3 --identity nobody",
        "secure-channel create --from n1 --to /node/n2/service/api --identity nobody",
        "secure-channel-listener create l3 --at n1 --identity nobody",
    ],
)
def test_an_identity_that_is_not_there_is_named(running, line):
    ran = running(line)
    assert (ran.code, ran.out) == (70, "")
    assert "There is no Identity with name nobody on this machine" in ran.err


# -- secure-channel ---------------------------------------------------------------------------------------------------


def test_a_channel_is_piped_into_the_command_that_sends_through_it(running):
    made = running.ok("secure-channel create --from n1 --to /node/n2/service/api")
    try:
        assert CHANNEL.fullmatch(made.strip())
        assert running.ok("message send hello --from n1 --to -/service/uppercase", stdin=made) == "HELLO\n"
    finally:
        running.ok(f"secure-channel delete {made.strip()} --at n1")


def test_a_channel_is_listed_and_shown_as_ockam_does_until_it_is_deleted(running):
    (made,) = running("secure-channel create --from n1 --to /node/n2/service/api --output json").json
    address = made["address"]
    (listed,) = running("secure-channel list --at n1 --output json").json
    assert listed == running(f"secure-channel show {address} --at n1 --output json").json
    assert listed["their_identifier"] == identifier(running, "bob")
    assert listed["their_change_history"] == running.ok("identity show bob --full --encoding hex").strip()
    assert (listed["address"], listed["authorized_identifiers"]) == (address, None)
    assert re.fullmatch(r"/service/[0-9a-f]{32}/service/api", listed["route"])
    assert running.ok("secure-channel list --at n1") == (
        "       ┌───────────────────────────────────┐\n"
        "       │       Secure Channels on n1       │\n"
        "       └───────────────────────────────────┘\n\n"
        f"     │ Secure channel running at {address}\n"
        f"     │ With route to {listed['route']}\n"
        f"     │ Their identifier: {listed['their_identifier']}\n\n"
    )
    deleted = running.ok(f"secure-channel delete {address.rpartition('/')[2]} --at n1 --yes")
    assert deleted == f"{TICK}Secure Channel at {address} of node n1 has been deleted\n"
    assert running.ok("secure-channel list --at n1") == "     ! No secure channels found on n1\n"
    assert running(f"message send hello --from n1 --to {address}/service/echo").code == 70


def test_a_person_reads_where_a_new_channel_is(running):
    code, screen = running.at_terminal("secure-channel create --from n1 --to /node/n2/secure/api")
    address = CHANNEL.search(screen)
    assert (code, address is not None) == (0, True)
    assert screen == (
        f"{TICK}Secure Channel at {address[0]} created successfully\n       From /node/n1 to /node/n2/secure/api\n"
    ).replace(TICK, screen[: screen.index("Secure")])
    running.ok(f"secure-channel delete {address[0]} --at n1")


@pytest.mark.parametrize("verb", ["show", "delete"])
def test_a_channel_that_does_not_exist_is_named(running, verb):
    ran = running(f"secure-channel {verb} abc --at n1")
    assert (ran.code, ran.out) == (70, "")
    assert "Secure channel with address, 0#abc, not found" in ran.err


def test_both_sides_choose_whom_they_trust(running):
    alice, bob = identifier(running, "alice"), identifier(running, "bob")
    made = running.ok(
        f"secure-channel create --from n1 --to /node/n2/service/for-alice --identity alice --authorized {bob}"
    ).strip()
    try:
        assert running.ok(f"message send hello --from n1 --to {made}/service/uppercase") == "HELLO\n"
        assert running(f"secure-channel show {made} --at n1 --output json").json["authorized_identifiers"] == [bob]
    finally:
        running.ok(f"secure-channel delete {made} --at n1")
    ran = running(f"secure-channel create --from n1 --to /node/n2/service/api --authorized {alice} --timeout 1h")
    assert (ran.code, ran.out) == (70, "")
    assert f"The other side was refused: {bob} is not trusted here" in ran.err
    ran = running("secure-channel create --from n1 --to /node/n2/service/for-alice --identity bob --timeout 1h")
    assert (ran.code, ran.out) == (70, "")
    assert f"The secure channel was refused: {bob} is not trusted here" in ran.err
    assert running("secure-channel list --at n1 --output json").json == []


# -- secure-channel-listener ------------------------------------------------------------------------------------------


def test_a_listener_is_there_again_when_its_node_was_restarted(cli):
    cli.ok("node create n1")
    alice = cli.ok("identity create alice").strip()
    assert cli.ok(f"secure-channel-listener create l1 --at n1 -a {alice} --identity alice") == "/service/l1\n"
    cli.ok("secure-channel-listener delete api --at n1")
    before = cli("secure-channel-listener list --at n1 --output json").json
    cli.ok("node stop n1")
    cli.ok("node start n1")
    after = cli("secure-channel-listener list --at n1 --output json").json
    assert [{**one, "flow_control_id": ""} for one in after] == [{**one, "flow_control_id": ""} for one in before]
    assert (after[0]["identifier"], after[0]["authorized_identifiers"]) == (alice, [alice])
    assert cli.ok("message send hello --to /node/n1/secure/l1/service/echo --identity alice") == "hello\n"
    assert "no worker at 'api'" in cli("message send hello --to /node/n1/secure/api/service/echo").err


def test_listeners_are_listed_and_shown(running):
    alice, bob = identifier(running, "alice"), identifier(running, "bob")
    assert running.ok("secure-channel-listener list --at n2") == (
        "       ┌────────────────────────────────────────────┐\n"
        "       │       Secure Channel Listeners on n2       │\n"
        "       └────────────────────────────────────────────┘\n\n"
        "     │ Listener at /service/api\n\n"
        "     │ Listener at /service/for-alice\n\n"
    )
    assert running.ok("secure-channel-listener show for-alice --at n2") == "/service/for-alice\n"
    assert running.ok("secure-channel-listener show for-alice --at n2 --output plain") == (
        f"       Listener at /service/for-alice\n       Identifier: {bob}\n       Authorized: {alice}\n"
    )
    shown = running("secure-channel-listener show /service/api --at n2 --output json").json
    assert (shown["address"], shown["identifier"], shown["authorized_identifiers"]) == ("/service/api", bob, None)


def test_a_listener_that_was_deleted_takes_no_channel_and_leaves_those_that_there_are(running):
    running.ok("secure-channel-listener create l2 --at n2")
    made = running.ok("secure-channel create --from n1 --to /node/n2/service/l2").strip()
    try:
        deleted = running.ok("secure-channel-listener delete l2 --at n2")
        assert deleted == f"{TICK}Deleted secure-channel listener with address 'l2' on node 'n2'\n"
        assert running.ok(f"message send hello --from n1 --to {made}/service/echo") == "hello\n"
        assert running("secure-channel create --from n1 --to /node/n2/service/l2").code == 70
    finally:
        running.ok(f"secure-channel delete {made} --at n1")


@pytest.mark.parametrize("verb", ["show", "delete"])
def test_a_listener_that_does_not_exist_is_named(running, verb):
    ran = running(f"secure-channel-listener {verb} nope --at n2")
    assert (ran.code, ran.out) == (70, "")
    assert "Secure channel listener with address, 0#nope, not found" in ran.err


def test_an_address_is_taken_once(running):
    ran = running("secure-channel-listener create echo --at n2")
    assert (ran.code, ran.out) == (70, "")
    assert "already a worker at 'echo'" in ran.err


# -- identities of nodes ----------------------------------------------------------------------------------------------


def test_a_node_is_who_it_was_made_to_be(running):
    shown = running("node show n2 --output json").json
    assert (shown["identity_name"], shown["identifier"]) == ("bob", identifier(running, "bob"))


def test_a_node_keeps_its_identity_when_the_default_changes(cli):
    cli.ok("node create n1")
    before = cli("node show n1 --output json").json["identity_name"]
    cli.ok("identity create alice")
    cli.ok("identity default alice")
    cli.ok("node stop n1")
    cli.ok("node start n1")
    assert cli("node show n1 --output json").json["identity_name"] == before
    cli.ok("node create n2")
    assert cli("node show n2 --output json").json["identity_name"] == "alice"
