"""Boards in projects by command: `device enroll`, `up --project`, `/device/NAME` in routes, and `route show`."""

import re
from collections.abc import Iterator

import pytest

from .conftest import Cli, first_person, let_in

THROUGH = "/project/default/service/forward_to_{}/secure/api/service/uppercase"


@pytest.fixture(scope="module")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The machine of an orchestrator and of its first person, with the boards pico1 (enrolled by her) and p2."""
    with first_person(tmp_path_factory.mktemp("ada") / "home") as program:
        program.ok("node create pico1 --board virtual")
        program.ok("node create p2 --board virtual")
        program.ok("device enroll pico1")
        yield program


@pytest.fixture(scope="module")
def member(ada: Cli, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A machine elsewhere that got in by a ticket, which lets it have the relay roof."""
    with let_in(tmp_path_factory.mktemp("member") / "home", ada.ok("project ticket --relay roof")) as program:
        program.ok("node create n1")
        yield program


def identifier(program: Cli, node: str) -> str:
    return str(program(f"node show {node} --output json").json["identifier"])


def test_an_enrolled_board_is_reached_from_every_machine_of_the_project(ada: Cli, member: Cli) -> None:
    for program in (ada, member):
        assert program.ok(f"message send hello --to {THROUGH.format('pico1')}") == "HELLO\n"
        assert program.ok("message send hello --to /device/pico1/service/uppercase") == "HELLO\n"
    assert member.ok("message send hello --from n1 --to /device/pico1/service/uppercase") == "HELLO\n"


def test_the_board_tells_its_owner_how_it_stands_in_the_project(ada: Cli) -> None:
    project = ada("node show pico1 --output json").json["project"]
    assert {**project, "expires_at": None} == {
        "project": "default",
        "relay": "pico1",
        "trying": False,
        "reason": "",
        "expires_at": None,
        "by": "cable",
    }
    assert "Project default, as pico1: UP, by cable" in ada.ok("node show pico1")
    assert "Project: default, as pico1: reached by cable" in ada.ok("device info --at pico1")
    assert "project" not in ada("node show p2 --output json").json


def test_route_show_takes_the_cable_where_the_board_is_and_the_relay_elsewhere(ada: Cli, member: Cli) -> None:
    near, far = (program("route show /device/pico1 --output json").json for program in (ada, member))
    assert near["route"] == "/node/pico1"
    assert [hop["to"] for hop in near["hops"]] == ["/node/pico1", "virtual board"]
    assert far["route"] == THROUGH.format("pico1").removesuffix("/service/uppercase")
    assert far["hops"][0]["who"] == "a TCP connection"
    assert [hop["to"] for hop in far["hops"][1:]] == ["/project/default", "/service/forward_to_pico1/secure/api"]
    assert far["hops"][2]["who"] == identifier(ada, "pico1")
    for hop in near["hops"] + far["hops"]:
        assert hop["ms"] >= 0


def test_route_show_lists_a_line_for_each_hop(ada: Cli) -> None:
    shown = ada.ok("route show /node/pico1/service/uppercase")
    assert re.fullmatch(
        r" +/node/pico1\n +1 +[0-9.]+ ms +/node/pico1: process id \d+ on this computer\n"
        r" +2 +[0-9.]+ ms +virtual board: the board, over the cable\n",
        shown,
    )


def test_a_ticket_decides_what_a_board_is_called_and_works_once(ada: Cli, member: Cli) -> None:
    ticket = ada.ok("project ticket --relay greenhouse")
    done = ada("device enroll p2 --output json --ticket", ticket)
    assert (done.code, done.json["relay"], done.json["identifier"]) == (0, "greenhouse", identifier(ada, "p2"))
    assert member.ok("message send hello --to /device/greenhouse/service/uppercase") == "HELLO\n"
    assert ada("route show /device/greenhouse --output json").json["hops"][2]["who"] == identifier(ada, "p2")
    beyond = ada("message send hello --to /device/greenhouse/service/hop/secure/api/service/echo")
    assert (beyond.code, "goes on to another node" in beyond.err) == (64, True)
    ada.ok("node create p3 --board virtual")
    again = ada("device enroll p3 --ticket", ticket)
    assert (again.code, "the ticket is not valid" in again.err, "ticket" in again.err) == (70, True, True)
    assert "DOWN: the authority says: the ticket is not valid" in ada.ok("node show p3")
    ada.ok("node delete p3")


def test_the_owner_manages_a_board_by_way_of_the_project(ada: Cli, member: Cli) -> None:
    ada.ok("device enroll p2 --relay roof2")
    at = "--to /device/roof2/secure/api"
    assert "uockam.json" in ada.ok(f"device files ls {at}")
    assert member(f"device files ls {at}").code == 70


def test_nobody_else_is_taken_for_a_board_whose_relay_he_has(ada: Cli, member: Cli) -> None:
    ada.ok("device enroll p2 --relay roof")
    ada.ok("node stop p2")
    member.until("forward_to_roof", "relay create roof --at /project/default --to n1")
    refused = ada("message send hello --to /device/roof/service/uppercase")
    assert (refused.code, identifier(member, "n1") in refused.err) == (70, True)
    assert ada.ok(f"message send hello --to {THROUGH.format('roof')}") == "HELLO\n"
    member.ok("relay delete roof --at n1")


def test_a_board_comes_back_to_its_project_after_each_start(ada: Cli, member: Cli) -> None:
    ada.ok("node stop pico1")
    failed = member("message send hello --timeout 5s --to", THROUGH.format("pico1"))
    assert failed.code == 70
    ada.ok("node start pico1")
    ada.until("as pico1: UP", "node show pico1")
    assert member.ok(f"message send hello --to {THROUGH.format('pico1')}") == "HELLO\n"


def test_up_goes_on_to_the_project_and_does_not_do_it_twice(ada: Cli) -> None:
    port = ada.home / "boards" / "pico1" / "tty"
    for _ in range(2):
        done = ada(f"up --project default --output json --port {port}")
        assert (done.code, done.json["reply"]) == (0, "HELLO")
        assert done.json["route"] == THROUGH.format("pico1").removesuffix("/service/uppercase")


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("device enroll pico1 --project nowhere", 70, "Unable to find project named nowhere"),
        ("device enroll pico1 --ticket nonsense", 64, "That is no ticket"),
        ("device enroll pico1 --ticket t --project default", 64, "A ticket says for which project it is"),
        ("device enroll n9", 70, "Unable to find node named n9"),
        ("up --project nowhere", 70, "Unable to find project named nowhere"),
        ("message send hello --to /device", 64, "names no board"),
        ("message send hello --to /device/pico9/service/echo", 70, "See which devices are there"),
        ("route show /device/", 64, "names no board"),
        ("route show /project/nowhere", 70, "Unable to find project named nowhere"),
    ],
)
def test_what_makes_no_sense_is_said_with_what_to_do(ada: Cli, line: str, code: int, words: str) -> None:
    failed = ada(line)
    assert (failed.code, words in failed.err) == (code, True), failed.err


def test_a_board_by_name_needs_a_cable_or_a_project(cli: Cli) -> None:
    failed = cli("message send hello --to /device/pico1/service/echo")
    assert failed.code == 70
    assert "no default project" in failed.err
    assert "uockam enroll" in failed.err
