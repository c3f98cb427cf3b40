"""What MicroPython for RP2 chips says about itself in its firmware. Decides about bytes only.

Format: the Pico SDK's "binary info" (pico/binary_info/structure.h): a header near the start of the flash leads to a
table of pointers to entries; MicroPython's entry for a block device says where its files are.
"""

import struct
from typing import NamedTuple

from .flasher import BadFirmware
from .uf2 import FLASH_END, FLASH_START, PAGE

_START, _END = 0x7188EBF2, 0xE71AA390
_HEADER = struct.Struct("<5I")  # marker, start and end of the table, address map, marker
_SEARCHED = 4096
_BLOCK_DEVICE = 7
_MICROPYTHON = b"MP"
_ENTRY = struct.Struct("<H2sIII")  # type, tag, name, address, size
_MOST_ENTRIES = 4096
_REMEDY = "Take the firmware of MicroPython for this board"


class Area(NamedTuple):
    """Part of the flash; address in the chip's address space, size in bytes."""

    address: int
    size: int


def files_area(pages: "dict[int, bytes]") -> Area:
    """Where MicroPython has its file system. Raises BadFirmware."""
    start, end = _table(_read(pages, FLASH_START, _SEARCHED))
    for place in range(start, min(end, start + 4 * _MOST_ENTRIES), 4):
        (entry,) = struct.unpack("<I", _read(pages, place, 4))
        kind, tag, _, address, size = _ENTRY.unpack(_read(pages, entry, _ENTRY.size))
        if (kind, tag) == (_BLOCK_DEVICE, _MICROPYTHON):
            return _checked(Area(address, size), pages)
    raise BadFirmware("The firmware does not say where its files are", _REMEDY)


def _table(head: bytes) -> "tuple[int, int]":
    for place in range(0, len(head) - _HEADER.size + 1, 4):
        marker, start, end, _, last = _HEADER.unpack_from(head, place)
        if (marker, last) == (_START, _END):
            return start, end
    raise BadFirmware("The firmware says nothing about itself", _REMEDY)


def _checked(area: Area, pages: "dict[int, bytes]") -> Area:
    if area.address % PAGE or not max(pages) < area.address < area.address + area.size <= FLASH_END:
        raise BadFirmware("The firmware says that its files are where they cannot be", _REMEDY)
    return area


def _read(pages: "dict[int, bytes]", address: int, count: int) -> bytes:
    """Bytes of the flash; where the firmware puts none it is erased."""
    first = address // PAGE * PAGE
    data = b"".join(pages.get(page, b"\xff" * PAGE) for page in range(first, address + count, PAGE))
    return data[address - first : address - first + count]
