"""Ockam's own command, unmodified, at our orchestrator: spaces, projects, tickets, members, relays, messages."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from ..lib.browser import Browser
from .people import EMAIL, enroll, make_account, stranger
from .programs import Program, ours

pytestmark = pytest.mark.interop


@dataclass
class Cloud:
    """An orchestrator, its first person at a browser and at a command, and a machine that joined by a ticket."""

    uockam: Program
    environment: dict[str, str]
    browser: Browser
    ada: Program
    member: Program


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    uockam = ours(tmp_path_factory.mktemp("cloud"))
    programs: list[Program] = []
    try:
        uockam.ok("orchestrator start --listen 127.0.0.1:0")
        status = uockam.json("orchestrator status")
        environment = status["environment"]
        ada = stranger(tmp_path_factory.mktemp("ada"), environment)
        member = stranger(tmp_path_factory.mktemp("member"), environment)
        member.environment["OCKAM_DEFAULT_TIMEOUT"] = "5s"  # it is refused in silence
        programs += [ada, member]
        with make_account(status["signin_url"]) as browser:
            enroll(ada, browser)
            member.ok(f"project enroll {ada.ok('project ticket --relay dev1')}")
            yield Cloud(uockam, environment, browser, ada, member)
    finally:
        for program in programs:
            program("node", "delete", "--all", "--yes")
        uockam("orchestrator", "stop")


@pytest.fixture
def newcomer(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A machine that nobody knows yet."""
    program = stranger(tmp_path_factory.mktemp("newcomer"), cloud.environment)
    yield program
    program("node", "delete", "--all", "--yes")


def identifier(program: Program) -> str:
    """Of the default identity."""
    return str(program.json("identity show")["identifier"])


def member_ids(program: Program) -> set[str]:
    """Of all members of its default project."""
    return {each["identifier"] for each in program.json("project-member list-ids")}


@pytest.fixture(scope="module")
def dev1(cloud: Cloud) -> str:
    """The relay of a node of the member."""
    cloud.member.ok("node create dev")
    cloud.member.ok("relay create dev1 --to dev")
    return "/project/default/service/forward_to_dev1"


