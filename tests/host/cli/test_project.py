"""`uockam space`, `project`, `project-member`, and what goes through a project, with a real orchestrator."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Cli, first_person, let_in

TICK = "     \u2714\ufe0e "
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
NOBODY = f"I{'0' * 63}1"


@pytest.fixture(scope="module")
def ada(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """The machine of an orchestrator and of its first person, with the node n1."""
    with first_person(tmp_path_factory.mktemp("ada") / "home") as program:
        program.ok("node create n1")
        yield program


@pytest.fixture(scope="module")
def member(ada: Cli, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A machine that got in by a ticket, which lets it have the relay m1."""
    with let_in(tmp_path_factory.mktemp("member") / "home", ada.ok("project ticket --relay m1")) as program:
        yield program


def test_space_list_is_that_of_the_page(ada: Cli) -> None:
    (space,) = ada("space list --output json").json
    assert ada.ok("space list") == (
        "       ┌────────────────────┐\n"
        "       │       Spaces       │\n"
        "       └────────────────────┘\n"
        "\n"
        f"     │ Space {space['name']}\n"
        f"     │ Id {space['id']}\n"
        "     │ ada@example.com\n"
        "\n"
    )
    assert re.fullmatch(UUID, space["id"])
    assert (space["users"], space["subscription"]["name"]) == (["ada@example.com"], "Gold")


def test_project_list_is_that_of_the_page(ada: Cli) -> None:
    (space,) = ada("space list --output json").json
    assert ada.ok("project list") == (
        "       ┌──────────────────────┐\n"
        "       │       Projects       │\n"
        "       └──────────────────────┘\n"
        "\n"
        "     │ Project default\n"
        f"     │ Space {space['name']}\n"
        "\n"
    )


def test_a_message_to_the_project_comes_back_as_on_the_page(ada: Cli, member: Cli) -> None:
    for program in (ada, member):
        ran = program("message send hello --to /project/default/service/echo")
        assert (ran.code, ran.out, ran.err) == (0, "hello\n", "")
    assert ada.ok("message send hello --from n1 --to /project/default/service/echo") == "hello\n"
    assert ada.ok("message send hello --to /node/n1/project/default/service/echo") == "hello\n"


def test_a_message_comes_through_a_relay_of_the_project_end_to_end_encrypted(ada: Cli, member: Cli) -> None:
    assert ada.ok("relay create n1 --to n1") == "/service/forward_to_n1\n"
    to = "/project/default/service/forward_to_n1/secure/api/service/uppercase"
    assert member.ok(f"message send hello --to {to}") == "HELLO\n"
    assert "Relay n1 is UP at /project/default" in ada.ok("relay list --to n1")


def test_a_member_may_have_the_relay_that_its_ticket_names_and_no_other(member: Cli) -> None:
    member.ok("node create m")
    assert member.ok("relay create m1 --at /project/default --to m") == "/service/forward_to_m1\n"
    ran = member("relay create m2 --at /project/default --to m")
    assert (ran.code, "m2" in ran.err, "not allowed" in ran.err) == (70, True, True)


def test_spaces_and_projects_come_and_go(ada: Cli) -> None:
    made = ada.ok("space create lab -- bob@example.com")
    assert re.fullmatch(
        rf"       lab:\n         Id: {UUID}\n         Users: ada@example.com, bob@example.com\n"
        r"         Gold Subscription\n",
        made,
    )
    assert ada.ok("space show lab") == made
    project = ada.ok("project create lab sensors")
    assert project.startswith("       sensors:\n         The project is UP\n         Id: ")
    assert ada.ok("project show sensors") == project
    assert "     │ Project sensors\n     │ Space lab\n" in ada.ok("project list")
    assert ada.ok("message send hello --to /project/sensors/service/echo") == "hello\n"
    assert ada.ok("project delete lab sensors --yes") == f"{TICK}Project with name 'sensors' has been deleted.\n"
    assert ada.ok("space delete lab --yes") == f"{TICK}The space with name lab has been deleted\n"
    assert "lab" not in ada.ok("space list") + ada.ok("project list")


def test_deleting_a_space_deletes_its_projects(ada: Cli) -> None:
    ada.ok("space create attic")
    ada.ok("project create attic old")
    ada.ok("space delete attic --yes")
    ran = ada("message send hello --to /project/old/service/echo")
    assert (ran.code, "Unable to find project named old" in ran.err) == (70, True)


def test_what_is_deleted_without_yes_is_asked_for(ada: Cli) -> None:
    for line in ("space delete lab", "project delete lab sensors", "project-member delete --all"):
        ran = ada(line)
        assert (ran.code, "Add --yes" in ran.err) == (64, True)


def test_the_version_of_the_orchestrator(ada: Cli) -> None:
    assert re.fullmatch(
        rf"{TICK}Version of Orchestrator Controller and Projects is \d+\.\d+\.\d+\n", ada.ok("project version")
    )


