"""Ockam's own command and a board of ours, in a project of ours: messages to the board, and a ticket for it."""

from collections.abc import Iterator

import pytest

from .people import enroll, make_account, stranger
from .programs import Program, ours

pytestmark = pytest.mark.interop

_MOST_LOOKS = 200  # for the board to be back; each is a pause
TO_BOARD = "/project/default/service/forward_to_pico1/secure/api/service/"


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Program, Program]]:
    """Our machine, with an orchestrator and a board on its cable; and one of a person with the real command."""
    uockam = ours(tmp_path_factory.mktemp("uockam"))
    ada = None
    try:
        uockam.ok("orchestrator start --listen 127.0.0.1:0")
        status = uockam.json("orchestrator status")
        ada = stranger(tmp_path_factory.mktemp("ada"), status["environment"])
        uockam.ok("node create pico1 --board virtual")
        with make_account(status["signin_url"]) as browser:
            enroll(ada, browser)
            yield uockam, ada
    finally:
        if ada is not None:
            ada("node", "delete", "--all", "--yes")
        assert uockam("reset", "--yes").code == 0


def test_a_ticket_of_the_real_command_lets_a_board_in_and_that_command_reaches_it(
    machines: tuple[Program, Program],
) -> None:
    uockam, ada = machines
    done = uockam("device", "enroll", "pico1", "--output", "json", "--ticket", ada.ok("project ticket --relay pico1"))
    assert done.code == 0, done
    for service, answer in (("uppercase", "HELLO"), ("echo", "hello")):
        assert ada.ok(f"message send hello --to {TO_BOARD}{service}") == answer


def test_the_real_command_lists_the_board_as_a_member(machines: tuple[Program, Program]) -> None:
    uockam, ada = machines
    members = {one["identifier"]: one["attributes"]["attributes"] for one in ada.json("project-member list")}
    assert members[uockam.json("node show pico1")["identifier"]] == {"ockam-relay": "pico1"}


def test_a_real_node_reaches_the_board_after_it_was_restarted(machines: tuple[Program, Program]) -> None:
    uockam, ada = machines
    uockam.ok("node stop pico1")
    uockam.ok("node start pico1")
    assert any("as pico1: UP" in uockam.ok("node show pico1") for _ in range(_MOST_LOOKS))
    ada.ok("node create r1")
    assert ada.ok(f"message send hello --from r1 --to {TO_BOARD}uppercase") == "HELLO"
