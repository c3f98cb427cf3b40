"""UF2 files: what is read is what was built, and nothing else is taken."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uockam.errors import Error
from uockam_host.device import uf2
from uockam_host.device.boards import load_all
from uockam_host.device.flasher import BadFirmware, WrongChip

from . import firmware

BLOCK = 512
CHIPS = list(uf2.FAMILIES)
BUILT = Path(__file__).parents[3] / "build" / "firmware" / "RPI_PICO.uf2"


def changed(data: bytes, block: int, field: int, value: int) -> bytes:
    """The file with one of the eight numbers of a block's header set."""
    out = bytearray(data)
    struct.pack_into("<I", out, block * BLOCK + 4 * field, value)
    return bytes(out)


@pytest.mark.parametrize("chip", CHIPS)
def test_what_is_built_is_read_again(chip: str) -> None:
    pages = uf2.pages_of(firmware.noise(5000), uf2.FLASH_START)
    data = uf2.build(chip, pages)
    assert uf2.is_uf2(data)
    assert uf2.chip_of(data) == chip
    assert uf2.pages(data, chip, "file.uf2") == pages


def test_pages_need_not_follow_one_another() -> None:
    pages = {uf2.FLASH_START: b"a" * uf2.PAGE, uf2.FLASH_END - uf2.PAGE: b"b" * uf2.PAGE}
    assert uf2.pages(uf2.build("RP2040", pages), "RP2040", "file.uf2") == pages


def test_the_boards_say_of_their_families_what_is_built() -> None:
    boards = [board for board in load_all() if board.flash.tool == "uf2"]
    assert {board.chip: board.flash.family for board in boards} == uf2.FAMILIES


@pytest.mark.emulator
def test_a_file_of_micropython_itself_is_read_and_built_again_as_it_was() -> None:
    data = BUILT.read_bytes()
    assert uf2.build("RP2040", uf2.pages(data, "RP2040", "file.uf2")) == data


def test_a_file_for_another_chip_is_refused_with_both_names() -> None:
    with pytest.raises(WrongChip, match=r"pico2\.uf2 is for RP2350, and the board has RP2040"):
        uf2.pages(firmware.rp2("RP2350"), "RP2040", "pico2.uf2")
    with pytest.raises(WrongChip, match="is for SAMD51, and the board has RP2040"):
        uf2.pages(changed(GOOD, 0, 7, 0x55114460), "RP2040", "file.uf2")


GOOD = firmware.rp2(size=2000)
BAD = {
    "nothing": b"",
    "a last block that is cut": GOOD[:-1],
    "no magic at its start": changed(GOOD, 2, 0, 0),
    "no magic at its end": changed(GOOD, 2, 127, 0),
    "a block missing": GOOD[:-BLOCK],
    "a block twice": GOOD + GOOD[:BLOCK],
    "a block with another's number": changed(GOOD, 2, 5, 3),
    "a number beyond the last": changed(GOOD, 7, 5, 9),
    "blocks that disagree on how many there are": changed(GOOD, 1, 6, 9),
    "two blocks for one address": changed(GOOD, 2, 3, uf2.FLASH_START),
    "an address in RAM": changed(GOOD, 2, 3, 0x20000000),
    "an address inside a page": changed(GOOD, 2, 3, uf2.FLASH_START + 5),
    "a block that is not for the flash": changed(GOOD, 2, 2, 0x2001),
    "a block of no family": changed(GOOD, 2, 2, 0),
    "a payload of another size": changed(GOOD, 2, 4, 476),
}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_file_with_this_is_refused(data: bytes) -> None:
    with pytest.raises(BadFirmware) as caught:
        uf2.pages(data, "RP2040", "file.uf2")
    assert caught.value.remedy


def test_an_incomplete_file_says_how_much_of_it_is_there() -> None:
    with pytest.raises(BadFirmware, match="7 of 8 blocks are there"):
        uf2.pages(GOOD[:-BLOCK], "RP2040", "file.uf2")


@given(st.integers(0, 7), st.integers(0, BLOCK - 1), st.binary(min_size=1, max_size=40))
def test_a_damaged_file_is_read_or_refused_and_nothing_else(block: int, start: int, junk: bytes) -> None:
    data = bytearray(GOOD)
    at = block * BLOCK + start
    data[at : at + len(junk)] = junk
    for chip in CHIPS:
        try:
            pages = uf2.pages(bytes(data), chip, "file.uf2")
        except Error:
            continue
        assert all(len(page) == uf2.PAGE for page in pages.values())


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(junk: bytes) -> None:
    for data in (junk, GOOD[:8] + junk):
        with pytest.raises(Error):
            uf2.pages(data, "RP2040", "file.uf2")
