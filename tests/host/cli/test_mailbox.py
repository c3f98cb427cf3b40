"""`uockam message send --store`, `mailbox` and `project devices`, with a real orchestrator."""

import json
import signal
from collections.abc import Iterator

import pytest

from .conftest import Cli, first_person, let_in

NOBODY = f"I{'0' * 63}1"
SECRET = "open the pod bay doors"


@pytest.fixture(scope="module")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The machine of an orchestrator and of its first person."""
    with first_person(tmp_path_factory.mktemp("ada") / "home") as program:
        yield program


@pytest.fixture(scope="module")
def member(ada: Cli, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A machine that got in by a ticket, and has a mailbox."""
    with let_in(tmp_path_factory.mktemp("member") / "home", ada.ok("project ticket --relay m1")) as program:
        assert program("mailbox receive --output json").json == []
        yield program


def identifier(program: Cli) -> str:
    return str(program("identity show --output json").json["identifier"])


def route_to(program: Cli, service: str = "led") -> str:
    return f"/project/default/service/forward_to_{identifier(program)}/secure/api/service/{service}"


def test_what_is_stored_waits_and_is_printed_in_order_for_its_receiver_alone(ada: Cli, member: Cli) -> None:
    for text in ("one", SECRET):
        kept = ada("message send --store --output json --to", route_to(member), text).json
        assert kept["receiver"] == identifier(member)
    assert member("mailbox show --output json").json["count"] == 2
    assert SECRET.encode() not in b"".join(
        file.read_bytes() for file in (ada.home / "orchestrator").iterdir() if file.is_file()
    )
    assert ada("mailbox receive --output json").json == []
    received = member("mailbox receive --output json").json
    assert [(one["service"], one["text"]) for one in received] == [("led", "one"), ("led", SECRET)]
    assert {one["sender"] for one in received} == {identifier(ada)}
    assert member("mailbox receive --output json").json == []


def test_a_device_goes_by_its_name_and_has_to_be_who_was_named(ada: Cli, member: Cli) -> None:
    ran = ada("message send on --store --output json --answer --to /device/m1/service/nobody")
    assert (ran.json["device"], ran.json["receiver"]) == ("m1", identifier(member))
    (received,) = member("mailbox receive --output json").json
    assert (received["service"], received["text"]) == ("nobody", "on")
    ran = ada("message send on --store --to /device/m1/service/led --authorized", NOBODY)
    assert (ran.code, "no such member" in ran.err or "no such device" in ran.err) == (70, True)


def test_watching_devices_prints_them_all_and_then_what_changes(ada: Cli, member: Cli) -> None:
    with ada.start("project devices --watch --output json") as watching:
        assert watching.stdout is not None
        found = map(json.loads, watching.stdout)
        first = {one["identifier"]: one for one in (next(found), next(found))}
        ada.ok("message send on --store --to /device/m1/service/led")
        changed = next(one for one in found if one["identifier"] == identifier(member))
        watching.send_signal(signal.SIGINT)
        watching.communicate()
    assert (set(first), first[identifier(member)]["waiting"]) == ({identifier(ada), identifier(member)}, 0)
    assert (changed["waiting"], watching.returncode) == (1, 0)
    member.ok("mailbox receive")


def test_what_cannot_be_stored_is_refused_with_a_reason(ada: Cli, member: Cli) -> None:
    for line, reason in (
        ("--to /node/n1/service/led", "Nobody keeps a message for /node/n1/service/led"),
        ("--to /project/default/service/echo", "Nobody keeps a message"),
        ("--to /project/default/service/forward_to_m1/secure/api", "names none"),
        ("--to /device/m1/service/led --from n1", "sealed by this command"),
        ("--to /device/nobody/service/led", "device config set mailbox true"),
        ("--to /device/m1/service/led --ttl 0s", "is not between"),
    ):
        ran = ada(f"message send on --store {line}")
        assert ran.code != 0, line
        assert reason in ran.err, (line, ran.err)


def test_devices_shows_who_was_here_and_for_whom_messages_wait(ada: Cli, member: Cli) -> None:
    ada.ok("message send hello --store --to", route_to(member))
    found = {one["identifier"]: one for one in ada("project devices --output json").json}
    device = found[identifier(member)]
    assert (device["name"], device["waiting"], device["online"]) == ("m1", 1, False)
    assert device["seen_at"] > 0
    assert device["version"].startswith("uockam ")
    assert found[identifier(ada)]["online"]
    assert "Waiting messages: 1" in ada.ok("project devices")
    assert member("project devices").code != 0
    member.ok("mailbox receive")
