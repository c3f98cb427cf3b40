"""Images for boards: read back with littlefs, and taken by what flashes boards."""

import subprocess
from pathlib import Path

import pytest

from uockam_host.device import bundle, esp_image, image, install, rp2_image, uf2
from uockam_host.device.boards import by_name
from uockam_host.device.flasher import BadFirmware, Firmware, WrongChip
from uockam_host.device.virtual import find_micropython
from uockam_host.errors import HostError

from . import firmware

BANNER = b"MicroPython v1.25.0 on 2025-04-15; "
PICO = Path(__file__).parents[3] / "build" / "firmware" / "RPI_PICO.uf2"
NO_VFS = firmware.TABLE[:-1]
NOTHING = install.Wanted()
ESP_BOARDS = ["ESP32_GENERIC", "ESP32_GENERIC_C3", "ESP32_GENERIC_S3"]

needs_pico = pytest.mark.emulator


def esp_firmware(board: str, rows=firmware.TABLE, banner: bytes = BANNER) -> Firmware:
    program = banner + firmware.noise(100_000)
    return Firmware("esp.bin", firmware.esp(by_name(board).chip, program, rows=rows))


def made(board: str, file: Firmware, wanted: install.Wanted = NOTHING, **settings) -> image.Image:
    return image.make(by_name(board), file, wanted, form=bundle.SOURCE, **settings)


def files_of(board: str, wanted: install.Wanted = NOTHING) -> "dict[str, bytes]":
    return install.files(bundle.Bundle(bundle.SOURCE, bundle.sources()), wanted)


@pytest.mark.parametrize("board", ESP_BOARDS)
def test_an_esp_image_is_the_firmware_with_a_file_system_at_its_partition(board: str) -> None:
    file = esp_firmware(board)
    wanted = install.Wanted({"name": "esp1"}, ("app", b"async def main(node): pass\n"))
    result = made(board, file, wanted)
    offset = esp_image.offset_of(by_name(board).chip)
    assert result.data.startswith(file.data)
    assert image.read_file_system(result.data[0x200000 - offset :], 0x200000, 32) == files_of(board, wanted)
    assert (result.suffix, result.micropython) == (".bin", "1.25.0")
    esp_image.check(result.data, by_name(board).chip, "image.bin")


def test_without_a_partition_the_files_are_behind_the_last_one_to_the_end_of_the_flash() -> None:
    file = esp_firmware("ESP32_GENERIC", NO_VFS)
    result = made("ESP32_GENERIC", file, flash_bytes=8 << 20)
    found = image.read_file_system(result.data[0x200000 - 0x1000 :], 6 << 20, 32)
    assert found == files_of("ESP32_GENERIC")
    assert esp_image.flash_of(result.data, 0x1000) == 8 << 20


def test_only_an_image_whose_files_go_to_the_end_of_the_flash_is_for_one_size_of_it() -> None:
    assert esp_image.flash_of(esp_firmware("ESP32_GENERIC", NO_VFS).data, 0x1000) is None
    assert esp_image.flash_of(made("ESP32_GENERIC", esp_firmware("ESP32_GENERIC")).data, 0x1000) is None


def test_flash_that_has_no_room_for_files_is_told() -> None:
    with pytest.raises(BadFirmware, match="no room for files in 2048 KB"):
        made("ESP32_GENERIC", esp_firmware("ESP32_GENERIC", NO_VFS), flash_bytes=2 << 20)


