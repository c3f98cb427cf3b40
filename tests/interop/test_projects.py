"""Our command in a project whose authority and node are real ones; and the real command beside it."""

import json
import secrets
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from .programs import Program, ours, real

pytestmark = pytest.mark.interop

PROJECT = "real-one"


@dataclass
class Cloud:
    """A real authority and a real node of a project, the project's JSON, and our program, which may enroll others."""

    ockam: Program
    owner: Program
    project: dict[str, object]


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 that nobody listens at, for what cannot tell which one the system gave it."""
    with ExitStack() as stack:
        return [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(count)]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    ockam, owner = real(tmp_path_factory.mktemp("real")), ours(tmp_path_factory.mktemp("owner"))
    try:
        owner.ok("identity create owner")
        yield Cloud(ockam, owner, _make(ockam, owner, *free_ports(2)))
    finally:
        ockam("node", "delete", "--all", "--yes")
        assert owner("reset", "--yes").code == 0


def _make(ockam: Program, owner: Program, authority_port: int, node_port: int) -> dict[str, object]:
    number = secrets.token_hex(8)
    histories = {}
    for name in ("authority", "node"):
        ockam.ok(f"identity create {name}")
        histories[name] = ockam.ok(f"identity show {name} --full --encoding hex")
    trusted = {owner.json("identity show")["identifier"]: {"ockam-role": "enroller", "ockam-relay": "*"}}
    ran = ockam(
        *f"authority create --identity authority --project-identifier {number}".split(),
        *f"--tcp-listener-address 127.0.0.1:{authority_port} --trusted-identities".split(),
        json.dumps(trusted),
    )
    assert ran.code == 0, ran
    ockam.ok(
        f"node create project --identity node --tcp-listener-address 127.0.0.1:{node_port} "
        f"--authority-identity {histories['authority']}"
    )
    ockam.ok(f"service start hop --at project --addr {number}")
    return {
        "id": number,
        "name": PROJECT,
        "space_name": "",
        "space_id": "",
        "users": [],
        "user_roles": [],
        "access_route": f"/dnsaddr/localhost/tcp/{node_port}/service/{number}/service/api",
        "identity": ockam.ok("identity show node"),
        "authority_access_route": f"/dnsaddr/localhost/tcp/{authority_port}/service/api",
        "authority_identity": histories["authority"],
        "project_change_history": histories["node"],
    }


@pytest.fixture(scope="module", autouse=True)
def imported(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The owner knows the project."""
    file: Path = tmp_path_factory.mktemp("project") / "project.json"
    file.write_text(json.dumps(cloud.project))
    cloud.owner.ok(f"project import --project-file {file}")


@pytest.fixture(scope="module")
def member(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A second machine of ours, which got in by a ticket."""
    program = ours(tmp_path_factory.mktemp("member"))
    try:
        program.ok(f"project enroll {cloud.owner.ok('project ticket -a site=roof --relay m1')}")
        yield program
    finally:
        assert program("reset", "--yes").code == 0


@pytest.fixture(scope="module")
def stranger(cloud: Cloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A machine with the real command, which got in by a ticket of ours."""
    program = real(tmp_path_factory.mktemp("stranger"))
    try:
        program.ok(f"project enroll {cloud.owner.ok('project ticket --relay s1')}")
        yield program
    finally:
        program("node", "delete", "--all", "--yes")


def test_the_authority_gives_the_owner_a_credential(cloud: Cloud) -> None:
    attested = cloud.owner.json("project enroll")["attributes"]
    assert {"ockam-role": "enroller", "ockam-relay": "*"}.items() <= attested.items()


def test_the_project_node_echoes_for_members(cloud: Cloud, member: Program, stranger: Program) -> None:
    for program in (cloud.owner, member, stranger):
        assert program.reply("hello", f"/project/{PROJECT}/service/echo") == "hello"


def test_whoever_is_no_member_is_told_so(cloud: Cloud, tmp_path: Path) -> None:
    nobody = ours(tmp_path / "nobody")
    (tmp_path / "project.json").write_text(json.dumps(cloud.project))
    nobody.ok(f"project import --project-file {tmp_path / 'project.json'}")
    ran = nobody.send("hello", f"/project/{PROJECT}/service/echo")
    assert (ran.code, ran.out) == (70, "")
    assert f"The project {PROJECT} says: " in ran.err


def test_members_come_and_go_at_the_real_authority(cloud: Cloud, member: Program) -> None:
    identifier = member.json("identity show")["identifier"]
    listed = {one["identifier"]: one["attributes"]["attributes"] for one in cloud.owner.json("project-member list")}
    assert listed[identifier] == {"ockam-relay": "m1", "site": "roof"}
    assert identifier in cloud.owner.json("project-member list-ids")
    other = f"I{secrets.token_hex(32)}"
    cloud.owner.ok(f"project-member add {other} -a site=cellar")
    assert cloud.owner.json(f"project-member show {other}")["attributes"]["attributes"] == {"site": "cellar"}
    cloud.owner.ok(f"project-member delete {other}")
    ran = cloud.owner("project-member", "show", other)
    assert (ran.code, "not found" in ran.err) == (70, True)


def test_the_relay_of_our_node_at_the_real_project_node(cloud: Cloud, member: Program, stranger: Program) -> None:
    member.ok("node create m1")
    assert member.ok(f"relay create m1 --at /project/{PROJECT} --to m1") == "/service/forward_to_m1"
    to = f"/project/{PROJECT}/service/forward_to_m1/secure/api/service/uppercase"
    for program in (cloud.owner, stranger):
        assert program.reply("hello", to) == "HELLO"


def test_the_relay_of_a_real_node_beside_it(cloud: Cloud, member: Program, stranger: Program) -> None:
    stranger.ok("node create s1")
    stranger.ok(f"relay create s1 --at /project/{PROJECT} --to s1")
    to = f"/project/{PROJECT}/service/forward_to_s1/secure/api/service/uppercase"
    for program in (cloud.owner, member):
        assert program.reply("hello", to) == "HELLO"


def test_a_ticket_of_the_real_command_lets_ours_in(cloud: Cloud, stranger: Program, tmp_path: Path) -> None:
    identifier = stranger.ok("identity show")
    cloud.owner.ok(f"project-member add {identifier} --enroller --relay s1")
    for number, form in enumerate(("", "--hex", "--legacy", "--output json")):
        newcomer = ours(tmp_path / str(number))
        text = stranger.ok(f"project ticket -a form=f{number} {form}")
        ran = newcomer("project", "enroll", text, "--output", "json")
        assert (ran.code, json.loads(ran.out)["attributes"]["form"]) == (0, f"f{number}")
