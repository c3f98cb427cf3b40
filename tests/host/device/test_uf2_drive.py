"""RP2 boards, flashed on the drive of a boot loader that is a folder here."""

import asyncio
import os
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from uockam_host.device import boot_loader, uf2
from uockam_host.device.boards import by_name
from uockam_host.device.flasher import BadFirmware, Firmware, FlashFailed, Unplugged, WrongChip, silent
from uockam_host.device.uf2_drive import Drive, Uf2Flasher, drive_at
from uockam_host.device.virtual import VirtualBoard

from ...lib.patience import PATIENCE_S
from . import firmware
from .fake_uf2 import FakeDrive

FILE = firmware.rp2()
PORT = "/dev/ttyACM7"  # of the board, once it has restarted


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., FakeDrive]:
    """made(chip): a drive that is plugged in, of a board that has a port when it has restarted."""
    ports = ["/dev/ttyUSB0"]
    monkeypatch.setattr("uockam_host.link.ports.names", lambda: list(ports))

    def make(*chip: str) -> FakeDrive:
        drive = FakeDrive(tmp_path / "drive", *chip)
        drive.restarted = lambda: ports.append(PORT)
        drive.plug()
        return drive

    return make


@pytest.fixture
def drive(made: Callable[..., FakeDrive]) -> Iterator[FakeDrive]:
    drive = made()
    yield drive
    drive.unplug()


def flasher(drive: FakeDrive, patience_s: float = PATIENCE_S) -> Uf2Flasher:
    return Uf2Flasher(None, drive.folder, board=None, note=lambda text: None, patience_s=patience_s)


def flash(flasher: Uf2Flasher, data: bytes = FILE, erase: bool = False, progress=silent) -> "str | None":
    file = Firmware("file.uf2", data)
    flasher.identify()
    flasher.check(file)
    flasher.write(file, erase, progress)
    return flasher.restart()


@pytest.mark.parametrize("chip", list(uf2.FAMILIES))
def test_the_board_gets_the_file_and_restarts(made: Callable[..., FakeDrive], chip: str) -> None:
    drive = made(chip)
    data = firmware.rp2(chip)
    one = flasher(drive)
    assert one.identify() == chip
    flash(one, data)
    assert drive.restarts == 1
    assert drive.flash == uf2.pages(data, chip, "file.uf2")


def test_a_file_for_another_chip_is_refused_before_anything_is_written(drive: FakeDrive) -> None:
    with pytest.raises(WrongChip, match=r"file\.uf2 is for RP2350, and the board has RP2040"):
        flash(flasher(drive), firmware.rp2("RP2350"))
    assert list(drive.folder.glob("*.uf2")) == []


def test_a_file_that_needs_more_flash_than_the_board_has_is_refused(drive: FakeDrive) -> None:
    far = uf2.build("RP2040", {uf2.FLASH_START + (4 << 20): bytes(uf2.PAGE)})
    with pytest.raises(BadFirmware, match="the board has 2097152"):
        flash(flasher(drive), far)
    assert list(drive.folder.glob("*.uf2")) == []


def test_erase_fills_the_rest_of_the_flash(drive: FakeDrive) -> None:
    drive.flash[uf2.FLASH_START + 0x180000] = b"mine"
    flash(flasher(drive), erase=True)
    pages = uf2.pages(FILE, "RP2040", "file.uf2")
    assert {address: page for address, page in drive.flash.items() if address in pages} == pages
    assert len(drive.flash) == by_name("RPI_PICO").flash.size_kb * 4
    assert {page for address, page in drive.flash.items() if address not in pages} == {b"\xff" * uf2.PAGE}


def test_a_pulled_cable_is_told_and_the_same_command_flashes_it(drive: FakeDrive) -> None:
    @contextmanager
    def progress(total: int, text: str):
        def pull(count: int) -> None:
            drive.unplug()

        yield pull

    big = firmware.rp2(size=200_000)
    with pytest.raises(Unplugged, match="32768 of 400384 bytes had arrived") as caught:
        flash(flasher(drive), big, progress=progress)
    assert caught.value.remedy == "Plug it in and run the same command again"
    drive.plug()
    flash(flasher(drive), big)
    assert drive.flash == uf2.pages(big, "RP2040", "file.uf2")