def test_what_lies_behind_the_file_system_in_the_flash_does_not_matter() -> None:
    files = {"/a/b.txt": firmware.noise(9000), "/c.txt": b"c", "/empty": b""}
    data = image.file_system(files, 1 << 20, 32)
    assert len(data) < 160 << 10
    for rest in (b"", b"\xff", b"\0", firmware.noise(1 << 20)):  # what the flash has behind it
        whole = (data + rest * ((1 << 20) // max(len(rest), 1)))[: 1 << 20]
        assert image.read_file_system(whole, 1 << 20, 32) == files


def test_a_file_system_that_is_too_small_is_told() -> None:
    with pytest.raises(HostError, match="the board has room for 64 KB") as caught:
        image.file_system({"/a": firmware.noise(80_000)}, 64 << 10, 32)
    assert "--source mpy" in caught.value.remedy


def test_firmware_for_another_chip_is_refused() -> None:
    with pytest.raises(WrongChip, match=r"esp\.bin is for ESP32-C3, and the board has ESP32"):
        made("ESP32_GENERIC", esp_firmware("ESP32_GENERIC_C3"))
    with pytest.raises(WrongChip, match="is for RP2350, and the board has RP2040"):
        made("RPI_PICO", Firmware("pico2.uf2", firmware.rp2("RP2350")))


def test_firmware_that_is_not_micropython_is_refused() -> None:
    with pytest.raises(BadFirmware, match=r"esp\.bin is not MicroPython"):
        made("ESP32_GENERIC", esp_firmware("ESP32_GENERIC", banner=b""))
    with pytest.raises(BadFirmware, match=r"pico\.uf2 is not MicroPython"):
        made("RPI_PICO", Firmware("pico.uf2", firmware.rp2()))


def test_an_image_is_no_firmware_to_start_from() -> None:
    once = made("ESP32_GENERIC", esp_firmware("ESP32_GENERIC"))
    with pytest.raises(BadFirmware, match="has files in it already"):
        made("ESP32_GENERIC", Firmware("image.bin", once.data))


def test_an_old_micropython_is_refused() -> None:
    with pytest.raises(HostError, match=r"has MicroPython 1\.20\.0; uockam needs 1\.22"):
        made("ESP32_GENERIC", esp_firmware("ESP32_GENERIC", banner=b"MicroPython v1.20.0 on "))


def test_the_runtime_is_compiled_for_the_board() -> None:
    result = image.make(by_name("ESP32_GENERIC_C3"), esp_firmware("ESP32_GENERIC_C3"), install.Wanted())
    assert (result.form, result.why) == (bundle.COMPILED, "")
    found = image.read_file_system(result.data[0x200000:], 0x200000, 32)
    assert set(found) == {"/uockam.pack", "/boot.py", "/main.py"}
    assert b"uockam/node.mpy\0M\x06" in found["/uockam.pack"]


def test_the_virtual_board_has_no_image() -> None:
    with pytest.raises(HostError):
        made("UNIX", esp_firmware("ESP32_GENERIC"))


# -- RP2: what MicroPython says about itself --------------------------------------------------------------------------


@needs_pico
def test_micropython_says_where_its_files_are_as_the_board_file_does() -> None:
    board = by_name("RPI_PICO")
    area = rp2_image.files_area(uf2.pages(PICO.read_bytes(), board.chip, "file.uf2"))
    size = board.flash.files_kb << 10
    assert area == (uf2.FLASH_START + (board.flash.size_kb << 10) - size, size)


@needs_pico
def test_a_pico_image_is_the_firmware_and_a_file_system_at_the_end_of_its_flash() -> None:
    file = Firmware(PICO.name, PICO.read_bytes())
    result = made("RPI_PICO", file, install.Wanted({"name": "pico1"}))
    pages = uf2.pages(result.data, "RP2040", "file.uf2")
    assert uf2.pages(file.data, "RP2040", "file.uf2").items() <= pages.items()
    own = uf2.pages(file.data, "RP2040", "file.uf2")
    area = rp2_image.files_area(own)
    disk = b"".join(pages[address] for address in sorted(pages) if address not in own)
    assert image.read_file_system(disk, area.size, uf2.PAGE) == files_of("RPI_PICO", install.Wanted({"name": "pico1"}))


def test_firmware_that_says_nothing_about_itself_is_refused() -> None:
    with pytest.raises(BadFirmware, match="says nothing about itself"):
        rp2_image.files_area(uf2.pages_of(firmware.noise(9000), uf2.FLASH_START))


# -- MicroPython itself ------------------------------------------------------------------------------------------------

_MOUNT = """
import os, sys, vfs

class Flash:
    def __init__(self, name, blocks):
        self.data = bytearray(open(name, "rb").read())
        self.data += b"\\x5a" * (blocks * 4096 - len(self.data))

    def readblocks(self, block, buffer, offset=0):
        at = block * 4096 + offset
        buffer[:] = self.data[at : at + len(buffer)]

    def writeblocks(self, block, buffer, offset=None):
        at = block * 4096 + (offset or 0)
        if offset is None:
            self.ioctl(6, block)
        self.data[at : at + len(buffer)] = buffer

    def ioctl(self, op, arg):
        if op == 4:
            return len(self.data) // 4096
        if op == 5:
            return 4096
        if op == 6:
            self.data[arg * 4096 : (arg + 1) * 4096] = b"\\xff" * 4096
        return 0

fs = vfs.VfsLfs2(Flash(sys.argv[1], int(sys.argv[2])), readsize=32, progsize=int(sys.argv[3]), lookahead=32)
vfs.mount(fs, "/board")
for number in range(20):
    with open("/board/new%d.txt" % number, "w") as file:
        file.write("new" * 1000)
print(open("/board/uockam.json").read().strip())
print(sum(len(open("/board/new%d.txt" % number).read()) for number in range(20)))
print(os.stat("/board/uockam.pack")[6])
"""


@pytest.mark.parametrize("program_bytes", [32, 256], ids=["ESP32", "RP2"])
def test_micropython_reads_the_file_system_and_writes_to_it(tmp_path: Path, program_bytes: int) -> None:
    size = 2 << 20  # what such a board has
    files = files_of("ESP32_GENERIC", install.Wanted({"name": "n1"}))
    (tmp_path / "disk").write_bytes(image.file_system(files, size, program_bytes))
    (tmp_path / "mount.py").write_text(_MOUNT)
    arguments = [str(tmp_path / "disk"), str(size // 4096), str(program_bytes)]
    words = [find_micropython(), "-X", "heapsize=16M", str(tmp_path / "mount.py"), *arguments]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines() == ['{"name": "n1"}', "60000", str(len(files[install.PACK]))], done.stderr


def test_the_same_files_give_the_same_bytes() -> None:
    files = files_of("RPI_PICO")
    assert image.file_system(files, 1 << 20, 256) == image.file_system(files, 1 << 20, 256)
