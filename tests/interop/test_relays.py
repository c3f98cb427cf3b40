"""Relays between our nodes and a real one, made by command: each forwards for the other."""

import pytest

from .programs import Program

pytestmark = pytest.mark.interop

TO_US = "for-the-real-one"
TO_THEM = "for-ours"


@pytest.fixture(scope="module")
def forwarded_by_us(ockam: Program, n1: str) -> str:
    """The relay of the real node r1 at our node n1."""
    ockam.ok(f"relay create {TO_US} --at {n1} --to r1")
    return f"{n1}/service/forward_to_{TO_US}"


@pytest.fixture(scope="module")
def forwarded_by_them(uockam: Program, r1: str) -> str:
    """The relay of our node n1 at the real node r1."""
    uockam.ok(f"relay create {TO_THEM} --at {r1} --to n1")
    return f"{r1}/service/forward_to_{TO_THEM}"


@pytest.fixture(params=["forwarded_by_us", "forwarded_by_them"])
def relay(request: pytest.FixtureRequest) -> str:
    """The route to a relay: the test is run for each."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture(params=["ockam", "uockam"])
def asker(request: pytest.FixtureRequest) -> Program:
    """Who sends through it: the test is run for each."""
    program: Program = request.getfixturevalue(request.param)
    return program


def test_a_message_comes_through(asker: Program, relay: str) -> None:
    assert asker.reply("hello", f"{relay}/service/uppercase") == "HELLO"


def test_a_channel_goes_through(asker: Program, relay: str) -> None:
    assert asker.reply("hello", f"{relay}/secure/api/service/uppercase") == "HELLO"


def test_each_lists_its_own(ockam: Program, uockam: Program, forwarded_by_us: str, forwarded_by_them: str) -> None:
    for program, node, name in ((ockam, "r1", TO_US), (uockam, "n1", TO_THEM)):
        (listed,) = [one for one in program.json(f"relay list --to {node}") if one["name"] == name]
        assert (listed["connection_status"], listed["remote_address"]) == ("Up", f"forward_to_{name}")


def test_a_real_node_forwards_to_a_board(ockam: Program, uockam: Program, r1: str) -> None:
    assert uockam.ok(f"relay create board --at {r1} --to v1") == "/service/forward_to_board"
    assert ockam.reply("hello", "/node/r1/service/forward_to_board/service/uppercase") == "HELLO"
    assert ockam.reply("hello", "/node/r1/service/forward_to_board/secure/api/service/uppercase") == "HELLO"


def test_a_relay_over_a_channel_with_who_is_expected(ockam: Program, uockam: Program, r1: str, n1: str) -> None:
    theirs = ockam.ok("identity show")
    ours = uockam.json("node show n1")["identifier"]
    uockam.ok(f"relay create sealed-ours --at {r1}/secure/api --to n1 --authorized {theirs}")
    ockam.ok(f"relay create sealed-theirs --at {n1}/secure/api --to r1 --authorized {ours}")