def test_a_board_that_takes_no_file_is_told_from_one_that_restarts(drive: FakeDrive) -> None:
    drive.deaf = True
    with pytest.raises(FlashFailed, match="its drive is still there"):
        flash(flasher(drive, patience_s=0.1))


def test_the_port_that_comes_up_is_the_result(drive: FakeDrive) -> None:
    assert flash(flasher(drive)) == PORT


def test_progress_counts_every_byte_once(drive: FakeDrive) -> None:
    counts: list[int] = []

    @contextmanager
    def progress(total: int, text: str):
        assert total == len(FILE)
        yield counts.append

    flash(flasher(drive), progress=progress)
    assert sum(counts) == len(FILE)
    assert len(counts) > 1


def test_a_folder_that_is_no_drive_is_told(tmp_path: Path) -> None:
    assert drive_at(tmp_path) is None
    with pytest.raises(FlashFailed, match=r"has no INFO_UF2\.TXT"):
        Uf2Flasher(None, tmp_path, board=None, note=lambda text: None).identify()


def test_a_drive_of_an_unknown_board_is_told(tmp_path: Path) -> None:
    (tmp_path / "INFO_UF2.TXT").write_bytes(b"UF2 Bootloader\r\nBoard-ID: \xffSAMD51\r\n")
    with pytest.raises(FlashFailed, match=r"uockam knows no board that calls itself .SAMD51"):
        Uf2Flasher(None, tmp_path, board=None, note=lambda text: None).identify()


# The board is at its prompt, or runs a program: the virtual board, whose `machine` does as a Pico's.

_MACHINE = """
def bootloader():
    open("wanted", "w").close()
    raise SystemExit
"""


@pytest.mark.parametrize("main", ["", "while True: pass"], ids=["prompt", "program"])
def test_a_running_board_is_brought_into_its_boot_loader_by_its_prompt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, main: str
) -> None:
    monkeypatch.setattr(boot_loader, "_TRIES", round(PATIENCE_S))
    drive = FakeDrive(tmp_path / "drive")
    notes: list[str] = []
    board = VirtualBoard(tmp_path)

    def look() -> "list[Drive]":
        if (board.flash / "wanted").exists() and not drive.folder.exists():
            drive.plug()
        found = drive_at(drive.folder)
        return [found] if found else []

    async def life() -> str:
        board.flash.mkdir()
        (board.flash / "machine.py").write_text(_MACHINE)
        (board.flash / "main.py").write_text(main)
        await board.start()
        one = Uf2Flasher(board.port, None, board=by_name("RPI_PICO"), note=notes.append, look=look)
        try:
            return await asyncio.to_thread(one.identify)
        finally:
            await board.stop()

    assert asyncio.run(life()) == "RP2040"
    assert notes == ["Bringing the board into its boot loader by machine.bootloader()"]
    drive.unplug()


@pytest.fixture
def mute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Boards do not answer, and are not waited for."""
    monkeypatch.setattr(boot_loader, "_REPLY_S", 0.02)


def test_a_board_that_runs_no_micropython_is_touched_at_1200_baud(mute: None, tmp_path: Path) -> None:
    near, far = os.openpty()
    port = tmp_path / "tty"
    port.symlink_to(os.ttyname(far))
    drive = FakeDrive(tmp_path / "drive")

    def look() -> "list[Drive]":
        if termios.tcgetattr(far)[4] == termios.B1200 and not drive.folder.exists():
            drive.plug()
        found = drive_at(drive.folder)
        return [found] if found else []

    one = Uf2Flasher(str(port), None, board=None, note=lambda text: None, look=look, patience_s=PATIENCE_S)
    assert one.identify() == "RP2040"
    drive.unplug()
    os.close(near)
    os.close(far)


def test_a_board_that_shows_no_drive_gets_its_user_the_exact_remedy(mute: None, tmp_path: Path) -> None:
    near, far = os.openpty()
    one = Uf2Flasher(os.ttyname(far), None, board=None, note=lambda text: None, look=list, patience_s=0)
    with pytest.raises(FlashFailed, match="shows no drive") as caught:
        one.identify()
    assert caught.value.remedy.startswith("Hold the BOOTSEL button while you plug the board in")
    os.close(near)
    os.close(far)


def test_a_drive_that_nobody_has_mounted_is_told() -> None:
    with pytest.raises(FlashFailed, match="is not mounted"):
        Uf2Flasher(None, None, board=None, note=lambda text: None, look=list).identify()
