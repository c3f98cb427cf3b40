"""Firmware files of ESP32 chips: boot loader, partition table and program in one file. Decides about bytes only.

Formats: ESP-IDF's "Application Image Format" and "Partition Tables". The file lies in the flash from the chip's boot
loader offset on, so its partition table is TABLE_ADDRESS minus that offset into it.
"""

import hashlib
import re
import struct
from typing import NamedTuple

from .flasher import BadFirmware, WrongChip

TABLE_ADDRESS = 0x8000
PROGRAM, DATA = 0, 1  # types of partitions
ERASED = b"\xff"

_IMAGE_MAGIC = 0xE9
_HEADER_BYTES = 24
_CHIP_ID = struct.Struct("<12xH")
_ENTRY = struct.Struct("<2sBBII16sI")
_ENTRY_MAGIC = b"\xaa\x50"
_SUM_MAGIC = b"\xeb\xeb" + ERASED * 14
_FILES = ("vfs", "ffat")  # names of the partition with the files
_BLOCK = 4096
_SUPERBLOCK = re.compile(  # version 2.0, block size, number of blocks, longest name
    re.escape(struct.pack("<II", 0x20000, _BLOCK)) + b"(.{4})" + re.escape(struct.pack("<I", 255)), re.DOTALL
)
_MOST_ENTRIES = 95  # a table has 0xC00 bytes
_MOST_FLASH = 32 << 20

_AGAIN = "Download it again"
_OTHER = "Take the .bin file of MicroPython for this board: it has boot loader, partition table and program in it"


class Partition(NamedTuple):
    """One part of the flash; address and size in bytes."""

    name: str
    type: int
    address: int
    size: int


def is_image(data: bytes) -> bool:
    """Whether the file begins as a program of an ESP chip does."""
    return len(data) >= _HEADER_BYTES and data[0] == _IMAGE_MAGIC


def offset_of(chip: str) -> int:
    """Address in the flash at which the file of this chip begins."""
    from esptool.targets import ROM_LIST

    return next(int(kind.BOOTLOADER_FLASH_OFFSET) for kind in ROM_LIST if chip == kind.CHIP_NAME)


def chip_of(data: bytes) -> str:
    """The chip that an image is for, as esptool calls it. Raises BadFirmware."""
    from esptool.targets import ROM_LIST

    if not is_image(data):
        raise BadFirmware("The file is no program of an ESP chip", _OTHER)
    (number,) = _CHIP_ID.unpack_from(data)
    names = {kind.IMAGE_CHIP_ID: kind.CHIP_NAME for kind in ROM_LIST}
    return str(names.get(number, f"an unknown ESP chip (number {number})"))


def check(data: bytes, chip: str, name: str) -> "list[Partition]":
    """Make sure that the file is whole and for this chip: its partition table. Raises BadFirmware, WrongChip."""
    if len(data) > _MOST_FLASH:
        raise BadFirmware(f"The file {name} has {len(data)} bytes, more than any flash holds", _OTHER)
    _check_chip(data, chip, name)
    offset = offset_of(chip)
    table = partitions(data, offset)
    _check_image(data, chip, "boot loader")
    programs = [one for one in table if one.type == PROGRAM]
    if not programs:
        raise BadFirmware(f"The file {name} has no program in it", _OTHER)
    first = data[programs[0].address - offset :] if programs[0].address >= offset else b""
    if not is_image(first):
        raise BadFirmware(f"The file {name} is cut short: its program is missing", _AGAIN)
    _check_chip(first, chip, name)
    _check_image(first, chip, "program")
    return table


def partitions(data: bytes, offset: int) -> "list[Partition]":
    """The partition table of a file that lies at `offset`. Raises BadFirmware."""
    start = TABLE_ADDRESS - offset
    found: list[Partition] = []
    for number in range(_MOST_ENTRIES):
        entry = data[start + number * _ENTRY.size : start + (number + 1) * _ENTRY.size]
        if entry[: len(_SUM_MAGIC)] == _SUM_MAGIC:
            return _summed(found, data[start : start + number * _ENTRY.size], entry[len(_SUM_MAGIC) :])
        if len(entry) < _ENTRY.size or entry[:2] != _ENTRY_MAGIC:
            break
        found.append(_partition(entry))
    if not found:
        raise BadFirmware("The file has no partition table", _OTHER)
    return found


def files_at(table: "list[Partition]") -> "Partition | int":
    """The partition for files, or the address from which MicroPython takes all that is left of the flash for them."""
    found = [part for part in table if part.name in _FILES]
    return found[0] if found else max(part.address + part.size for part in table)


def flash_of(data: bytes, offset: int) -> "int | None":
    """Size of the flash that an image was made for; None when it fits any. Raises BadFirmware.

    MicroPython formats a littlefs (its SPEC.md, "superblock") that has another size than its place.
    """
    place = files_at(partitions(data, offset))
    if isinstance(place, Partition):
        return None
    start = place - offset
    counts = [int.from_bytes(match[1], "little") for match in _SUPERBLOCK.finditer(data, start, start + 2 * _BLOCK)]
    return place + max(counts) * _BLOCK if counts else None


def _partition(entry: bytes) -> Partition:
    _, kind, _, address, size, name, _ = _ENTRY.unpack(entry)
    if address + size > _MOST_FLASH:
        raise BadFirmware("The partition table of the file is damaged", _AGAIN)
    return Partition(name.rstrip(b"\0").decode("ascii", "replace"), kind, address, size)


def _summed(found: "list[Partition]", table: bytes, md5: bytes) -> "list[Partition]":
    if hashlib.md5(table, usedforsecurity=False).digest() != md5:
        raise BadFirmware("The partition table of the file is damaged", _AGAIN)
    return found


def _check_chip(data: bytes, chip: str, name: str) -> None:
    found = chip_of(data)
    if found != chip:
        raise WrongChip(name, found, chip)


def _check_image(data: bytes, chip: str, what: str) -> None:
    """Checksum and digest of the image that the bytes begin with."""
    from esptool.bin_image import LoadFirmwareImage
    from esptool.util import FatalError

    try:
        image = LoadFirmwareImage(chip, data)
    except (FatalError, struct.error, TypeError, ValueError, RuntimeError) as error:
        raise BadFirmware(f"The {what} in the file is damaged or cut short", _AGAIN) from error
    summed = image.calculate_checksum() == image.checksum
    if not summed or (image.append_digest and image.stored_digest != image.calc_digest):
        raise BadFirmware(f"The {what} in the file is damaged: its checksum is wrong", _AGAIN)
