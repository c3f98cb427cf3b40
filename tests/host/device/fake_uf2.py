"""The drive of an RP2 boot loader: takes blocks as they are written, and restarts when it has all of them."""

import struct
import threading
from collections.abc import Callable
from pathlib import Path

INFO = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi {chip}\r\nBoard-ID: {board_id}\r\n"
BOARD_IDS = {"RP2040": "RPI-RP2", "RP2350": "RP2350"}
FAMILIES = {"RP2040": 0xE48BFF56, "RP2350": 0xE48BFF59}
SECTOR = 4096

_LOOK_S = 0.002  # how often the drive looks what was written


class FakeDrive:
    """A board with its BOOTSEL button held. flash: {address: page} of what was written; sectors are erased whole.

    pull_after: unplugged when so many blocks have come. deaf: takes nothing. restarted: called when it restarts.
    """

    def __init__(self, folder: Path, chip: str = "RP2040") -> None:
        self.folder = folder
        self.chip = chip
        self.flash: dict[int, bytes] = {}
        self.pull_after: int | None = None
        self.deaf = False
        self.restarted: Callable[[], None] = lambda: None
        self.restarts = 0
        self._unplugged = threading.Event()

    def plug(self) -> None:
        """The drive appears."""
        self._unplugged.clear()
        self._sectors: set[int] = set()
        self.folder.mkdir()
        (self.folder / "INFO_UF2.TXT").write_text(INFO.format(chip=self.chip, board_id=BOARD_IDS[self.chip]))
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def unplug(self) -> None:
        """The drive is gone."""
        self._unplugged.set()
        self._thread.join()

    def _run(self) -> None:
        taken, seen, numbers = 0, b"", set[int]()
        while not self._unplugged.is_set():
            for path in () if self.deaf else self.folder.glob("*.uf2"):
                with path.open("rb") as file:
                    file.seek(taken)
                    seen += (data := file.read())
                    taken += len(data)
            while len(seen) >= 512:
                block, seen = seen[:512], seen[512:]
                if self._take(block, numbers):
                    self._restart()
            self._unplugged.wait(_LOOK_S)
        self._vanish()

    def _take(self, block: bytes, numbers: "set[int]") -> bool:
        """Whether it was the last one."""
        magic, _, _, address, size, number, count, family = struct.unpack_from("<8I", block)
        if self.pull_after is not None and len(numbers) >= self.pull_after:
            self._unplugged.set()
        if magic != 0x0A324655 or family != FAMILIES[self.chip] or self._unplugged.is_set():
            return False
        sector = address // SECTOR
        if sector not in self._sectors:  # erased once, when the first of its pages comes
            self._sectors.add(sector)
            for old in range(sector * SECTOR, (sector + 1) * SECTOR, size):
                self.flash.pop(old, None)
        self.flash[address] = block[32 : 32 + size]
        numbers.add(number)
        return len(numbers) == count

    def _restart(self) -> None:
        self._unplugged.set()
        self._vanish()
        self.restarts += 1
        self.restarted()

    def _vanish(self) -> None:
        if self.folder.exists():
            for path in self.folder.iterdir():
                path.unlink()
            self.folder.rmdir()
