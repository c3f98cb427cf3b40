"""Boards by name, `/device/NAME`: over the cable when they are on one here, by way of their project otherwise.

Such a route is of this machine only: it is spelled out before anything is sent.
"""

from typing import NamedTuple

from ..errors import HostError, InvalidArgument, NodeNotFound
from . import control
from .routes import DEVICE


class Reach(NamedTuple):
    """How a board is reached: the route to its node, and the identifier that has to be at its end.

    That is "" over the cable, which nobody else has, and where nobody here knows it.
    """

    route: str
    identifier: str = ""

    def and_then(self, rest: str) -> str:
        """The route on from the board. One that begins with a channel needs no other before it."""
        return self.route.removesuffix(_CHANNEL) + rest if rest.startswith("/secure/") else self.route + rest


_CHANNEL = "/secure/api"


def split(to: str) -> tuple[str, str]:
    """(name of the board, the rest of the route) for a route that begins with one. Raises InvalidArgument."""
    name, slash, rest = to.removeprefix("/").removeprefix(DEVICE).removeprefix("/").partition("/")
    if not name:
        raise InvalidArgument(f"The route {to} names no board", "Write /device/NAME/service/SERVICE")
    return name, slash + rest


def spelled(to: str) -> tuple[str, str]:
    """A route that begins with a board, with what stands for the board, and who has to be at its end, "" for any.

    Raises InvalidArgument, and HostError when there is no way to the board.
    """
    name, rest = split(to)
    found = reach(name)
    if found.identifier and "/secure/" in rest[1:]:
        raise InvalidArgument(
            f"The route {to} goes on to another node, through a channel", f"Write it out: {found.and_then(rest)}"
        )
    return found.and_then(rest), found.identifier


def reach(name: str) -> Reach:
    """The best way to the board of this name. Raises HostError when there is none."""
    return Reach(f"/node/{name}") if _on_cable(name) else by_relay(name)


def by_relay(name: str) -> Reach:
    """The way through the project that this machine enrolled the board in, else through the default project.

    Who has to be there is what the board proved when it was enrolled, or else what the project says.
    Raises NoDefaultProject, ProjectNotFound.
    """
    from ..projects.known import find_project
    from ..state.database import Database
    from ..state.devices import Devices

    with Database() as database:
        record = Devices(database).get(name)
    project = find_project(record.project if record else None)
    identifier = record.identifier if record else _told(project.name, name)
    return Reach(f"/project/{project.name}/service/forward_to_{name}{_CHANNEL}", identifier)


def _on_cable(name: str) -> bool:
    try:
        info = control.node_info(name)
    except (NodeNotFound, InvalidArgument):
        return False
    return info.kind != "host" and info.up


def _told(project: str, name: str) -> str:
    """The identifier of the project's device of this name, "" when it does not say: it tells enrollers only."""
    from ..projects.devices import devices

    try:
        found = [device.identifier for device in devices(project) if device.name == name]
    except HostError:
        return ""
    return found[0] if len(found) == 1 else ""
