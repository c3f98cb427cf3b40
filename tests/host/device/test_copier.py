"""The same files on a board by mpremote's library and by ampy's, on a virtual board; and boards that cannot be used."""

import hashlib
import os
import threading
import time
from contextlib import contextmanager

import pytest

from uockam_host.device import contact
from uockam_host.device.copier import VIAS, BoardError, Entry, FileError, open_copier
from uockam_host.device.copy_ampy import AmpyCopier
from uockam_host.device.copy_mpremote import MpremoteCopier
from uockam_host.device.errors import BootLoader, FirmwareMissing, PortBusy, PortMissing, PortUnusable, ProgramRunning

from .boards import plugged

NASTY = bytes(range(256)) * 40 + b"'\\\r\n\x03\x04\x00"  # what a prompt or a careless quotation would trip over


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    with plugged(tmp_path_factory.mktemp("copier") / "board") as one:
        yield one


@pytest.fixture(params=VIAS)
def copier(request, board):
    with open_copier(board.port, request.param) as one:
        yield one


def test_what_is_put_is_there_byte_for_byte(copier, board):
    done = []
    copier.put("/a b/ü/nasty'.bin", NASTY, done.append)
    assert (board.flash / "a b" / "ü" / "nasty'.bin").read_bytes() == NASTY
    assert copier.get("/a b/ü/nasty'.bin") == NASTY
    assert copier.hash("/a b/ü/nasty'.bin") == hashlib.sha256(NASTY).hexdigest()
    assert sum(done) == len(NASTY)
    assert [path for path in board.files() if path.endswith((".part", ".new"))] == []


def test_many_files_go_together_empty_ones_too(copier, board):
    files = {f"/many/{number}.bin": os.urandom(number * 99) for number in range(20)}
    copier.write(files)
    assert {path: data for path, data in board.files().items() if path.startswith("/many/")} == files
    assert copier.hashes("/many") == {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    copier.rm("/many")
    assert copier.hashes("/many", "/many/3.bin") == {}


def test_a_folder_is_listed_by_name_with_sizes(copier):
    copier.rm("/listed")
    copier.write({"/listed/b": b"12", "/listed/a/x": b""})
    assert copier.ls("/listed") == [Entry("a", True, copier.stat("/listed/a").size), Entry("b", False, 2)]
    assert copier.stat("/listed/b") == Entry("b", False, 2)
    assert copier.stat("/listed/none") is None
    assert copier.hash("/listed/a") is None
    copier.rename("/listed/b", "/listed/c")
    assert copier.get("/listed/c") == b"12"
    copier.rm("/listed/nothing there")


def test_what_the_board_refuses_is_an_error_with_its_reason(copier):
    with pytest.raises(FileError, match=r"/nowhere\.txt: No such file") as caught:
        copier.get("/nowhere.txt")
    assert caught.value.errno == 2
    with pytest.raises(BoardError, match="ZeroDivisionError"):
        copier.exec("1/0")
    assert copier.exec("print('still there')").strip() == b"still there"


def test_there_is_room_for_files(copier):
    assert copier.free_bytes() > 0


def test_what_ran_is_interrupted_and_runs_again_after_a_reset(tmp_path):
    program = "n = open('runs', 'a')\nn.write('x')\nn.close()\nwhile True: pass\n"
    with plugged(tmp_path / "board", main_py=program) as board:
        for via in VIAS:
            with open_copier(board.port, via) as copier:
                before = copier.get("/runs")
                copier.reset()
            while (board.flash / "runs").read_bytes() == before:  # it ends when the program runs again
                time.sleep(0.01)


@contextmanager
def relayed(board, change):
    """The path of a port that leads to the board's; change(data) is what goes there of the data that comes."""
    near, far = os.openpty()
    os.set_blocking(near, True)
    port = os.open(board.port, os.O_RDWR | os.O_NOCTTY)
    ends = os.pipe()
    threads = [
        threading.Thread(target=_carry, args=(near, port, change, ends[0])),
        threading.Thread(target=_carry, args=(port, near, bytes, ends[0])),
    ]
    import tty

    tty.setraw(far)
    for thread in threads:
        thread.start()
    try:
        yield os.ttyname(far)
    finally:
        os.write(ends[1], b"x")
        for thread in threads:
            thread.join()
        for fd in (near, far, port, *ends):
            os.close(fd)


def _carry(source, sink, change, end):
    import select

    while end not in (ready := select.select([source, end], [], [])[0]):
        assert ready
        os.write(sink, change(os.read(source, 4096)))


class _NoPaste:
    """A board that says that it has a raw-paste mode, and hears nothing of what is pasted."""

    def __init__(self):
        self.pasting = False

    def __call__(self, data):
        if b"\x05A\x01" in data:
            self.pasting = True
            return data
        if self.pasting:
            self.pasting = b"\x03" not in data
            return b"" if self.pasting else data
        return data


@pytest.mark.slow  # mpremote waits for 10 s for what is pasted to be taken
def test_a_board_whose_raw_paste_mode_fails_is_reached_by_ampy(tmp_path):
    with plugged(tmp_path / "board") as board, relayed(board, _NoPaste()) as port:
        with pytest.raises(contact.PasteFailed, match="raw-paste") as caught:
            open_copier(port, "mpremote")
        assert "--via ampy" in caught.value.remedy
        with open_copier(port) as copier:
            assert isinstance(copier, AmpyCopier)
            copier.put("/x", NASTY)
            assert copier.get("/x") == NASTY


def test_without_a_word_it_is_mpremotes_way(board):
    with open_copier(board.port) as copier:
        assert isinstance(copier, MpremoteCopier)


@pytest.mark.parametrize("via", VIAS)
def test_ports_that_cannot_be_opened_are_told_apart(via, board, tmp_path):
    with pytest.raises(PortMissing):
        open_copier(str(tmp_path / "none"), via)
    (tmp_path / "file").touch()
    with pytest.raises(PortUnusable):
        open_copier(str(tmp_path / "file"), via)
    with open_copier(board.port, "mpremote"), pytest.raises(PortBusy):
        open_copier(board.port, via)


@pytest.mark.parametrize(
    ("says", "error"),
    [(b"", FirmwareMissing), (b"beep\r\n", ProgramRunning), (b"waiting for download\r\n", BootLoader)],
    ids=["silent", "program", "boot loader"],
)
@pytest.mark.parametrize("via", VIAS)
def test_a_board_without_a_prompt_says_by_what_it_prints_what_it_is(via, says, error, monkeypatch):
    monkeypatch.setattr(contact, "_GREETING_S", 0.2)
    near, far = os.openpty()
    answering = threading.Thread(target=_answer, args=(near, says))
    answering.start()
    try:
        with pytest.raises(error):
            open_copier(os.ttyname(far), via)
    finally:
        os.close(far)
        answering.join()
        os.close(near)


def _answer(near, says):
    while True:
        try:
            data = os.read(near, 100)
        except OSError:  # the other end is closed
            return
        if data and says:
            os.write(near, says)
