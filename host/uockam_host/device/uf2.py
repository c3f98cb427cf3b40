"""UF2 files: firmware as blocks of 512 bytes, each with the address it goes to. Decides about bytes only.

Format: github.com/microsoft/uf2. RP2 boot loaders take pages of 256 bytes, and restart when they have all blocks of
their family (RP2040 data sheet 2.8.5.4, RP2350 data sheet 5.5).
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from .flasher import BadFirmware, WrongChip

PAGE = 256
FLASH_START = 0x10000000
FLASH_END = 0x11000000  # the window of 16 MB through which the chips see their flash

FAMILIES = {"RP2040": 0xE48BFF56, "RP2350": 0xE48BFF59}  # chip: family of the firmware that it runs as ARM
NAMES = {
    **{family: chip for chip, family in FAMILIES.items()},
    0xE48BFF5A: "RP2350 (RISC-V)",
    0xE48BFF5B: "RP2350 (non-secure ARM)",
    0x1C5F21B0: "ESP32",
    0xBFDD4EEE: "ESP32-S2",
    0xC47E5767: "ESP32-S3",
    0xD42BA06C: "ESP32-C3",
    0x540DDF62: "ESP32-C6",
    0x68ED2B88: "SAMD21",
    0x55114460: "SAMD51",
    0xADA52840: "nRF52840",
    0x57755A57: "STM32F4",
}  # what else people have lying about

_BLOCK = 512
_HEADER = struct.Struct("<8I")  # magic, magic, flags, address, payload size, block number, number of blocks, family
_MAGIC = (0x0A324655, 0x9E5D5157)
_MAGIC_END = struct.pack("<I", 0x0AB16F30)
_NOT_FLASH = 0x0001
_HAS_FAMILY = 0x2000
_MOST_BYTES = 2 * (FLASH_END - FLASH_START)

# A block of its own, in front of the firmware of an RP2350, around a fault of its boot loader (erratum RP2350-E10).
_ABSOLUTE = 0xE48BFF57
_E10_ADDRESS = FLASH_END - PAGE


class Block(NamedTuple):
    """One block; payload: the bytes for `address`."""

    flags: int
    address: int
    number: int
    total: int
    family: int
    payload: bytes


def is_uf2(data: bytes) -> bool:
    """Whether the file begins as a UF2 file does."""
    return data[:8] == struct.pack("<2I", *_MAGIC)


def blocks(data: bytes) -> "Iterator[Block]":
    """Every block of a file. Raises BadFirmware."""
    if not 0 < len(data) <= _MOST_BYTES:
        raise BadFirmware(f"A UF2 file of {len(data)} bytes is none for a board", _AGAIN)
    if len(data) % _BLOCK:
        raise BadFirmware("The UF2 file is cut short: its last block is incomplete", _AGAIN)
    for start in range(0, len(data), _BLOCK):
        yield _block(data[start : start + _BLOCK], start // _BLOCK)


def pages(data: bytes, chip: str, name: str) -> "dict[int, bytes]":
    """What the file puts where into the flash of this chip: {address: PAGE bytes}, complete and consistent.

    Raises WrongChip, BadFirmware.
    """
    main = [block for block in blocks(data) if not _is_workaround(block)]
    family = FAMILIES[chip]
    for block in main:
        if block.family != family:
            raise WrongChip(name, _name(block.family), chip)
    _check_numbers(main)
    found = {block.address: block.payload for block in main}
    if len(found) != len(main):
        raise BadFirmware("The UF2 file writes to the same address twice", _AGAIN)
    for block in main:
        _check_place(block)
    return found


def chip_of(data: bytes) -> str:
    """The chip that the file is for, as NAMES calls it. Raises BadFirmware."""
    for block in blocks(data):
        if not _is_workaround(block):
            return _name(block.family)
    raise BadFirmware("The UF2 file has no firmware in it", _AGAIN)


def build(chip: str, flash: "dict[int, bytes]") -> bytes:
    """The file that puts these pages into the flash of the chip."""
    family = FAMILIES[chip]
    made = [_build_block(_E10_ADDRESS, 0, 2, _ABSOLUTE, b"\xef" * PAGE)] if chip == "RP2350" else []
    made += [_build_block(address, n, len(flash), family, flash[address]) for n, address in enumerate(sorted(flash))]
    return b"".join(made)


def pages_of(data: bytes, address: int) -> "dict[int, bytes]":
    """Bytes that lie in the flash from a page's address on, as pages; the last is filled up with 0xff."""
    padded = data + b"\xff" * (-len(data) % PAGE)
    return {address + start: padded[start : start + PAGE] for start in range(0, len(padded), PAGE)}


def _name(family: int) -> str:
    return NAMES.get(family, f"an unknown chip (UF2 family {family:#x})")


def _block(raw: bytes, number: int) -> Block:
    magic1, magic2, flags, address, size, own_number, count, family = _HEADER.unpack_from(raw)
    if (magic1, magic2) != _MAGIC or raw[-4:] != _MAGIC_END:
        raise BadFirmware(f"Block {number} of the UF2 file is damaged", _AGAIN)
    if size != PAGE or flags & _NOT_FLASH or not flags & _HAS_FAMILY:
        raise BadFirmware(f"Block {number} of the UF2 file is none that this board takes", _OTHER)
    return Block(flags, address, own_number, count, family, raw[_HEADER.size : _HEADER.size + PAGE])


def _is_workaround(block: Block) -> bool:
    return block.family == _ABSOLUTE and block.address == _E10_ADDRESS


def _check_numbers(main: "list[Block]") -> None:
    counts = {block.total for block in main}
    if len(counts) != 1:
        raise BadFirmware("The UF2 file is put together from several", _AGAIN)
    count = counts.pop()
    numbers = {block.number for block in main}
    if len(numbers) != len(main) or max(numbers) >= count:
        raise BadFirmware("The blocks of the UF2 file are numbered wrongly", _AGAIN)
    if len(main) != count:
        raise BadFirmware(f"The UF2 file is incomplete: {len(main)} of {count} blocks are there", _AGAIN)


def _check_place(block: Block) -> None:
    if block.address % PAGE or not FLASH_START <= block.address < FLASH_END:
        raise BadFirmware(f"The UF2 file writes to {block.address:#x}, where no flash is", _OTHER)


def _build_block(address: int, number: int, count: int, family: int, payload: bytes) -> bytes:
    header = _HEADER.pack(*_MAGIC, _HAS_FAMILY, address, PAGE, number, count, family)
    return (header + payload).ljust(_BLOCK - len(_MAGIC_END), b"\0") + _MAGIC_END


_AGAIN = "Download it again"
_OTHER = "Take the .uf2 file of MicroPython for this board"
