"""Which boards are plugged in, and what each is doing.

A board is known by the ids of its USB device, by the node of this computer that has its port, by who else has it, and
by the drive of its boot loader. What is left is asked (probe.py), where opening the port cannot reset the board.
"""

import errno
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import HostError, InvalidArgument
from ..link import ports
from ..link.serial import open_error
from . import boards
from .boards import APPLICATION, Board
from .errors import BootLoader, FirmwareMissing, NoDevice, SeveralDevices, WrongPort
from .sources import INFO_FILE, Owner, Sources, system

if TYPE_CHECKING:
    from serialx import SerialPortInfo

    from .probe import Answer

BOOT_LOADER = "boot loader"  # takes firmware, runs nothing
UOCKAM = "uockam"  # a node runs on it
MICROPYTHON = "micropython"  # without a node
BUSY = "busy"  # another program has the port, or it may not be used: see detail
SILENT = "silent"  # it was asked, and said nothing
UNKNOWN = "unknown"  # it was not asked: opening the port may reset the board, or no known board is there

_INFO_BYTES = 4096  # of the INFO_FILE that are read: it is three lines
_MOST_NAMED = 2  # boards that are named when it can be several
_BOARD_ID = "Board-ID:"
NOT_PERMITTED = "you may not use this port"  # the detail of a BUSY one
NOT_MOUNTED = "its drive is not mounted"  # the detail of a BOOT_LOADER
_MAY_RESET = "not asked: opening this port may reset the board"


@dataclass(frozen=True)
class Device:
    """One board, or a port where one may be.

    port: "" for a boot loader that shows a drive and no port. path: a name of the port that stays the same when the
    board is plugged in again, where the system has one. board: MicroPython's name, "" when it is not known or one of
    several, which are `candidates`. detail: a few words for people. node: the name of the board's node, version: of
    its uockam. drive: folder of the boot loader's drive, "" when there is none or it is not mounted.
    """

    port: str
    state: str
    board: str = ""
    chip: str = ""
    serial_number: str = ""
    usb: str = ""
    detail: str = ""
    node: str = ""
    version: str = ""
    micropython: str = ""
    drive: str = ""
    path: str = ""
    virtual: bool = False
    candidates: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """The port, or the drive, for texts."""
        return self.port or self.drive or f"USB {self.usb}"

    @property
    def known(self) -> bool:
        """Whether a board that uockam knows is there, or may be."""
        return bool(self.candidates or self.board or self.node)

    def to_dict(self) -> dict[str, Any]:
        """JSON of one item of `device list`; null is what is not known."""
        return {name: None if value == "" else value for name, value in asdict(self).items()}


def devices(*, probe: bool = True, anyway: bool = False, sources: "Sources | None" = None) -> list[Device]:
    """Every board, and every USB port where one may be.

    probe: ask those whose port can be opened without resetting them. anyway: ask the others, too.
    """
    sources = sources or system()
    return ask(passive(sources), sources, probe=probe or anyway, anyway=anyway)


def choose(port: "str | None" = None, *, probe: bool = False, sources: "Sources | None" = None) -> Device:
    """The board that is meant: the one at this port, or the only one; a virtual one only when there is no other.

    port: also the path of a virtual board's port, an address such as `rfc2217://..`, or the folder of a boot loader's
    drive. probe: ask it, which may reset it when the port is named. Raises NoDevice, SeveralDevices, WrongPort.
    """
    sources = sources or system()
    found = passive(sources)
    device = _named(port, found) if port else _only([device for device in found if device.known])
    return ask([device], sources, probe=probe, anyway=probe and bool(port))[0]


def usable(port: "str | None") -> str:
    """The port of the board that is meant, whose files can be worked on.

    Raises InvalidArgument for a virtual board, and the errors of errors.py.
    """
    device = choose(port)
    if device.virtual:
        raise InvalidArgument(
            f"The board at {device.place} is the virtual one of node '{device.node}', which always has this computer's "
            "uockam",
            "Name the port of another board with --port",
        )
    if not device.node:  # one of ours gives the port back
        check(device, UOCKAM, MICROPYTHON, UNKNOWN)
    return device.port


