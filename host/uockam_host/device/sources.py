"""Where it is known from what is plugged in: serial ports, USB devices, drives, this computer's nodes and processes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from uockam import api
from uockam.errors import ProtocolError

from ..errors import HostError
from ..link import ports
from ..state import home

if TYPE_CHECKING:
    from serialx import SerialPortInfo

    from ..node.info import NodeInfo

INFO_FILE = "INFO_UF2.TXT"

_USB_DEVICES = Path("/sys/bus/usb/devices")  # of Linux


@dataclass(frozen=True)
class Owner:
    """A running node of this computer that has a board; reason: why the board's node does not answer."""

    node: str
    port: str
    virtual: bool
    up: bool
    reason: str = ""


@dataclass(frozen=True)
class Sources:
    """Each is asked anew whenever somebody looks. Tests bring their own.

    drives: folders of mounted drives that have an INFO_FILE. usb: (id, serial number) of all USB devices, as far as the
    system tells. users: of a port, (process id, name). details: what the board of a node says of itself, raises
    HostError.
    """

    ports: "Callable[[], Iterable[SerialPortInfo]]"
    drives: Callable[[], Iterable[Path]]
    usb: Callable[[], Iterable[tuple[str, str]]]
    owners: Callable[[], Iterable[Owner]]
    users: Callable[[str], list[tuple[int, str]]]
    details: Callable[[str], dict[str, Any]]


def system() -> Sources:
    """This computer."""
    return Sources(serial_ports, uf2_drives, usb_devices, owners, ports.users_of, details)


def serial_ports() -> "list[SerialPortInfo]":
    """All serial ports."""
    import serialx

    return list(serialx.list_serial_ports())


def uf2_drives() -> list[Path]:
    """Mounted drives that a UF2 boot loader shows."""
    import psutil

    folders = (Path(partition.mountpoint) for partition in psutil.disk_partitions())
    return [folder for folder in folders if _is_file(folder / INFO_FILE)]


def usb_devices(root: Path = _USB_DEVICES) -> list[tuple[str, str]]:
    """(id, serial number) of USB devices; none where the system keeps no such folder."""
    return list(_usb_devices(root)) if root.is_dir() else []


def owners() -> list[Owner]:
    """Running nodes that have a board; none when the state cannot be read."""
    from ..node import control

    try:
        nodes = control.list_nodes()
    except HostError:
        return []
    return [
        Owner(node.name, _port(node), node.kind == "virtual", node.up, node.reason)
        for node in nodes
        if node.kind != "host" and node.pid is not None
    ]


def details(name: str) -> dict[str, Any]:
    """What the board of a running node says of itself. Raises HostError."""
    from ..node import control
    from ..node.board import DETAILS

    with control.open_node(name) as client:
        body = client.request(api.GET, "node/board")
    try:
        return DETAILS.unpack(body)
    except ProtocolError as error:
        raise HostError(f"The board of {name} answered with {error}", "Run `uockam device update`") from error


def _port(node: "NodeInfo") -> str:
    if node.port:
        return node.port
    from .virtual import PORT_NAME

    return str(home.board_folder(node.name) / PORT_NAME)


def _usb_devices(root: Path) -> Iterator[tuple[str, str]]:
    for folder in sorted(root.iterdir()):
        vendor, product = _read(folder / "idVendor"), _read(folder / "idProduct")
        if vendor and product:
            yield f"{vendor}:{product}", _read(folder / "serial")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a drive that is just being pulled
        return False
