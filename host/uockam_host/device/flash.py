"""Flashing a board, whichever it is: find it, get the firmware, check it, write it, wait for the board."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..errors import InvalidArgument
from ..node import control
from . import boards, discover, esp_image, firmware_files, hold, uf2, uf2_drive
from .boards import Board
from .flasher import BadFirmware, Firmware, Flasher, FlashFailed, Progress, WrongChip

_KINDS: "tuple[tuple[Callable[[bytes], bool], Callable[[bytes], str]], ...]" = (
    (uf2.is_uf2, uf2.chip_of),
    (esp_image.is_image, esp_image.chip_of),
)  # of firmware files: whether it is one, and for which chip


@dataclass(frozen=True)
class Flashed:
    """What was done. board: "" when the chip fits several boards. port: "" when it has not appeared yet."""

    chip: str
    board: str
    firmware: str
    sha256: str
    bytes: int
    erased: bool
    port: str

    def to_dict(self) -> "dict[str, Any]":
        """JSON of the result."""
        return asdict(self)


def flash(
    port: "str | None",
    board: "str | None",
    wanted: "str | None",
    *,
    erase: bool,
    progress: Progress,
    note: Callable[[str], None],
) -> Flashed:
    """Put firmware onto the board at `port` (also the folder of a boot loader's drive; None: the only one there is).

    board: MicroPython's name of it, where its chip or USB id does not tell. wanted: file, URL or version. Raises
    HostError.
    """
    device = discover.choose(port)
    if not board and device.port and len(device.candidates) > 1:
        device = discover.choose(port, probe=True)  # one of several boards with the same chip: MicroPython knows which
    known = boards.by_name(board) if board else _known(device)
    flasher = _flasher(device, known, note)
    early = _early(wanted, known, progress)  # a wrong file is refused before the board is touched
    with _ours(device.port, erase, note), closing(flasher):
        chip = flasher.identify()
        known = _confirmed(known, chip, bool(board))
        firmware = early or firmware_files.get(wanted, known, progress)
        check_kind(firmware, chip)
        flasher.check(firmware)
        flasher.write(firmware, erase, progress)
        new_port = flasher.restart()
    name = known.name if known else ""
    return Flashed(chip, name, firmware.name, firmware.sha256, len(firmware.data), erase, new_port or "")


@contextmanager
def _ours(port: str, erase: bool, note: Callable[[str], None]) -> Iterator[None]:
    """While this lasts no node of ours has the port; afterwards it runs again, if its runtime is still on the board."""
    name = hold.owner(port) if erase else None
    if name is None:
        with hold.released(port):
            yield
    else:
        control.stop_node(name)
        note(f"The node {name} is stopped, since its board is erased")
        yield


def check_kind(firmware: Firmware, chip: str) -> None:
    """Refuse what is no firmware at all, or is for another chip. Raises BadFirmware, WrongChip."""
    for is_it, chip_of in _KINDS:
        if is_it(firmware.data):
            made_for = chip_of(firmware.data)
            if made_for != chip:
                raise WrongChip(firmware.name, made_for, chip)
            return
    raise BadFirmware(
        f"The file {firmware.name} is no firmware", "Give the .bin or .uf2 file of MicroPython for the board"
    )


def _known(device: discover.Device) -> "Board | None":
    return boards.by_name(device.board) if device.board else None


def _early(wanted: "str | None", known: "Board | None", progress: Progress) -> "Firmware | None":
    """The firmware, when it can be had before the chip is known; checked against the board when that is known."""
    if known is None and not (wanted and (os.path.exists(wanted) or "://" in wanted)):
        return None
    firmware = firmware_files.get(wanted, known, progress)
    if known is not None:
        check_kind(firmware, known.chip)
    return firmware


def _confirmed(known: "Board | None", chip: str, named: bool) -> "Board | None":
    """The board, when the chip that answered is its chip; else the only one with that chip."""
    if known is not None and known.chip == chip:
        return known
    if known is not None and named:
        remedy = "Leave --board out, or name the board that is plugged in"
        raise FlashFailed(f"{known.name} has {known.chip}, and the board that is plugged in has {chip}", remedy)
    fitting = boards.by_chip(chip)
    return fitting[0] if len(fitting) == 1 else None


def _flasher(device: discover.Device, known: "Board | None", note: "Callable[[str], None]") -> Flasher:
    tool = known.flash.tool if known else _tool(device)
    if tool == "none":
        raise InvalidArgument("The virtual board needs no firmware", "Run `uockam node create --board virtual`")
    if tool == "uf2":
        folder = Path(device.drive) if device.drive else None
        return uf2_drive.Uf2Flasher(device.port or None, folder, board=known, note=note)
    from .esp import EspFlasher

    own_usb = {usb for name in (device.board, *device.candidates) if name for usb in _own_usb(boards.by_name(name))}
    return EspFlasher(device.port, note=note, own_usb=device.usb in own_usb)


def _own_usb(board: Board) -> "set[str]":
    """USB ids that only MicroPython has: the chip's boot loader has others."""
    return set(board.usb.application) - set(board.usb.boot_loader)


def _tool(device: discover.Device) -> str:
    """How a device is flashed that may be one of several boards; behind a UART bridge are ESP chips."""
    if device.drive:
        return "uf2"
    tools = {boards.by_name(name).flash.tool for name in device.candidates}
    return tools.pop() if len(tools) == 1 else "esptool"