def check(device: Device, *states: str) -> None:
    """Raise the error of the situation that the device is in, unless it is in one of these states."""
    if device.state not in states and device.state in _SITUATIONS:
        raise _SITUATIONS[device.state](device)


def line(device: Device) -> str:
    """One device in a list of choices."""
    what = device.node or either([device.board] if device.board else device.candidates) or device.detail
    return f"{device.place} ({', '.join(filter(None, (what, device.serial_number)))})"


def either(names: Sequence[str]) -> str:
    """A few words for the boards that it can be."""
    return " or ".join(names) if len(names) <= _MOST_NAMED else f"{names[0]} or similar"


def passive(sources: Sources) -> list[Device]:
    """Every device, as far as it is known without opening a port: sorted, virtual boards last."""
    owned = {_real(owner.port): owner for owner in sources.owners()}
    found = [_at_port(info, owned, sources) for info in sources.ports() if _is_candidate(info, owned)]
    shown = {_real(device.port) for device in found}
    found += [_owned(Device(owner.port, BUSY), owner) for port, owner in owned.items() if port not in shown]
    found += _boot_loaders(sources)
    return sorted(found, key=lambda device: (device.virtual, not device.known, device.place))


def ask(found: Sequence[Device], sources: Sources, *, probe: bool = True, anyway: bool = False) -> list[Device]:
    """The same devices, asked: by their nodes, and at their ports as `probe` and `anyway` (see `devices`) say."""
    told = [_told(device, sources) if device.state == UOCKAM else device for device in found]
    wanted = [device for device in told if probe and _may_ask(device, anyway)]
    if not wanted:
        return told
    from .probe import look_at

    answers = look_at([device.port for device in wanted])
    return [_heard(device, answers[device.port]) if device in wanted else device for device in told]


# -- without opening a port -------------------------------------------------------------------------------------------


def _is_candidate(info: "SerialPortInfo", owned: dict[str, Owner]) -> bool:
    return info.vid is not None or _real(info.resolved_device) in owned


def _at_port(info: "SerialPortInfo", owned: dict[str, Owner], sources: Sources) -> Device:
    port, path = str(info.resolved_device), str(info.device)
    usb = boards.usb_text(info.vid or 0, info.pid or 0) if info.vid is not None else ""
    device = Device(
        port,
        UNKNOWN,
        usb=usb,
        serial_number=info.serial_number or "",
        path=path if path != port else "",
        detail=info.product or "",
    )
    device = _of_boards(device, boards.by_usb(info.vid or 0, info.pid or 0))
    owner = owned.get(_real(port))
    if owner is not None:
        return _owned(device, owner)
    device = _of_mode(device)
    users = sources.users(port)
    if users:
        return replace(device, state=BUSY, detail=", ".join(f"{name} (process {pid}) has it" for pid, name in users))
    return device if _permitted(port) else replace(device, state=BUSY, detail=NOT_PERMITTED)


def _of_boards(device: Device, found: Iterable[Board]) -> Device:
    """What the boards that it can be have in common."""
    found = list(found)
    chips = {board.chip for board in found}
    return replace(
        device,
        board=found[0].name if len(found) == 1 else "",
        chip=chips.pop() if len(chips) == 1 else "",
        candidates=tuple(board.name for board in found),
    )


def _of_mode(device: Device) -> Device:
    modes = {boards.by_name(name).mode_of(device.usb) for name in device.candidates}
    if boards.BRIDGE in modes:
        return replace(device, detail=_MAY_RESET)
    if modes == {boards.BOOT_LOADER}:
        return replace(device, state=BOOT_LOADER, detail="")
    return device


def _owned(device: Device, owner: Owner) -> Device:
    return replace(
        device,
        state=UOCKAM if owner.up else SILENT,
        node=owner.node,
        detail=owner.reason,
        virtual=owner.virtual,
    )


