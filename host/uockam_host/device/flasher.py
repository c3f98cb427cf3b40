"""What writes firmware onto a chip: the contract that esp.py and uf2_drive.py keep, and the errors that they share."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

from ..errors import HostError

Step = Callable[[int], None]  # so many bytes more are done
Progress = Callable[[int, str], AbstractContextManager[Step]]  # (bytes in all, what is done) around the work


class BadFirmware(HostError):
    """The file is no firmware, or is damaged, cut short or too large."""


class WrongChip(HostError):
    """The firmware is for another chip than the board's."""

    def __init__(self, firmware: str, made_for: str, chip: str) -> None:
        super().__init__(
            f"The file {firmware} is for {made_for}, and the board has {chip}",
            "Take the firmware of that board, or leave --firmware out",
        )


class FlashFailed(HostError):
    """The chip does not answer, or does not hold what was written; the remedy is what a person must do."""


class Unplugged(FlashFailed):
    """The board went away while it was written."""

    def __init__(self, where: str, doing: str, remedy: str) -> None:
        super().__init__(f"The board at {where} went away while {doing}", remedy)


RESUME = "Plug it in and run the same command again"


@dataclass(frozen=True)
class Firmware:
    """A file to be flashed. name: what people call it; data: all its bytes."""

    name: str
    data: bytes

    @property
    def sha256(self) -> str:
        """Hexadecimal."""
        return hashlib.sha256(self.data).hexdigest()


class Flasher(Protocol):
    """Writes one board; every method raises HostError. Ctrl-C at any time leaves a board that can be flashed again."""

    chip: str  # as in boards/*/board.toml; empty as long as identify() has not found it out

    def identify(self) -> str:
        """Talk to the boot loader, after bringing the board there: the chip."""

    def check(self, firmware: Firmware) -> None:
        """Refuse a file that is damaged or for another chip before a byte is written. Raises BadFirmware, WrongChip."""

    def write(self, firmware: Firmware, erase: bool, progress: Progress) -> None:
        """Write the file and verify it, what is there already not again; erase: also the rest of the flash."""

    def restart(self) -> "str | None":
        """Let the new firmware run: the port that it answers at, None when none has appeared."""

    def close(self) -> None:
        """Let go of the port."""


@contextmanager
def silent(total_bytes: int, text: str) -> Iterator[Step]:
    """A Progress that shows nothing."""
    yield lambda count: None