@pytest.fixture(scope="module")
def ours_there(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Our command, a member by a ticket of theirs, with a node behind the relay `ours`."""
    program = ours(tmp_path_factory.mktemp("ours"))
    try:
        program.ok(f"project enroll {cloud.ada.ok('project ticket --relay ours')}")
        program.ok("node create n")
        program.ok("relay create ours --to n")
        yield program
    finally:
        program("reset", "--yes")


def test_whoever_enrolls_first_has_a_space_and_a_project(cloud: Cloud) -> None:
    (space,) = cloud.ada.json("space list")
    assert space["users"] == [EMAIL]
    (project,) = cloud.ada.json("project list")
    assert (project["name"], project["space_id"], project["running"]) == ("default", space["id"], True)
    assert cloud.ada.json("project show default")["user_roles"] == [
        {"email": EMAIL, "id": 1, "role": "Admin", "scope": "Project"}
    ]


def test_who_is_not_enrolled_is_told_so(newcomer: Program) -> None:
    ran = newcomer("space", "list")
    assert ran.code != 0
    assert "not enrolled" in ran.err


def test_spaces_and_projects_come_and_go(cloud: Cloud) -> None:
    cloud.ada.ok("space create lab")
    cloud.ada.ok("project create lab attic")
    assert "attic" in [project["name"] for project in cloud.ada.json("project list")]
    cloud.ada.ok("project delete lab attic --yes")
    cloud.ada.ok("space delete lab --yes")
    assert [project["name"] for project in cloud.ada.json("project list")] == ["default"]


def test_the_project_echoes_messages_of_administrators_and_members(cloud: Cloud) -> None:
    for program in (cloud.ada, cloud.member):
        assert program.reply("hello", "/project/default/service/echo") == "hello"


def test_administrators_come_and_go(cloud: Cloud) -> None:
    cloud.ada.ok("project-admin add bob@example.com")
    assert [each["email"] for each in cloud.ada.json("project-admin list")] == [EMAIL, "bob@example.com"]
    cloud.ada.ok("project-admin delete bob@example.com --yes")
    assert [each["email"] for each in cloud.ada.json("project-admin list")] == [EMAIL]


def test_members_are_added_listed_and_removed(cloud: Cloud, newcomer: Program) -> None:
    newcomer.ok("identity create me")
    name = identifier(newcomer)
    cloud.ada.ok(f"project-member add {name} --attribute role=guest")
    members = {each["identifier"]: each["attributes"] for each in cloud.ada.json("project-member list")}
    assert members[name]["attributes"] == {"role": "guest"}
    assert members[identifier(cloud.ada)]["attributes"] == {"ockam-relay": "*", "ockam-role": "enroller"}
    assert set(members) == member_ids(cloud.ada)
    cloud.ada.ok(f"project-member delete {name}")
    assert name not in member_ids(cloud.ada)


def test_a_member_is_no_enroller(cloud: Cloud) -> None:
    ran = cloud.member("project-member", "list")
    assert ran.code != 0
    assert "Non-enroller" in ran.err


def test_a_ticket_is_good_for_as_many_machines_as_it_says(cloud: Cloud, newcomer: Program) -> None:
    ticket = cloud.ada.ok("project ticket --usage-count 1")
    newcomer.ok(f"project enroll {ticket}")
    newcomer.ok("identity create second")
    ran = newcomer("project", "enroll", ticket, "--identity", "second")
    assert ran.code != 0
    assert "not valid" in ran.err


def test_an_enroller_who_is_no_administrator_makes_members_and_no_enrollers(cloud: Cloud, newcomer: Program) -> None:
    newcomer.ok(f"project enroll {cloud.ada.ok('project ticket --enroller')}")
    assert newcomer.ok("project ticket")
    ran = newcomer("project", "ticket", "--enroller")
    assert ran.code != 0
    assert "administrator" in ran.err


def test_a_message_goes_through_a_relay_end_to_end_encrypted(cloud: Cloud, dev1: str) -> None:
    assert cloud.ada.reply("hello", f"{dev1}/secure/api/service/uppercase") == "HELLO"


def test_members_and_relays_of_both_makes_reach_one_another(cloud: Cloud, dev1: str, ours_there: Program) -> None:
    at_theirs, at_ours = dev1, "/project/default/service/forward_to_ours"
    for program in (cloud.ada, cloud.member, ours_there):
        for relay in (at_theirs, at_ours):
            assert program.reply("hello", f"{relay}/secure/api/service/uppercase") == "HELLO"


def test_a_relay_of_another_name_than_the_ticket_said_is_refused(cloud: Cloud, dev1: str) -> None:
    assert cloud.member("relay", "create", "dev2", "--to", "dev").code != 0


def test_a_removed_member_is_cut_off_at_once_and_gets_nothing_any_more(cloud: Cloud, newcomer: Program) -> None:
    newcomer.ok(f"project enroll {cloud.ada.ok('project ticket --relay gone')}")
    newcomer.ok("node create n")
    newcomer.ok("relay create gone --to n")
    route = "/project/default/service/forward_to_gone/secure/api/service/uppercase"
    assert cloud.ada.reply("hello", route) == "HELLO"
    cloud.ada.ok(f"project-member delete {identifier(newcomer)}")
    assert cloud.ada("message", "send", "hello", "--to", route, "--timeout", "1s").code != 0
    assert newcomer("message", "send", "hello", "--to", "/project/default/service/echo", "--timeout", "3s").code != 0


def test_what_was_known_before_a_restart_is_known_after_it(cloud: Cloud) -> None:
    cloud.uockam.ok("orchestrator stop")
    cloud.uockam.ok("orchestrator start")
    assert cloud.uockam.json("orchestrator status")["environment"] == cloud.environment
    assert cloud.member.reply("hello", "/project/default/service/echo") == "hello"
