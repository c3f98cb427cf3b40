"""From a board out of its box to an answer, and what `node create` and `device install` ask on the way."""

import re
from pathlib import Path

import pytest

from uockam_host.device import up as library
from uockam_host.device.discover import Device
from uockam_host.device.flasher import silent
from uockam_host.node import control

from .boards import plugged

SCRIPT = "print('a script')\n"


@pytest.fixture
def board(tmp_path, home):
    with plugged(tmp_path / "board") as one:
        yield one
        control.reset()


def test_up_does_all_that_there_is_to_do_and_says_what_next(board, here):
    done = here(f"up --port {board.port} --name n --output json")
    assert (done.code, done.json) == (
        0,
        {"port": board.port, "board": "UNIX", "flashed": False, "installed": True, "node": "n", "reply": "HELLO"},
    )
    steps = ["Found", "Writing the runtime", "Writing boot.py", "is on the board", "Node n is up", "What next"]
    places = [done.err.find(step) for step in steps]
    assert places == sorted(places)
    assert -1 not in places
    sent = here(re.search(r"uockam (message send .*)", done.err).group(1))
    assert sent.out == "HELLO\n"


def test_up_again_does_only_what_is_missing(board, here):
    at = f"up --port {board.port} --output json"
    assert here(f"{at} --name n").code == 0
    again = here(at)
    assert (again.json["node"], again.json["installed"]) == ("n", False)
    control.stop_node("n")
    again = here(at)
    assert (again.json["node"], again.json["installed"]) == ("n", False)
    control.stop_node("n")
    (board.flash / "uockam.pack").unlink()
    again = here(at)
    assert (again.json["node"], again.json["installed"]) == ("n", True)


def test_a_name_that_another_node_has_is_refused_and_another_name_goes_on(board, here):
    control.create_node("taken")
    failed = here(f"up --port {board.port} --name taken")
    assert (failed.code, "already exists" in failed.err) == (70, True)
    done = here(f"up --port {board.port} --name free --output json")
    assert (done.json["node"], done.json["installed"]) == ("free", False)


def test_a_board_that_is_a_node_stays_that_one(board, here):
    assert here(f"up --port {board.port} --name n").code == 0
    refused = here(f"node create other --port {board.port}")
    assert (refused.code, f"The board at {board.port} is the node 'n'" in refused.err) == (70, True)
    again = here(f"up --port {board.port} --name other")
    assert (again.code, "It is the node n, and keeps that name" in again.err) == (0, True)


def test_a_board_in_its_boot_loader_is_flashed_first(board, monkeypatch, home):
    """Flashing itself is tried on chips of its own (test_flash.py); here, that it comes first, and where it leads."""
    flashed = []

    def flash(place, name, wanted, *, erase, progress, note):
        flashed.append((place, name, wanted, erase))
        return type("Flashed", (), {"port": board.port, "firmware": "MicroPython"})

    monkeypatch.setattr(library, "flash", flash)
    monkeypatch.setattr(
        library.discover, "choose", lambda port, probe: Device("", "boot loader", "RPI_PICO", drive="/media/RPI")
    )
    done = library.up(None, None, "n", None, pytest.fail, silent, lambda text: None)
    assert flashed == [("/media/RPI", "RPI_PICO", None, False)]
    assert (done.flashed, done.node, done.reply, done.port) == (True, "n", "HELLO", board.port)


def test_only_a_micropython_that_says_that_it_is_old_is_old():
    assert [library._is_old(text) for text in ("1.21.0", "1.22.0", "1.29.0-preview", "9458e3a23f", "")] == [
        True,
        False,
        False,
        False,
        False,
    ]


def test_node_create_offers_to_install_what_the_board_lacks(board, here):
    refused = here(f"node create n --port {board.port}")
    assert (refused.code, f"uockam device install --port {board.port}" in refused.err) == (70, True)
    assert board.files() == {}
    done = here(f"node create n --port {board.port} --yes")
    assert done.code == 0
    assert here("message send hello --to /node/n/service/uppercase").out == "HELLO\n"


def test_install_asks_before_a_file_of_the_users_is_moved_and_remove_puts_it_back(tmp_path, here):
    with plugged(tmp_path / "board", main_py=SCRIPT) as board:
        at = f"--port {board.port}"
        refused = here(f"device install {at}")
        assert (refused.code, "Add --yes" in refused.err) == (64, True)
        assert board.files() == {"/main.py": SCRIPT.encode()}
        done = here(f"device install {at} --yes --output json")
        assert (done.json["changed"], done.json["form"]) == (True, "mpy")
        assert here(f"device install {at} --yes --output json").json["changed"] is False
        assert here(f"device remove {at}").code == 64
        assert "/main.py" in here(f"device remove {at} --yes --output json").json["removed"]
        assert board.files() == {"/main.py": SCRIPT.encode()}


def test_a_virtual_board_of_a_node_needs_no_install(here, home):
    assert here("node create v --board virtual").code == 0
    port = str(next(Path(home / "boards").glob("*/tty")))
    refused = here(f"device install --port {port}")
    assert (refused.code, "the virtual one of node 'v'" in refused.err) == (64, True)
    control.reset()


def test_a_port_that_is_not_there_is_told_before_anything_is_asked(here):
    for line in ("device install --wifi home", "device remove --yes", "up"):
        ran = here(f"{line} --port /dev/nothing", stdin="secret\n")
        assert (ran.code, "There is no serial port /dev/nothing" in ran.err) == (70, True)