def _of_machine(device: Device, machine: str) -> Device:
    """With the board that says this of itself; a machine that is not known goes into the detail."""
    board = boards.by_machine(machine) if machine else None
    if board is not None:
        return replace(device, board=board.name, chip=board.chip, candidates=(board.name,))
    return replace(device, detail=machine or device.detail)


def _boot_loaders(sources: Sources) -> list[Device]:
    """Boot loaders that show no port: by their drives, and by their USB devices where no drive is mounted."""
    drives = [_at_drive(folder) for folder in sources.drives()]
    found = [device for device in drives if device.known]
    mounted = [device.usb for device in found]
    for usb, serial_number in sources.usb():
        of_drive = [board for board in boards.load_all() if board.flash.drive and usb in board.usb.boot_loader]
        if usb in mounted:
            mounted.remove(usb)
        elif of_drive:
            device = Device("", BOOT_LOADER, usb=usb, serial_number=serial_number, detail=NOT_MOUNTED)
            found.append(_of_boards(device, of_drive))
    return found


def _at_drive(folder: Path) -> Device:
    found = boards.by_drive(_board_id(folder))
    usb = found[0].usb.boot_loader[0] if found else ""
    return _of_boards(Device("", BOOT_LOADER, usb=usb, drive=str(folder)), found)


def _board_id(folder: Path) -> str:
    try:
        with (folder / INFO_FILE).open("rb") as file:
            lines = file.read(_INFO_BYTES).decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line[len(_BOARD_ID) :].strip() for line in lines if line.startswith(_BOARD_ID)), "")


def _permitted(port: str) -> bool:
    return os.name != "posix" or os.access(port, os.R_OK | os.W_OK) or not os.path.exists(port)


def _real(port: str) -> str:
    return port if "://" in port else os.path.realpath(port)


# -- by asking --------------------------------------------------------------------------------------------------------


def _may_ask(device: Device, anyway: bool) -> bool:
    if device.state != UNKNOWN or not device.port:
        return False
    modes = {boards.by_name(name).mode_of(device.usb) for name in device.candidates}
    return anyway or APPLICATION in modes


def _told(device: Device, sources: Sources) -> Device:
    """What the board says by way of its node."""
    try:
        details = sources.details(device.node)
    except HostError as error:  # it went away just now
        return replace(device, state=SILENT, detail=str(error))
    version, micropython = (details.get(name) or "" for name in ("uockam", "micropython"))
    return _of_machine(replace(device, version=version, micropython=micropython), details.get("machine") or "")


def _heard(device: Device, answer: "Answer | HostError") -> Device:
    """What the board's answer tells, or the error of opening its port."""
    if isinstance(answer, HostError):
        return replace(device, state=BUSY, detail=str(answer))
    device = _of_machine(replace(device, detail=answer.detail), answer.machine)
    return replace(device, state=answer.state, node=answer.node, version=answer.version, micropython=answer.micropython)


# -- choosing ---------------------------------------------------------------------------------------------------------


def _named(port: str, found: Sequence[Device]) -> Device:
    for device in found:
        if port in (device.path, device.drive) or (device.port and _real(port) == _real(device.port)):
            return device
    if not ports.exists(port):
        others = [line(device) for device in found if device.known]
        raise WrongPort(port, f"There is no serial port {port}", others)
    return _at_drive(Path(port)) if os.path.isdir(port) else Device(port, UNKNOWN)


def _only(found: Sequence[Device]) -> Device:
    real = [device for device in found if not device.virtual] or found
    if not real:
        raise NoDevice
    if len(real) > 1:
        raise SeveralDevices([line(device) for device in real])
    return real[0]


def _not_usable(device: Device) -> HostError:
    code = errno.EBUSY if _permitted(device.port) else errno.EACCES
    return open_error(device.port, OSError(code, os.strerror(code)))


_SITUATIONS: "dict[str, Callable[[Device], HostError]]" = {
    BOOT_LOADER: lambda device: BootLoader(device.place),
    BUSY: _not_usable,
    SILENT: lambda device: FirmwareMissing(device.port),
}
