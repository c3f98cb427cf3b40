"""Installing on a virtual board: what is there afterwards, what is kept, and what a pulled cable leaves."""

import hashlib
import json
import re

import pytest

import uockam
from uockam_host.device import bundle, hold, install, remove
from uockam_host.device.bundle import Facts
from uockam_host.device.copier import open_copier
from uockam_host.device.flasher import silent
from uockam_host.device.install import Wanted
from uockam_host.errors import HostError, InvalidArgument
from uockam_host.node import control

from .boards import plugged

PROGRAM = "async def main(node):\n    print('mine runs on', node.name)\n"
SCRIPT = "print('a script')\n"
NOTHING = Wanted()


def uppercase(node):
    return control.send_message(f"/node/{node}/service/uppercase", b"\x05hello")


@pytest.fixture
def board(tmp_path):
    with plugged(tmp_path / "board") as one:
        yield one


@pytest.fixture
def nodes(home):
    """Nodes of this test end with it."""
    yield
    control.reset()


def put(board, via="auto", form="auto", wanted=NOTHING, ask=lambda what: None):
    return install.install(board.port, via, form, wanted, ask, silent)


@pytest.mark.parametrize(("via", "form"), [("mpremote", "mpy"), pytest.param("ampy", "py", marks=pytest.mark.slow)])
def test_a_board_out_of_its_box_becomes_a_node(board, nodes, via, form):
    done = put(board, via, form, Wanted({"name": "greenhouse"}))
    assert (done.form, done.uockam, done.node) == (form, uockam.__version__, None)
    assert json.loads(board.files()["/uockam.json"]) == {"name": "greenhouse"}
    control.create_node("n", port=board.port)
    assert uppercase("n") == b"\x05HELLO"


def test_the_second_time_nothing_is_written(board):
    assert put(board, wanted=Wanted({"name": "x"})).steps > 0
    before = {path: (board.flash / path[1:]).stat().st_mtime_ns for path in board.files()}
    done = put(board, wanted=Wanted({"name": "x"}))
    assert (done.steps, done.written_bytes, done.to_dict()["changed"]) == (0, 0, False)
    assert {path: (board.flash / path[1:]).stat().st_mtime_ns for path in board.files()} == before


def test_a_version_is_one_file(board):
    put(board)
    assert set(board.files()) == {"/boot.py", "/main.py", "/uockam.pack"}


def test_a_version_that_rotted_is_written_again(board):
    put(board)
    (board.flash / "uockam.pack").write_bytes(b"uoc1 rotten")
    assert put(board).steps > 0
    assert put(board).steps == 0


def test_a_board_that_has_its_versions_in_folders_gets_a_pack_in_their_place(board, nodes):
    found = bundle.make(Facts("x", (1, 29, 0), 2822), "py")
    with open_copier(board.port) as copier:
        copier.write({f"{install.FORMER}/a/{path}": data for path, data in found.files.items()})
        copier.write({f"{install.FORMER}/b/uockam/node.py": b"", f"{install.FORMER}/active": b"a"})
        texts = [step.text for step in install.plan(install.read_state(copier), found)]
    assert (texts[0], texts[1], texts[-1]) == ("Making room", "Writing the runtime", "Removing uockam-runtime")
    put(board)
    assert set(board.files()) == {"/boot.py", "/main.py", "/uockam.pack"}
    assert put(board).steps == 0
    control.create_node("n", port=board.port)
    assert uppercase("n") == b"\x05HELLO"


def test_a_node_of_ours_lends_the_port_and_goes_on(board, nodes):
    put(board)
    control.create_node("n", port=board.port)
    assert hold.owner(board.port) == "n"
    assert put(board, wanted=Wanted({"name": "renamed"})).node == "n"
    assert uppercase("n") == b"\x05HELLO"


def test_when_it_fails_the_node_has_its_port_back(board, nodes):
    put(board)
    control.create_node("n", port=board.port)
    (board.flash / "uockam.json").write_text("[")
    with pytest.raises(HostError, match=r"uockam\.json is not a JSON object") as caught:
        put(board)
    assert "files rm" in caught.value.remedy
    assert uppercase("n") == b"\x05HELLO"


# -- what is the user's -----------------------------------------------------------------------------------------------


