"""`uockam enroll`, with a real orchestrator and a person at a browser."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ...lib import browser
from ...lib.browser import Browser
from .conftest import BROWSER, Cli, make_account


class Cloud:
    """An orchestrator with a home of its own, where ada@example.com has the account."""

    def __init__(self, home: Path) -> None:
        self.cli = Cli(home)
        self.cli.ok("orchestrator start --listen 127.0.0.1:0")
        self.status = self.cli("orchestrator status --output json").json
        self.address = self.status["address"]
        self.browser = Browser()
        make_account(self.browser, self.status["signin_url"])


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """For the tests of this file, which leave it as it is but for a project named `default`."""
    one = Cloud(tmp_path_factory.mktemp("cloud") / "home")
    try:
        yield one
    finally:
        one.browser.__exit__()
        one.cli.ok("orchestrator stop")


def test_on_a_fresh_machine_both_ways_to_an_orchestrator_are_explained(cli: Cli) -> None:
    ran = cli("enroll")
    assert ran.code == 70
    assert "uockam orchestrator start" in ran.err
    assert "uockam enroll --orchestrator ADDRESS" in ran.err


def test_the_browser_opens_and_the_machine_is_enrolled_with_a_space_and_a_project(cli: Cli, cloud: Cloud) -> None:
    ran = cli("enroll --orchestrator", cloud.address, BROWSER=BROWSER)
    assert ran.code == 0, ran.err
    assert ran.out == ""
    for text in (
        "You'll need to enter the one-time code:  ",
        f"Open {cloud.status['signin_url']}/device in your browser to begin activating this machine.",
        "Signed into account <ada@example.com> and activated this machine.",
        "as your default Space, on this machine.",
        "as your default Project, on this machine.",
        "is now enrolled with the Orchestrator.",
    ):
        assert text in ran.err
    again = cli("enroll --output json")
    assert "is already enrolled as ada@example.com. Add `--force` to sign in again" in again.err
    assert again.json["email"] == "ada@example.com"
    assert again.json["project"]["name"] == "default"
    assert again.json["space"]["id"] == again.json["project"]["space_id"]
    identity = cli("identity show --output json").json
    assert again.json["identifier"] == identity["identifier"]


def test_the_same_person_finds_the_same_project_from_another_machine(cli: Cli, cloud: Cloud, tmp_path: Path) -> None:
    other = Cli(tmp_path / "other")
    ours = cli("enroll --output json --orchestrator", cloud.address, BROWSER=BROWSER).json
    theirs = other("enroll --output json --orchestrator", cloud.address, BROWSER=BROWSER).json
    assert ours["project"]["id"] == theirs["project"]["id"]
    assert ours["identifier"] != theirs["identifier"]
    assert other("reset --yes").code == 0


def read_code(command) -> str:
    """What the command prints with --quiet, while it goes on."""
    return command.stdout.readline().decode().strip()


def test_without_a_browser_the_code_is_typed_elsewhere(cli: Cli, cloud: Cloud) -> None:
    with cli.start("enroll --quiet --no-browser --orchestrator", cloud.address, BROWSER="false") as command:
        cloud.browser.open("/device").press("Continue", user_code=read_code(command)).press("Allow")
        out, err = command.communicate()
    assert (command.returncode, out, err) == (0, b"", b"")


def test_force_signs_in_again_at_the_orchestrator_of_last_time(cli: Cli, cloud: Cloud) -> None:
    assert cli("enroll --orchestrator", cloud.address, BROWSER=BROWSER).code == 0
    ran = cli("enroll --force", BROWSER=BROWSER)
    assert ran.code == 0
    assert "activated this machine" in ran.err


def test_another_identity_of_the_machine_can_enroll_too(cli: Cli, cloud: Cloud) -> None:
    cli.ok("identity create alice")
    ran = cli("enroll --identity alice --output json --orchestrator", cloud.address, BROWSER=BROWSER)
    assert ran.json["identity"] == "alice"
    cli.ok("identity create bob")
    assert cli("enroll --identity bob", BROWSER=BROWSER).err.count("activated this machine") == 1


def test_a_person_who_refuses_enrolls_nothing(cli: Cli, cloud: Cloud) -> None:
    with cli.start("enroll --quiet --no-browser --orchestrator", cloud.address) as command:
        cloud.browser.open("/device").press("Continue", user_code=read_code(command)).press("Refuse")
        _, err = command.communicate()
    assert command.returncode == 70
    assert "The sign-in was refused" in err.decode()
    assert "No orchestrator is known" in cli("enroll").err


def test_ctrl_c_ends_the_waiting(cli: Cli, cloud: Cloud) -> None:
    with cli.start("enroll --quiet --no-browser --orchestrator", cloud.address) as command:
        read_code(command)
        command.send_signal(signal.SIGINT)
        _, err = command.communicate()
    assert command.returncode == 130
    assert "Interrupted" in err.decode()


@pytest.mark.parametrize("address", ["http://127.0.0.1:5253", "a,b,c"])
def test_an_address_that_is_none_is_refused_with_what_to_do(cli: Cli, address: str) -> None:
    ran = cli("enroll --orchestrator", address)
    assert ran.code == 64
    assert "uockam orchestrator status" in ran.err


def test_an_orchestrator_with_another_identity_is_not_believed(cli: Cli, cloud: Cloud) -> None:
    route, _, url = cloud.address.split(",")
    ran = cli("enroll --orchestrator", f"{route},I{'3d' * 32},{url}", BROWSER=BROWSER)
    assert ran.code == 70
    assert "is already enrolled" not in cli("enroll").err


def test_an_orchestrator_that_is_away_is_named(cli: Cli, free_port: int) -> None:
    line = f"/dnsaddr/localhost/tcp/{free_port}/service/api,I{'3d' * 32},http://127.0.0.1:{free_port}"
    ran = cli("enroll --orchestrator", line)
    assert ran.code == 70
    assert f"http://127.0.0.1:{free_port} cannot be reached" in ran.err


def test_the_administrator_without_password_gets_in_by_an_invitation(cloud: Cloud) -> None:
    link = cloud.cli.ok("orchestrator invite ada@example.com").strip()
    with Browser() as fresh:
        fresh.open(link).press("Sign in", password=browser.PASSWORD)
        assert "/people" in fresh.page.links
    cloud.browser.open("/signin").press("Sign in", email=browser.EMAIL, password=browser.PASSWORD)


def test_somebody_new_is_invited_by_name(cloud: Cloud) -> None:
    assert "--name" in cloud.cli("orchestrator invite bob@example.com").err
    assert "/invitation/" in cloud.cli.ok("orchestrator invite bob@example.com --name Bob")
