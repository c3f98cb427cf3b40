"""Another version for a board in use: kept when it does well, and never half there. On a real virtual board."""

import psutil
import pytest

from uockam import api
from uockam_host.device import install, update
from uockam_host.device.asking import Service
from uockam_host.device.bundle import SOURCE, Bundle, sources
from uockam_host.device.flasher import silent
from uockam_host.device.live import connect, of_node
from uockam_host.device.update import NotKept
from uockam_host.errors import ApiError, HostError
from uockam_host.node import control


def changed(**texts):
    """A maker of bundles whose files have these texts at their ends: `main` is device/main.py."""

    def make(facts, form):
        files = sources()
        for name, text in texts.items():
            files[f"device/{name}.py"] += text.encode()
        return Bundle(SOURCE, files)

    return make


def status(board):
    with connect(board) as client:
        return Service(client, "update").ask(api.GET, "status")


def running(board):
    return status(board)[5], status(board)[6]


def answers(board):
    return control.send_message(f"/node/{board}/service/uppercase", b"\x01a") == b"\x01A"


def test_a_version_that_answers_is_kept_and_the_same_again_changes_nothing(board, flash):
    done = update.update(of_node(board), SOURCE, silent)
    assert (done.changed, done.form) == (True, SOURCE)
    assert running(board) == ("a", False)
    assert (flash / "uockam-runtime" / "active").read_text() == "a"
    assert not update.update(of_node(board), SOURCE, silent).changed
    control.stop_node(board)
    control.start_node(board)
    assert running(board) == ("a", False)
    assert (
        update.update(of_node(board), SOURCE, silent, changed(main="\n# newer\n")).written_bytes < 20_000
    )  # the rest is copied there
    assert running(board) == ("b", False)


BROKEN = {
    "does not compile": {"main": "\ndef (\n"},
    "crashes when it runs": {"net": "\nasync def run(node, settings):\n    node.spawn('x', node.stop('broken'))\n"},
    "stops by itself": {"net": "\nasync def run(node, settings):\n    raise SystemExit\n"},
}


@pytest.mark.slow
@pytest.mark.parametrize("texts", BROKEN.values(), ids=BROKEN)
def test_the_former_version_runs_again_after_one_that(board, flash, texts):
    update.update(of_node(board), SOURCE, silent)
    with pytest.raises(NotKept, match="the former one runs again"):
        update.update(of_node(board), SOURCE, silent, changed(**texts))
    assert running(board) == ("a", False)
    assert answers(board)
    assert update.update(of_node(board), SOURCE, silent, changed(main="\n# mended\n")).changed
    assert running(board) == ("b", False)


def test_only_a_version_that_is_there_can_be_tried_and_only_one_on_trial_kept(board):
    with connect(board) as client:
        service = Service(client, "update")
        with pytest.raises(ApiError, match="no such version"):
            service.ask(api.POST, "trial", {1: "b"})
        with pytest.raises(ApiError, match="no such version"):
            service.ask(api.POST, "trial", {1: ".."})
        with pytest.raises(ApiError, match="No version is on trial"):
            service.ask(api.POST, "confirm")


@pytest.mark.slow
def test_a_trial_that_nobody_confirms_is_over_at_the_next_reset(board, flash, monkeypatch):
    update.update(of_node(board), SOURCE, silent)
    monkeypatch.setattr(update, "_next_life", stop)
    with pytest.raises(Stop):
        update.update(of_node(board), SOURCE, silent, changed(main="\n# newer\n"))
    while running_or_none(board) != ("b", True):
        pass
    power_cut(board)
    while running_or_none(board) != ("a", False):
        pass
    assert (flash / "uockam-runtime" / "active").read_text() == "a"


class Stop(Exception):
    pass


def stop(*_):
    raise Stop


def running_or_none(board):
    try:
        return running(board)
    except HostError:
        return None


def power_cut(board):
    """The board loses its power and has it again."""
    for child in psutil.Process(control.list_nodes()[0].pid).children():
        child.kill()
        child.wait(10)


@pytest.mark.parametrize("share", [pytest.param(share, marks=pytest.mark.slow) for share in (0.0, 0.3, 0.95)])
def test_power_cut_while_it_is_brought_there_leaves_the_former_version(board, share):
    update.update(of_node(board), SOURCE, silent)
    written = []

    def cutting(total, text):
        class Bar:
            def __enter__(self):
                return self.step

            def __exit__(self, *_):
                pass

            def step(self, count):
                written.append(count)
                if sum(written) >= share * total:
                    power_cut(board)
                    raise Stop

        return Bar()

    newer = changed(**dict.fromkeys(("main", "line", "net", "crash", "config", "about"), f"\n# {'newer' * 300}\n"))
    with pytest.raises((Stop, HostError)):
        update.update(of_node(board), SOURCE, cutting, newer)
    while running_or_none(board) != ("a", False):
        pass
    assert answers(board)
    assert update.update(of_node(board), SOURCE, silent, newer).changed
    assert running(board) == ("b", False)


def test_a_board_whose_start_file_cannot_go_back_is_left_alone(board, flash):
    (flash / "boot.py").write_text("import device.boot\ndevice.boot.run()\n")
    with pytest.raises(HostError, match=r"boot\.py cannot go back") as caught:
        update.update(of_node(board), SOURCE, silent)
    assert "device install" in caught.value.remedy
    assert not (flash / install.TOP[1:]).exists()
