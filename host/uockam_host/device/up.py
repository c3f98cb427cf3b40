"""From a board in its box to a node that answers; each step looks first whether it is done already."""

import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from uockam.bare import decode_text, encode_text

from ..names import check_name
from ..node import control
from ..node.owning import owner
from ..projects.known import find_project
from . import bundle, copier, discover
from .flash import flash
from .flasher import Progress
from .install import Ask, Wanted, install
from .live import of_node

HELLO = "hello"
_NEEDS_FIRMWARE = (discover.BOOT_LOADER, discover.SILENT)


@dataclass(frozen=True)
class Up:
    """What there is now. flashed, installed: whether that had to be done; reply: of the node, to HELLO.

    route: to the board by way of the project that it was put into, None without one.
    """

    port: str
    board: str
    flashed: bool
    installed: bool
    node: str
    reply: str
    route: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON of `up`."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def up(
    port: "str | None",
    board: "str | None",
    name: "str | None",
    project: "str | None",
    ask: Ask,
    progress: Progress,
    tell: Callable[[str], None],
) -> Up:
    """Bring the board at a port up as a node, None for the only board that there is.

    board: MicroPython's name of it, for a board that is flashed and does not tell. name: of the node. project: one that
    it is to be reached by way of, None for none. ask: called with what is about to happen to something of the user's.
    tell: called with what each step found. Raises HostError.
    """
    name = check_name(name) if name else None
    if project:
        find_project(project)  # before anything is done in vain
    device = discover.choose(port, probe=True)
    tell(f"Found {discover.line(device)}: {device.state}")
    flashed = installed = False
    place, node = device.port, device.node if _is_ours(device) else ""
    if not node:
        place, flashed = _with_micropython(device, board, ask, progress, tell)
        installed = _with_uockam(place, ask, progress, tell)
        node = _with_node(place, name, tell)
    elif name and name != node:
        tell(f"It is the node {node}, and keeps that name")
    reply = decode_text(control.send_message(f"/node/{node}/service/uppercase", encode_text(HELLO)))
    route = _with_project(node, project, tell) if project else None
    return Up(place, device.board or board or "", flashed, installed, node, reply, route)


def _is_ours(device: discover.Device) -> bool:
    """Whether a node of this computer has the board, and it answers."""
    return any(one.name == device.node and one.up for one in control.list_nodes())


def _with_micropython(
    device: discover.Device, board: "str | None", ask: Ask, progress: Progress, tell: Callable[[str], None]
) -> tuple[str, bool]:
    """(port of the board, whether it was flashed)."""
    old = _is_old(device.micropython)
    if device.state not in _NEEDS_FIRMWARE and not old:
        discover.check(device, discover.UOCKAM, discover.MICROPYTHON, discover.UNKNOWN)
        return device.port, False
    if device.state != discover.BOOT_LOADER:
        what = f"runs MicroPython {device.micropython}" if old else "says nothing"
        ask(f"The board at {device.place} {what}: a new MicroPython is flashed onto it, and its files stay")
    place = device.port or device.drive or None
    done = flash(place, board or device.board or None, None, erase=False, progress=progress, note=tell)
    tell(f"{done.firmware} is on the board")
    return done.port or discover.choose(None).port, True


def _is_old(micropython: str) -> bool:
    """Whether the runtime needs a later one; what calls itself something else than a version is taken as it is."""
    numbers = re.match(r"(\d+)\.(\d+)", micropython)
    return numbers is not None and tuple(map(int, numbers.groups())) < bundle.OLDEST


def _with_uockam(port: str, ask: Ask, progress: Progress, tell: Callable[[str], None]) -> bool:
    done = install(port, copier.AUTO, bundle.AUTO, Wanted(owner=owner()), ask, progress)
    tell(
        f"uockam {done.uockam} is on the board{'' if done.steps else ' already'}, beside MicroPython {done.micropython}"
    )
    return done.steps > 0


def _with_node(port: str, name: "str | None", tell: Callable[[str], None]) -> str:
    """Name of a node of this computer for the board: one that had it before is started again."""
    real = os.path.realpath(port)
    had = [one.name for one in control.list_nodes() if one.port and os.path.realpath(one.port) == real]
    former = name if name in had else had[0] if had and name is None else None
    chosen = control.start_node(former).node.name if former else control.create_node(name, port=port).name
    tell(f"Node {chosen} is up")
    return chosen


def _with_project(node: str, project: str, tell: Callable[[str], None]) -> str:
    """The route to the board by way of the project."""
    from . import enrolling

    done = enrolling.reached(node, project) or enrolling.enroll(of_node(node), node, None, project, None, tell)
    tell(f"It is reached by way of {done.standing.project} as {done.standing.relay}")
    return done.route