def test_a_main_py_of_the_users_that_a_node_can_run_becomes_its_program(tmp_path, nodes):
    asked = []
    with plugged(tmp_path / "board", main_py=PROGRAM, boot_py="booted = True\n") as board:
        put(board, ask=asked.append)
        assert [re.sub(r".* is yours", "", what) for what in asked] == [
            ": it becomes user_boot.py, and still runs at every start",
            ": it becomes user_main.py, and the node runs it as its program",
        ]
        files = board.files()
        assert (files["/user_main.py"].decode(), files["/user_boot.py"].decode()) == (PROGRAM, "booted = True\n")
        assert json.loads(files["/uockam.json"]) == {"main": "user_main"}
        control.create_node("n", port=board.port)
        assert uppercase("n") == b"\x05HELLO"
        with open_copier_of("n", board) as copier:
            assert copier.exec("print(booted)").strip() == b"True"
        put(board, ask=pytest.fail)  # what was asked once is not asked again


def open_copier_of(node, board):
    control.stop_node(node)
    return open_copier(board.port)


def test_a_script_is_kept_and_does_not_run(tmp_path):
    asked = []
    with plugged(tmp_path / "board", main_py=SCRIPT) as board:
        put(board, ask=asked.append)
        assert "a node cannot run it" in asked[0]
        assert board.files()["/user_main.py"].decode() == SCRIPT
        assert "/uockam.json" not in board.files()


def test_a_no_leaves_the_board_as_it_was(tmp_path):
    class No(Exception):
        pass

    def no(what):
        raise No

    with plugged(tmp_path / "board", main_py=SCRIPT) as board:
        before = board.files()
        with pytest.raises(No):
            put(board, ask=no)
        assert board.files() == before


def test_two_start_files_of_the_users_in_the_same_place_are_for_him_to_sort_out(tmp_path):
    with plugged(tmp_path / "board", main_py=SCRIPT, user_main_py="other = 1\n") as board:
        with pytest.raises(HostError, match=r"/main\.py and /user_main\.py, both yours"):
            put(board)
        assert board.files()["/main.py"].decode() == SCRIPT


def test_a_program_is_brought_along(board, tmp_path, nodes):
    path = tmp_path / "main.py"
    path.write_text(PROGRAM)
    put(board, wanted=Wanted({}, install.read_program(path)))
    assert board.files()["/program.py"].decode() == PROGRAM
    assert json.loads(board.files()["/uockam.json"]) == {"main": "program"}


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("app.py", "def main(node): pass\n", "no program for a node"),
        ("app.py", "async def main(): pass\n", "no program for a node"),
        ("app.py", "what?", "no program for a node"),
        ("my-app.py", PROGRAM, "No module can be named"),
        ("device.py", PROGRAM, "No module can be named"),
        ("none.py", None, "cannot be read"),
    ],
)
def test_a_program_that_no_node_can_run_is_refused_at_once(tmp_path, name, text, why):
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(InvalidArgument, match=why):
        install.read_program(tmp_path / name)


def test_owners_are_added_to_those_that_the_board_has(board):
    mine, yours = "I" + 32 * "1a", "I" + 32 * "2b"
    put(board, wanted=Wanted(owner=mine))
    assert put(board, wanted=Wanted(owner=mine)).steps == 0
    put(board, wanted=Wanted(owner=yours))
    assert json.loads(board.files()["/uockam.json"]) == {"owners": [mine, yours]}


def test_removed_it_leaves_no_secret_and_no_program_behind(board):
    put(board)
    (board.flash / "uockam-vault").write_bytes(b"secret")
    (board.flash / "uockam-run").mkdir()
    (board.flash / "uockam-run/blink.py").write_text("print(1)")
    assert {"/uockam-vault", "/uockam-run"} < set(remove.remove(board.port, "auto"))
    assert not [path for path in board.files() if "uockam" in path]


def test_removed_the_board_is_as_it_was(tmp_path):
    files = {"main_py": SCRIPT, "boot_py": "booted = True\n", "notes_py": "x = 1\n"}
    with plugged(tmp_path / "board", **files) as board:
        before = board.files()
        put(board)
        removed = remove.remove(board.port, "auto")
        assert {"/main.py", "/boot.py", "/uockam.pack", "/uockam.json"} - set(removed) == {"/uockam.json"}
        assert board.files() == before
        assert remove.remove(board.port, "auto") == []
        assert board.files() == before


