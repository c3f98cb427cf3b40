"""The real esptool, as EspFlasher drives it, against a chip of our own behind a pseudo-terminal."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from uockam_host.device import esp_image
from uockam_host.device.boards import load_all
from uockam_host.device.errors import PortBusy, PortMissing
from uockam_host.device.esp import BAUDS, EspFlasher
from uockam_host.device.flasher import BadFirmware, Firmware, FlashFailed, Unplugged, WrongChip, silent
from uockam_host.device.virtual import VirtualBoard

from . import firmware
from .fake_esp import FakeEsp

FILE = firmware.esp()
CHIPS = list(firmware.CHIP_IDS)


@pytest.fixture
def chip(tmp_path: Path) -> Iterator[FakeEsp]:
    chip = FakeEsp(tmp_path / "tty")
    chip.plug()
    yield chip
    chip.unplug()


class Notes(list[str]):
    """What the flasher told, and a flasher that tells it."""

    def flasher(self, chip: FakeEsp) -> EspFlasher:
        return EspFlasher(chip.port, note=self.append, patient=False)


@pytest.fixture
def notes() -> Notes:
    return Notes()


def flash(flasher: EspFlasher, data: bytes = FILE, erase: bool = False, progress=silent) -> None:
    file = Firmware("file.bin", data)
    flasher.identify()
    flasher.check(file)
    flasher.write(file, erase, progress)
    flasher.restart()


def in_flash(chip: FakeEsp, data: bytes = FILE) -> bool:
    offset = chip.kind.BOOTLOADER_FLASH_OFFSET
    return chip.flash[offset : offset + len(data)] == data


@pytest.mark.parametrize("name", CHIPS)
def test_every_chip_is_known_and_gets_its_file_at_its_offset(tmp_path: Path, notes: Notes, name: str) -> None:
    chip = FakeEsp(tmp_path / "tty", name)
    chip.plug()
    flasher = notes.flasher(chip)
    assert flasher.identify() == name
    data = firmware.esp(name, firmware.noise(20_000))
    flash(flasher, data)
    assert in_flash(chip, data)
    assert chip.bauds == {BAUDS[0]}
    chip.unplug()


def test_the_boards_say_of_offset_and_chip_what_esptool_says() -> None:
    boards = [board for board in load_all() if board.flash.tool == "esptool"]
    assert {board.chip for board in boards} == set(CHIPS)
    assert [board.flash.offset for board in boards] == [esp_image.offset_of(board.chip) for board in boards]


def test_the_rom_does_where_the_program_of_esptool_does_not_run(chip: FakeEsp, notes: Notes) -> None:
    chip.stub = False
    flash(notes.flasher(chip))
    assert in_flash(chip)
    assert notes[1].startswith("The chip is written by its ROM, which takes longer: ")


def test_a_port_without_reset_lines_is_told_once(chip: FakeEsp, notes: Notes) -> None:
    flash(notes.flasher(chip))
    assert notes == [f"The chip cannot be reset over {chip.port}, it must be in its boot loader already"]


_MACHINE = """
def bootloader():
    open("wanted", "w").close()
    raise SystemExit
