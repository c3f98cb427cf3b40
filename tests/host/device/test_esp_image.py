"""Firmware files of ESP chips: whole and for the chip, or refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from uockam.errors import Error
from uockam_host.device import esp_image
from uockam_host.device.esp_image import DATA, PROGRAM, Partition
from uockam_host.device.flasher import BadFirmware, WrongChip

from . import firmware

CHIPS = list(firmware.CHIP_IDS)
OFFSET = 0x1000
TABLE_AT = esp_image.TABLE_ADDRESS - OFFSET
PROGRAM_AT = 0x10000 - OFFSET
GOOD = firmware.esp("ESP32", firmware.noise(30_000))


def changed(at: int, value: bytes, data: bytes = GOOD) -> bytes:
    return data[:at] + value + data[at + len(value) :]


@pytest.mark.parametrize("chip", CHIPS)
def test_a_whole_file_gives_its_partition_table(chip: str) -> None:
    data = firmware.esp(chip, firmware.noise(5000))
    assert esp_image.is_image(data)
    assert esp_image.chip_of(data) == chip
    assert esp_image.check(data, chip, "file.bin") == [
        Partition("nvs", DATA, 0x9000, 0x6000),
        Partition("phy_init", DATA, 0xF000, 0x1000),
        Partition("factory", PROGRAM, 0x10000, 0x1F0000),
        Partition("vfs", DATA, 0x200000, 0x200000),
    ]


@pytest.mark.parametrize("chip", [chip for chip in CHIPS if chip != "ESP32"])
def test_a_file_for_another_chip_is_refused_with_both_names(chip: str) -> None:
    with pytest.raises(WrongChip, match=rf"file\.bin is for {chip}, and the board has ESP32"):
        esp_image.check(firmware.esp(chip, b""), "ESP32", "file.bin")


def test_a_program_for_another_chip_than_its_boot_loader_is_refused() -> None:
    with pytest.raises(WrongChip, match="is for ESP32-S3"):
        esp_image.check(firmware.esp("ESP32", b"", program_chip="ESP32-S3"), "ESP32", "file.bin")


def test_a_chip_that_nobody_knows_has_a_number() -> None:
    assert esp_image.chip_of(changed(12, b"\xee\xee")) == "an unknown ESP chip (number 61166)"


BAD = {
    "nothing": b"",
    "another beginning": changed(0, b"\x7f"),
    "a damaged boot loader": changed(0x1000, b"?"),
    "no partition table": changed(TABLE_AT, b"\xff" * 0xC00),
    "a damaged partition table": changed(TABLE_AT + 4, b"?"),
    "a partition beyond all flash": firmware.esp(rows=(("factory", 0, 0, 0x10000, 1 << 31),)),
    "no program": firmware.esp(rows=(("nvs", 1, 2, 0x9000, 0x6000),)),
    "a program that is missing": GOOD[:PROGRAM_AT],
    "a program that is cut": GOOD[:-100],
    "a damaged program": changed(PROGRAM_AT + 5000, b"?"),
    "a program before the file": firmware.esp(rows=(("factory", 0, 0, 0, 0x1F0000),)),
    "a program without boot loader, as for updates over the air": firmware.image("ESP32", firmware.noise(90_000)),
    "more than any flash holds": GOOD.ljust((32 << 20) + 1, b"\xff"),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_file_with_this_is_refused(data: bytes) -> None:
    with pytest.raises(BadFirmware) as caught:
        esp_image.check(data, "ESP32", "file.bin")
    assert caught.value.remedy


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=40))
def test_a_damaged_file_is_taken_or_refused_and_nothing_else(at: int, junk: bytes) -> None:
    try:
        esp_image.check(changed(at, junk), "ESP32", "file.bin")
    except Error:
        return


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(GOOD)))
def test_a_file_that_is_cut_anywhere_is_refused(end: int) -> None:
    if end < len(GOOD):
        with pytest.raises(BadFirmware):
            esp_image.check(GOOD[:end], "ESP32", "file.bin")


@given(st.binary(max_size=200))
def test_any_bytes_are_refused(junk: bytes) -> None:
    for data in (junk, b"\xe9" + junk):
        with pytest.raises(Error):
            esp_image.check(data, "ESP32", "file.bin")
