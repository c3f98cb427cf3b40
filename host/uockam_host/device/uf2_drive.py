"""RP2 chips, flashed by a UF2 file on the drive that their boot loader shows."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..link import ports
from . import boot_loader, uf2
from .boards import Board, by_drive
from .flasher import RESUME, BadFirmware, Firmware, FlashFailed, Progress, Unplugged

INFO = "INFO_UF2.TXT"

_KEY = "Board-ID:"
_MOST_INFO = 4096
_FILE = "firmware.uf2"
_CHUNK = 64 * 512  # blocks that are handed to the board at once
_PORT_S = 5.0  # for the port of MicroPython, without which the flashing was a success, too
_LABELS = Path("/dev/disk/by-label")  # of drives that Linux sees and nobody has mounted
_HOLD_BOOTSEL = "Hold the BOOTSEL button while you plug the board in, and run the same command again"


class Drive(NamedTuple):
    """A mounted drive of a boot loader; board_id: what its INFO_UF2.TXT says."""

    folder: Path
    board_id: str


def drive_at(folder: Path) -> "Drive | None":
    """The drive that is mounted there, None when it is none."""
    try:
        with (folder / INFO).open(encoding="ascii", errors="replace") as file:
            lines = file.read(_MOST_INFO).splitlines()
    except OSError:
        return None
    found = [line[len(_KEY) :].strip() for line in lines if line.startswith(_KEY)]
    return Drive(folder, found[0]) if found else None


def drives() -> "list[Drive]":
    """Every drive of a boot loader that is mounted on this computer."""
    import psutil

    mounted = {part.mountpoint for part in psutil.disk_partitions() if "vfat" in part.fstype or os.name != "posix"}
    if sys.platform == "darwin":
        mounted |= {part.mountpoint for part in psutil.disk_partitions()}
    found = (drive_at(Path(folder)) for folder in sorted(mounted))
    return [drive for drive in found if drive is not None]


class Uf2Flasher:
    """One board, running at `port` or already showing the drive `folder`. Contract: flasher.Flasher.

    board: the one it is, when that is known. note: told in a sentence what goes on.
    """

    def __init__(
        self,
        port: "str | None",
        folder: "Path | None",
        *,
        board: "Board | None",
        note: Callable[[str], None],
        look: "Callable[[], list[Drive]]" = drives,
        patience_s: float = boot_loader.PATIENCE_S,
    ) -> None:
        self.chip = ""
        self._port = port
        self._folder = folder
        self._boards = [board] if board else []
        self._note = note
        self._look = look
        self._patience_s = patience_s
        self._ports: set[str] = set()

    def identify(self) -> str:
        """Bring the board into its boot loader and find its drive. Raises FlashFailed and the errors of a port."""
        drive = drive_at(self._folder) if self._folder else self._enter()
        if drive is None:
            raise FlashFailed(f"{self._folder} is no drive of a boot loader: it has no {INFO}", _HOLD_BOOTSEL)
        fitting = by_drive(drive.board_id)
        if not fitting:
            raise FlashFailed(f"uockam knows no board that calls itself {drive.board_id}", "See `uockam device list`")
        self._folder, self.chip = drive.folder, fitting[0].chip
        self._flash_bytes = min(board.flash.size_kb for board in self._boards or fitting) << 10
        self._ports = set(ports.names())
        return self.chip

    def check(self, firmware: Firmware) -> None:
        """Refuse a file that is damaged or for another chip. Raises BadFirmware, WrongChip."""
        end = max(uf2.pages(firmware.data, self.chip, firmware.name)) + uf2.PAGE - uf2.FLASH_START
        if end > self._flash_bytes:
            remedy = "Take the firmware of this board"
            raise BadFirmware(
                f"The file {firmware.name} needs {end} bytes of flash, the board has {self._flash_bytes}", remedy
            )

    def write(self, firmware: Firmware, erase: bool, progress: Progress) -> None:
        """Copy the file onto the drive; the boot loader verifies each block's place. Raises FlashFailed."""
        data = self._with_erasing(firmware) if erase else firmware.data
        assert self._folder is not None
        with progress(len(data), "Writing firmware") as step:
            done = 0
            for count in self._copied(data):
                done += count
                step(count)
        if done < len(data):
            raise Unplugged(str(self._folder), f"it was written: {done} of {len(data)} bytes had arrived", RESUME)

    def restart(self) -> "str | None":
        """The board restarts by itself when it has all blocks; wait for that, and for its port. Raises FlashFailed."""
        assert self._folder is not None
        if not boot_loader.wait(lambda: drive_at(self._folder or Path()) is None, self._patience_s):
            raise FlashFailed("The board has not taken the firmware: its drive is still there", RESUME)
        return boot_loader.wait(self._new_port, min(self._patience_s, _PORT_S))

    def close(self) -> None:
        """Nothing is held open between two calls."""

    def _enter(self) -> "Drive":
        before = set(self._look())
        if self._port is None:
            raise FlashFailed("The drive of the board's boot loader is not mounted", _unmounted() or _HOLD_BOOTSEL)
        for name, way in (("machine.bootloader()", boot_loader.ask), ("an opening at 1200 baud", boot_loader.touch)):
            self._note(f"Bringing the board into its boot loader by {name}")
            if ports.exists(self._port) and way(self._port) is not False:
                found = boot_loader.wait(
                    lambda: [drive for drive in self._look() if drive not in before], self._patience_s
                )
                if found:
                    return found[0]
        raise FlashFailed(f"The board at {self._port} shows no drive of a boot loader", _unmounted() or _HOLD_BOOTSEL)

    def _copied(self, data: bytes) -> "Iterator[int]":
        """Hand the file over; how many bytes have arrived each time. Ends early when the board goes away."""
        assert self._folder is not None
        try:
            with (self._folder / _FILE).open("wb", buffering=0) as file:
                for start in range(0, len(data), _CHUNK):
                    piece = data[start : start + _CHUNK]
                    file.write(piece)
                    if start + _CHUNK < len(data):
                        _hand_over(file.fileno(), self._folder)
                    yield len(piece)
        except OSError as error:
            self._note(f"The drive went away: {error.strerror}")  # after the last block: it restarts, as it should

    def _with_erasing(self, firmware: Firmware) -> bytes:
        pages = uf2.pages(firmware.data, self.chip, firmware.name)
        rest = range(uf2.FLASH_START, uf2.FLASH_START + self._flash_bytes, uf2.PAGE)
        return uf2.build(self.chip, {**dict.fromkeys(rest, b"\xff" * uf2.PAGE), **pages})

    def _new_port(self) -> "str | None":
        found = set(ports.names())
        if self._port and ports.exists(self._port):
            return self._port
        return next(iter(sorted(found - self._ports)), None)


def _hand_over(file: int, folder: Path) -> None:
    """Wait until the board has what was written so far, and notice when it is gone. Raises OSError."""
    os.fsync(file)
    if not (folder / INFO).exists():
        raise OSError(None, "the board was unplugged")


def _unmounted() -> str:
    """What to do on a Linux that sees the drive and does not mount it, as without a desktop."""
    for label in ("RPI-RP2", "RP2350"):
        if (_LABELS / label).exists():
            return f"Its drive is not mounted: run `udisksctl mount -b {_LABELS / label}`, then the same command again"
    return ""