"""


def test_a_chip_whose_usb_micropython_has_is_brought_into_its_boot_loader_at_another_port(
    tmp_path: Path, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    board, chip = VirtualBoard(tmp_path), FakeEsp(tmp_path / "boot", "ESP32-S3")
    shown = {board.port}

    async def hand() -> None:
        """The USB device of MicroPython goes, that of the boot loader comes."""
        while not (board.flash / "wanted").exists():
            await asyncio.sleep(0.01)
        await board.stop()
        chip.plug()
        shown.symmetric_difference_update({board.port, chip.port})

    async def life() -> None:
        board.flash.mkdir()
        (board.flash / "machine.py").write_text(_MACHINE)
        (board.flash / "main.py").write_text("")
        await board.start()
        flasher = EspFlasher(board.port, note=notes.append, own_usb=True, patient=False)
        found = await asyncio.gather(asyncio.to_thread(flasher.identify), hand())
        flasher.close()
        assert found[0] == "ESP32-S3"

    monkeypatch.setattr("uockam_host.link.ports.names", lambda: sorted(shown))
    asyncio.run(life())
    chip.unplug()


def test_what_was_in_other_places_stays(chip: FakeEsp, notes: Notes) -> None:
    chip.flash[0x200000:0x200004] = b"mine"
    flash(notes.flasher(chip))
    assert in_flash(chip)
    assert chip.flash[0x200000:0x200004] == b"mine"


@pytest.mark.parametrize("stub", [True, False])
def test_erase_leaves_nothing_but_the_file(chip: FakeEsp, notes: Notes, stub: bool) -> None:
    chip.stub = stub
    chip.flash[0x200000:0x200004] = b"mine"
    flash(notes.flasher(chip), erase=True)
    assert in_flash(chip)
    assert chip.flash[0x200000:0x200004] == b"\xff" * 4


def test_what_is_in_the_flash_already_is_not_written_again(chip: FakeEsp, notes: Notes) -> None:
    flash(notes.flasher(chip))
    written = chip.blocks
    flash(notes.flasher(chip))
    assert chip.blocks == written


def test_a_file_for_another_chip_is_refused_with_both_names_and_nothing_is_written(chip: FakeEsp, notes: Notes) -> None:
    with pytest.raises(WrongChip, match=r"file\.bin is for ESP32-C3, and the board has ESP32$"):
        flash(notes.flasher(chip), firmware.esp("ESP32-C3"))
    assert chip.blocks == 0


def test_a_file_that_does_not_fit_is_refused(chip: FakeEsp, notes: Notes) -> None:
    with pytest.raises(BadFirmware, match="the board has 4194304"):
        flash(notes.flasher(chip), FILE.ljust(4 << 20, b"\xff"))
    assert chip.blocks == 0


def test_a_line_that_is_too_fast_is_used_more_slowly(chip: FakeEsp, notes: Notes) -> None:
    chip.top_baud = BAUDS[-1]
    flash(notes.flasher(chip))
    assert in_flash(chip)
    assert chip.bauds == {BAUDS[-1]}
    assert notes[1:] == [f"Writing at {BAUDS[n]} baud failed, trying {BAUDS[n + 1]}" for n in range(len(BAUDS) - 1)]


def test_flash_that_does_not_keep_what_is_written_is_noticed(chip: FakeEsp, notes: Notes) -> None:
    chip.stuck = 0x12345
    with pytest.raises(FlashFailed, match="does not hold what was written") as caught:
        flash(notes.flasher(chip))
    assert "flash is broken" in caught.value.remedy


def test_a_pulled_cable_is_told_and_the_same_command_goes_on_where_it_stopped(chip: FakeEsp, notes: Notes) -> None:
    chip.pull_after = 8
    with pytest.raises(Unplugged, match="went away while it was written") as caught:
        flash(notes.flasher(chip))
    assert caught.value.remedy == "Plug it in and run the same command again: it goes on where it stopped"
    assert not in_flash(chip)
    chip.unplug()
    chip.pull_after = None
    chip.writes.clear()
    chip.plug()
    flash(notes.flasher(chip))
    assert in_flash(chip)
    assert chip.writes[0][0] > chip.kind.BOOTLOADER_FLASH_OFFSET  # the first piece was there


def test_a_board_that_is_not_in_its_boot_loader_gets_its_user_the_exact_remedy(chip: FakeEsp, notes: Notes) -> None:
    chip.asleep = True
    with pytest.raises(FlashFailed, match="does not answer") as caught:
        notes.flasher(chip).identify()
    assert caught.value.remedy.startswith("Hold the BOOT button of the board, tap EN")


def test_a_port_that_is_not_there_or_in_use_is_told_as_such(chip: FakeEsp, notes: Notes, tmp_path: Path) -> None:
    with pytest.raises(PortMissing):
        EspFlasher(str(tmp_path / "none"), note=notes.append).identify()
    with chip_in_use(chip), pytest.raises(PortBusy):
        notes.flasher(chip).identify()


@contextmanager
def chip_in_use(chip: FakeEsp) -> Iterator[None]:
    from serial import Serial

    with Serial(chip.port, exclusive=True):
        yield


def test_progress_counts_every_byte_once(chip: FakeEsp, notes: Notes) -> None:
    told: dict[str, list[int]] = {}

    @contextmanager
    def progress(total: int, text: str):
        steps = told.setdefault(f"{text}: {total}", [])
        yield steps.append

    flash(notes.flasher(chip), progress=progress)
    steps = told[f"Writing firmware: {len(FILE)}"]
    assert sum(steps) == len(FILE)
    assert len(steps) > len(FILE) // 0x10000 + 1  # more than one for each piece


def test_ctrl_c_leaves_a_chip_that_can_be_flashed_again(chip: FakeEsp, notes: Notes) -> None:
    @contextmanager
    def progress(total: int, text: str):
        def interrupt(count: int) -> None:
            raise KeyboardInterrupt

        yield interrupt

    flasher = notes.flasher(chip)
    with pytest.raises(KeyboardInterrupt):
        flash(flasher, progress=progress)
    flasher.close()
    flash(notes.flasher(chip))
    assert in_flash(chip)