def test_a_ticket_is_taken_in_each_of_its_forms_and_out_of_a_file(ada: Cli, cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "ticket"
    for form in ("", "--hex", "--legacy", "--output json", "--legacy --output json"):
        made = ada(f"project ticket --usage-count 2 -a site=roof -a wet {form}")
        assert "it can be used 2 times" in made.err
        file.write_text(made.out)
        joined = cli("project enroll --output json", str(file) if form else made.out)
        assert joined.code == 0, joined.err
        assert {"site": "roof", "wet": "true"}.items() <= joined.json["attributes"].items()


def test_a_ticket_that_was_used_lets_nobody_in(ada: Cli, member: Cli, cli: Cli) -> None:
    ticket = ada.ok("project ticket")
    cli.ok("project enroll", ticket)
    member.ok("project enroll", ticket)  # which is a member already
    cli.ok("identity create other")
    ran = cli("project enroll --identity other", ticket)
    assert (ran.code, "used as often as it may be" in ran.err) == (70, True)


def test_a_ticket_in_the_environment_will_do(ada: Cli, cli: Cli) -> None:
    ran = cli("project enroll", ENROLLMENT_TICKET=ada.ok("project ticket"))
    assert re.fullmatch(rf"{TICK}Successfully enrolled identity [a-z-]+ to the default project.\n", ran.out)
    assert "created at 20" in ran.err


@pytest.mark.parametrize("text", ["nonsense", "/no/such/file", "{}", "00", "https://", "http://example.com/ticket"])
def test_what_is_no_ticket_is_a_mistake_of_usage(cli: Cli, text: str) -> None:
    ran = cli("project enroll", text)
    assert (ran.code, ran.out) == (64, "")


def test_members_come_and_go(ada: Cli) -> None:
    added = ada.ok(f"project-member add {NOBODY} -a site=roof --relay pico1")
    assert added == (
        f"{TICK}Identifier {NOBODY} is now a member of the Project default\n"
        "       With attributes: ockam-relay=pico1, site=roof\n"
    )
    shown = ada.ok(f"project-member show {NOBODY}")
    assert re.fullmatch(
        rf"       {NOBODY}\n       With attributes: ockam-relay=pico1, site=roof\n"
        r"         Added at: [0-9T:-]+Z\n         Attested by: I[0-9a-f]{64}\n",
        shown,
    )
    assert f"     │ {NOBODY}\n" in ada.ok("project-member list")
    assert NOBODY not in ada.ok("project-member list --enroller")
    assert NOBODY in ada("project-member list-ids --output json").json
    listed = {one["identifier"]: one["attributes"] for one in ada("project-member list --output json").json}
    assert listed[NOBODY]["attributes"] == {"ockam-relay": "pico1", "site": "roof"}
    ada.ok(f"project-member delete {NOBODY}")
    ran = ada(f"project-member show {NOBODY}")
    assert (ran.code, "not found" in ran.err) == (70, True)


def test_who_may_not_manage_members_is_told_so(member: Cli) -> None:
    for line in ("project ticket", "project-member list", f"project-member add {NOBODY}"):
        ran = member(line)
        assert (ran.code, ran.out, "enroller" in ran.err) == (70, "", True)


def test_a_member_that_was_deleted_is_one_no_more(ada: Cli, cli: Cli) -> None:
    cli.ok("project enroll", ada.ok("project ticket"))
    identifier = cli("identity show --output json").json["identifier"]
    ada.ok(f"project-member delete {identifier}")
    ran = cli("message send hello --to /project/default/service/echo")
    assert (ran.code, ran.out) == (70, "")
    assert "The project default says: You are not a member of this project" in ran.err


def test_what_is_printed_of_a_project_makes_it_known_elsewhere(ada: Cli, cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "project.json"
    file.write_text(ada.ok("project information"))
    assert cli.ok(f"project import --project-file {file}") == f"{TICK}Successfully imported project default\n"
    assert cli("project show default --output json").json == json.loads(file.read_text())
    ran = cli("message send hello --to /project/default/service/echo")
    assert (ran.code, "not a member" in ran.err) == (70, True)
    file.write_text("{}")
    assert cli(f"project import --project-file {file}").code == 64


def test_without_an_orchestrator_there_are_no_spaces_and_no_projects(cli: Cli) -> None:
    assert cli.ok("space list") == "     ! No spaces found. Run `uockam enroll` to get a space and a project.\n"
    assert cli.ok("project list") == "     ! No projects found on this system.\n"
    for line in ("project ticket", "message send hello --to /project/default/service/echo", "relay create --to n1"):
        ran = cli(line)
        assert (ran.code, "uockam enroll" in ran.err) == (70, True), line
    ran = cli("space create lab")
    assert (ran.code, "Please enroll using 'uockam enroll' before using this command" in ran.err) == (70, True)


def test_what_was_known_is_listed_while_the_orchestrator_is_away_and_relays_come_back_with_it(ada: Cli) -> None:
    ada.ok("relay create back --to n1")
    ada.ok("orchestrator stop")
    try:
        assert "Relay back is DOWN" in ada.ok("relay list --to n1")
        ran = ada("project list")
        assert (ran.code, "Project default" in ran.out) == (0, True)
        assert "This is what was known before" in ran.err
        assert ada("message send hello --to /project/default/service/echo").code == 70
    finally:
        ada.ok("orchestrator start")
    ada.until("Relay back is UP", "relay list --to n1")
    assert ada.ok("message send hello --to /project/default/service/forward_to_back/service/echo") == "hello\n"
    assert ada.ok("message send hello --to /project/default/service/echo") == "hello\n"