def test_the_node_of_a_board_from_which_it_is_removed_is_stopped(board, nodes):
    put(board)
    control.create_node("n", port=board.port)
    assert remove.remove(board.port, "auto")
    assert [(node.name, node.up, node.pid) for node in control.list_nodes()] == [("n", False, None)]


def test_packages_that_were_copied_by_hand_are_removed_and_those_of_the_users_are_not(tmp_path):
    with plugged(tmp_path / "board") as board:
        for path in ("uockam/node.py", "device/thermometer.py"):
            (board.flash / path).parent.mkdir()
            (board.flash / path).write_text("x = 1\n")
        assert remove.remove(board.port, "auto") == ["/uockam"]
        assert list(board.files()) == ["/device/thermometer.py"]


# -- what stands against it -------------------------------------------------------------------------------------------


def test_a_board_without_room_is_told_before_anything_is_written(board):
    with open_copier(board.port) as copier:
        copier.free_bytes = lambda: 50 * 1024
        steps = install.plan(install.State({}, {}, {}), bundle.make(Facts("x", (1, 29, 0), 2822), "py"))
        with pytest.raises(install.NoRoom, match=r"50 KB of room for files, and this needs \d+ KB"):
            install.apply(copier, steps, silent)
    assert board.files() == {}


def test_a_trial_that_an_update_left_is_ended(board):
    put(board)
    (board.flash / "uockam.pack.trial").write_bytes(b"")
    with open_copier(board.port) as copier:  # which has restarted the board, and so tried it
        copier.write({install.TRIAL: b""})
        steps = install.plan(install.read_state(copier), bundle.make(install.read_facts(copier)))
        install.apply(copier, steps, silent)
    assert set(board.files()) == {"/boot.py", "/main.py", "/uockam.pack"}


def test_a_version_on_trial_runs_once(board):
    put(board)
    with open_copier(board.port) as copier:
        copier.put(install.TRIAL, copier.get(install.PACK))
    runs = []
    for _ in range(2):
        with open_copier(board.port) as copier:
            runs.append(copier.exec("import device; print(device.on_trial and device.on_trial.path)").decode().split())
    assert runs == [["/uockam.pack.other"], ["None"]]


# -- the cable is pulled ----------------------------------------------------------------------------------------------


class Pulled(Exception):
    pass


def pull_after(copier, board, count):
    """Pull the cable when so many bytes more have gone to the board."""
    send = copier._transport.serial.write
    left = [count]

    def write(data):
        send(data[: max(left[0], 0)])
        left[0] -= len(data)
        if left[0] <= 0:
            board.pull()
            raise Pulled
        return len(data)

    copier._transport.serial.write = write


def packed(found):
    """The hash of it on a board."""
    return hashlib.sha256(found.pack()).hexdigest()


def other(found):
    """A version that differs in a file of each package."""
    marked = {path: data + b"\n# other\n" for path, data in found.files.items() if path.endswith("__init__.py")}
    return found._replace(files={**found.files, **marked})


@pytest.mark.parametrize(
    "count", [20_000, *(pytest.param(n, marks=pytest.mark.slow) for n in (3_000, 70_000, *range(500, 90_000, 6_000)))]
)
def test_a_cable_pulled_after_so_many_bytes_leaves_a_node_that_works(board, nodes, count):
    put(board, form="py", wanted=Wanted({"name": "old"}))
    copier = open_copier(board.port)
    state, old = install.read_state(copier), bundle.make(install.read_facts(copier), "py")
    new = other(old)
    steps = install.plan(state, new, Wanted({"name": "new"}))
    pull_after(copier, board, count)
    try:
        install.apply(copier, steps, silent)
    except Pulled:
        copier.close()
    else:
        copier.close()
        board.pull()
    board.plug_in()
    control.create_node("n", port=board.port)
    assert uppercase("n") == b"\x05HELLO"
    control.stop_node("n")
    with open_copier(board.port) as copier:
        now = install.read_state(copier)
        assert now.hashes[install.PACK] in (packed(old), packed(new))
        assert now.settings["name"] in ("old", "new")
        install.apply(copier, install.plan(now, new, Wanted({"name": "new"})), silent)
        assert install.plan(install.read_state(copier), new, Wanted({"name": "new"})) == []
