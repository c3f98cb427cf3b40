"""One file to flash that makes a board a node: MicroPython, and a file system with the runtime and its settings.

The file system is littlefs, as MicroPython's own boot code makes it (ports/esp32/modules/inisetup.py,
ports/rp2/modules/_boot.py), where the firmware says that it is.
"""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..errors import HostError
from . import bundle, esp_image, install, rp2_image, uf2
from .boards import Board
from .flasher import BadFirmware, Firmware

_BLOCK = 4096  # of both chips' file systems
_READ = 32
_SPARE_BLOCKS = 32  # for folders, which take two blocks each, and what is written anew before the old is free
_OLD_DISK_VERSION = 0x00020000  # littlefs 2.0, which every MicroPython reads
_VERSION = re.compile(rb"MicroPython v(\d+)\.(\d+)(?:\.(\d+))?")
_TAKE = "Take the firmware of MicroPython for this board"


class _Area(NamedTuple):
    """Where the file system is: its address, its size in bytes; program_bytes: what its driver writes at once."""

    address: int
    size: int
    program_bytes: int


@dataclass(frozen=True)
class Image:
    """The file. suffix: ".bin" or ".uf2". form: of the runtime in it; why: it is not compiled."""

    data: bytes
    suffix: str
    form: str
    why: str
    files: int
    micropython: str


def make(
    board: Board,
    firmware: Firmware,
    wanted: install.Wanted,
    *,
    form: str = bundle.AUTO,
    flash_bytes: "int | None" = None,
) -> Image:
    """The firmware with a file system that has what an installation leaves on a board.

    flash_bytes: of the board, where it has more flash than its definition says. Raises BadFirmware, WrongChip,
    HostError.
    """
    flash = flash_bytes or board.flash.size_kb << 10
    version = _version(firmware, board)
    made = bundle.make(bundle.expected(board.name, version, board.firmware.mpy), form)
    files = install.files(made, wanted)
    data = _WAYS[board.flash.tool](firmware, board, files, flash)
    suffix = ".uf2" if board.flash.tool == "uf2" else ".bin"
    return Image(data, suffix, made.form, made.why, len(files), ".".join(map(str, version)))


def file_system(files: "dict[str, bytes]", size: int, program_bytes: int) -> bytes:
    """The beginning of a littlefs of `size` bytes with these files by absolute path; the rest may hold anything.

    It is made in few blocks, then told that it has more: littlefs spreads what it writes over all that it has.
    The same files give the same bytes. Raises HostError.
    """
    littlefs = _library()
    most = size // _BLOCK
    needed = sum(len(data) // _BLOCK + 1 for data in files.values()) + _SPARE_BLOCKS
    for blocks in (min(needed, most), min(2 * needed, most)):
        disk = _disk(littlefs, littlefs.UserContext(size), blocks, program_bytes)
        disk.format()
        disk.mount()
        try:
            _fill(disk, files)
        except littlefs.LittleFSError:
            continue
        if blocks < most:
            disk.fs_grow(most)
        disk.unmount()
        return bytes(disk.context.buffer[: blocks * _BLOCK])
    text = f"The files need {needed * _BLOCK // 1024} KB, and the board has room for {size // 1024} KB"
    raise HostError(text, "Use `--source mpy`, which needs less")


def read_file_system(data: bytes, size: int, program_bytes: int) -> "dict[str, bytes]":
    """The files in a littlefs that may be cut after its last block that matters, by absolute path."""
    littlefs = _library()
    context = littlefs.UserContext(buffer=bytearray(data.ljust(size, esp_image.ERASED)))
    disk = _disk(littlefs, context, size // _BLOCK, program_bytes)
    disk.mount()
    return {path: disk.open(path, "rb").read() for path in _paths(disk)}


def _library() -> Any:
    try:
        import littlefs
    except ImportError as error:
        raise HostError("What makes file systems is not installed", "Run `pip install 'uockam[image]'`") from error
    return littlefs


def _disk(littlefs: Any, context: Any, blocks: int, program_bytes: int) -> Any:
    return littlefs.LittleFS(
        context=context,
        mount=False,
        block_size=_BLOCK,
        block_count=blocks,
        read_size=_READ,
        prog_size=program_bytes,
        cache_size=4 * max(_READ, program_bytes),  # as extmod/vfs_lfsx.c has it
        lookahead_size=_READ,
        disk_version=_OLD_DISK_VERSION,
    )


def _fill(disk: Any, files: "dict[str, bytes]") -> None:
    for path, data in files.items():
        folder = path.rpartition("/")[0]
        if folder:
            disk.makedirs(folder, exist_ok=True)
        with disk.open(path, "wb") as file:
            file.write(data)


def _paths(disk: Any) -> "list[str]":
    return [f"{top.rstrip('/')}/{name}" for top, _, names in disk.walk("/") for name in names]


def _version(firmware: Firmware, board: Board) -> "tuple[int, ...]":
    """The version that the firmware has in its banner. Raises BadFirmware, WrongChip."""
    data = firmware.data
    if board.flash.tool == "uf2":
        pages = uf2.pages(data, board.chip, firmware.name)
        data = b"".join(pages[address] for address in sorted(pages))
    else:
        esp_image.check(data, board.chip, firmware.name)
    match = _VERSION.search(data)
    if match is None:
        raise BadFirmware(f"The file {firmware.name} is not MicroPython", _TAKE)
    return tuple(int(number or 0) for number in match.groups())


def _esp(firmware: Firmware, board: Board, files: "dict[str, bytes]", flash: int) -> bytes:
    offset = esp_image.offset_of(board.chip)
    area = esp_area(esp_image.partitions(firmware.data, offset), flash)
    start = area.address - offset
    if len(firmware.data) > start:
        raise BadFirmware(f"The file {firmware.name} has files in it already", _TAKE)
    return firmware.data.ljust(start, esp_image.ERASED) + file_system(files, area.size, area.program_bytes)


def esp_area(table: "list[esp_image.Partition]", flash: int) -> _Area:
    """The partition for files; without one MicroPython takes what comes after the last, to the end of the flash."""
    place = esp_image.files_at(table)
    if isinstance(place, esp_image.Partition):
        return _Area(place.address, place.size, _READ)
    if place + 2 * _BLOCK > flash:
        raise BadFirmware(f"The firmware leaves no room for files in {flash // 1024} KB of flash", _TAKE)
    return _Area(place, flash - place, _READ)


def _rp2(firmware: Firmware, board: Board, files: "dict[str, bytes]", flash: int) -> bytes:
    pages = uf2.pages(firmware.data, board.chip, firmware.name)
    area = rp2_image.files_area(pages)
    if area.address + area.size > uf2.FLASH_START + flash:
        raise BadFirmware(f"The file {firmware.name} is for a board with more flash than {flash // 1024} KB", _TAKE)
    return uf2.build(board.chip, {**pages, **uf2.pages_of(file_system(files, area.size, uf2.PAGE), area.address)})


def _none(firmware: Firmware, board: Board, files: "dict[str, bytes]", flash: int) -> bytes:
    raise HostError(f"The board {board.name} is not flashed", "Run `uockam node create --board virtual`")


_WAYS = {"esptool": _esp, "uf2": _rp2, "none": _none}
