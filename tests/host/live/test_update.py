"""Another version for a board in use: kept when it does well, and never half there. On a real virtual board."""

import psutil
import pytest

from uockam import api
from uockam_host.device import update
from uockam_host.device.asking import Service
from uockam_host.device.bundle import SOURCE, Bundle, sources
from uockam_host.device.flasher import silent
from uockam_host.device.live import connect, of_node
from uockam_host.device.update import NotKept
from uockam_host.errors import ApiError, HostError
from uockam_host.node import control

from ...lib.patience import PATIENCE_S


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


def on_trial(board):
    return status(board)[5]


def kept(flash):
    """The version that the board has, None for the one of its firmware alone."""
    path = flash / "uockam.pack"
    return path.read_bytes() if path.exists() else None


def answers(board):
    return control.send_message(f"/node/{board}/service/uppercase", b"\x01a") == b"\x01A"


def test_a_version_that_answers_is_kept_and_the_same_again_changes_nothing(board, flash):
    assert kept(flash) is None
    done = update.update(of_node(board), SOURCE, silent)
    assert (done.changed, done.form) == (True, SOURCE)
    assert (kept(flash), on_trial(board)) == (Bundle(SOURCE, sources()).pack(), False)
    assert not update.update(of_node(board), SOURCE, silent).changed
    newer = changed(main="\n# newer\n")
    update.update(of_node(board), SOURCE, silent, newer)
    control.stop_node(board)
    control.start_node(board)
    assert (kept(flash), on_trial(board)) == (newer(None, SOURCE).pack(), False)
    assert not list(flash.glob("uockam.pack.*"))


BROKEN = {
    "does not compile": {"main": "\ndef (\n"},
    "crashes when it runs": {"net": "\nasync def run(node, settings):\n    node.spawn('x', node.stop('broken'))\n"},
    "stops by itself": {"net": "\nasync def run(node, settings):\n    raise SystemExit\n"},
}


@pytest.mark.slow
@pytest.mark.parametrize("texts", BROKEN.values(), ids=BROKEN)
def test_the_former_version_runs_again_after_one_that(board, flash, texts):
    update.update(of_node(board), SOURCE, silent)
    former = kept(flash)
    with pytest.raises(NotKept, match="the former one runs again"):
        update.update(of_node(board), SOURCE, silent, changed(**texts))
    assert (kept(flash), on_trial(board)) == (former, False)
    assert answers(board)
    assert update.update(of_node(board), SOURCE, silent, changed(main="\n# mended\n")).changed
    assert kept(flash) != former


def test_only_a_version_that_is_there_can_be_tried_and_only_one_on_trial_kept(board):
    with connect(board) as client:
        service = Service(client, "update")
        with pytest.raises(ApiError, match=r"no /uockam\.pack\.other"):
            service.ask(api.POST, "trial")
        with pytest.raises(ApiError, match="No version is on trial"):
            service.ask(api.POST, "confirm")


@pytest.mark.slow
def test_a_trial_that_nobody_confirms_is_over_at_the_next_reset(board, flash, monkeypatch):
    update.update(of_node(board), SOURCE, silent)
    monkeypatch.setattr(update, "_next_life", stop)
    with pytest.raises(Stop):
        update.update(of_node(board), SOURCE, silent, changed(main="\n# newer\n"))
    while on_trial_or_none(board) is not True:
        pass
    with pytest.raises(HostError, match="tries another version"):
        update.update(of_node(board), SOURCE, silent)
    power_cut(board)
    while on_trial_or_none(board) is not False:
        pass
    assert kept(flash) == Bundle(SOURCE, sources()).pack()


class Stop(Exception):
    pass


def stop(*_):
    raise Stop


def on_trial_or_none(board):
    try:
        return on_trial(board)
    except HostError:
        return None


def power_cut(board):
    """The board loses its power and has it again."""
    for child in psutil.Process(control.list_nodes()[0].pid).children():
        child.kill()
        child.wait(PATIENCE_S)


@pytest.mark.parametrize("share", [pytest.param(share, marks=pytest.mark.slow) for share in (0.0, 0.3, 0.95)])
def test_power_cut_while_it_is_brought_there_leaves_the_former_version(board, flash, share):
    update.update(of_node(board), SOURCE, silent)
    former = kept(flash)
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

    newer = changed(main="\n# newer\n")
    with pytest.raises((Stop, HostError)):
        update.update(of_node(board), SOURCE, cutting, newer)
    while on_trial_or_none(board) is not False:
        pass
    assert kept(flash) == former
    assert answers(board)
    assert update.update(of_node(board), SOURCE, silent, newer).changed
    assert kept(flash) == newer(None, SOURCE).pack()


def test_a_board_whose_start_file_cannot_go_back_is_left_alone(board, flash):
    (flash / "boot.py").write_text("import device.boot\ndevice.boot.run()\n")
    with pytest.raises(HostError, match=r"boot\.py cannot go back") as caught:
        update.update(of_node(board), SOURCE, silent)
    assert "device install" in caught.value.remedy
    assert kept(flash) is None
