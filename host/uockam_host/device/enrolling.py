"""Making a board a member of a project, by which it can be reached from everywhere (docs/projects.md).

The board gets there by itself: what is told here to its owner's computer is who it is, and how it does.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from uockam import api
from uockam.address import LOCAL, Address
from uockam.bare import decode_text, encode_text
from uockam.errors import ProtocolError
from uockam.services.enrollment import JOIN

from ..errors import HostError, MessageError
from ..node.asking import standing
from ..node.client import Client
from ..node.info import Standing
from ..projects import manage
from ..projects.authority import RELAY, Authority
from ..projects.known import find_project
from ..projects.membership import proven
from ..projects.records import Project
from ..state.database import Database
from ..state.devices import DeviceRecord, Devices
from .live import Board, of_node

_JOIN_MS = 60_000  # a board loads what encrypts, and proves a signature
_BORN_S = 60.0  # a new board makes its identity, which takes a slow chip seconds
_REACHED_S = 120.0  # three handshakes, each of seconds on a slow chip
_LOOK_S = 0.3
_BEING_MADE = "it is being made"
_INFO = (Address(LOCAL, b"info"),)


@dataclass(frozen=True)
class EnrolledBoard:
    """A board that can be reached by way of a project."""

    identifier: str
    standing: Standing

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"identifier": self.identifier, **self.standing.to_dict()}

    @property
    def route(self) -> str:
        """To the board, through its project."""
        return f"/project/{self.standing.project}/service/forward_to_{self.standing.relay}/secure/api"


def enroll(
    board: Board,
    name: str,
    ticket: "str | None",
    project: "str | None",
    identity: "str | None",
    tell: Callable[[str], None],
) -> EnrolledBoard:
    """Make a board a member, by a ticket or else as one who enrolls others in the project, None for the default one.

    name: of its relay, if the ticket does not say another one. identity: who enrolls it, the default identity if None.
    Raises InvalidArgument for a text that is no ticket, HostError with what the board says, and as Authority.
    """
    given = manage.read_ticket(ticket) if ticket else None
    found = given.project if given else find_project(project)
    with board.connect() as client:
        identifier = _identifier(client, board)
        if given is None:
            Authority(found, identity).add(identifier, {RELAY: name})
            tell(f"{board.where} is a member of {found.name}")
        _join(client, found, name, given.code if given else None)
        tell(f"{board.where} knows the project {found.name}")
        try:
            now = _settled(client)
        except MessageError as error:
            raise HostError(f"The way to the board ended while it joined {found.name}", _GONE) from error
    if now.reason:
        remedy = _REFUSED if now.reason.startswith("the authority says") else _AGAIN
        raise HostError(f"{board.where} is not reached by way of {found.name}: {now.reason}", remedy)
    with Database() as database:
        Devices(database).put(DeviceRecord(now.relay, identifier, found.id))
    return EnrolledBoard(identifier, now)


def reached(node: str, project: str) -> "EnrolledBoard | None":
    """The board behind a node of this machine, if it can be reached by way of the project already."""
    found = find_project(project)
    with of_node(node).connect() as client:
        now = standing(client)
        if now is None or now.project != found.name or now.trying or now.reason:
            return None
        return EnrolledBoard(_identifier(client, of_node(node)), now)


def _identifier(client: Client, board: Board) -> str:
    client.request(api.POST, "node/services/info")
    deadline = time.monotonic() + _BORN_S
    while True:
        about = _info(client)
        reason = about.get("no_identity")
        if about.get("identifier"):
            return str(about["identifier"])
        if reason != _BEING_MADE or time.monotonic() > deadline:
            raise HostError(f"{board.where} has no identity: {reason}", "Restart it with `uockam device reset`")
        time.sleep(_LOOK_S)


def _info(client: Client) -> dict[str, Any]:
    try:
        found = json.loads(decode_text(client.ask(_INFO, encode_text("info"), _JOIN_MS)))
    except (ProtocolError, ValueError):
        found = None
    if not isinstance(found, dict):
        raise HostError("The board says nothing of itself that makes sense", "Run `uockam device update`")
    return found


def _join(client: Client, project: Project, name: str, code: "bytes | None") -> None:
    node, authority = proven(project)
    body = JOIN.pack(
        name=project.name,
        route=project.access_route,
        identifier=node.identifier,
        authority=project.authority_access_route,
        issuer=authority.identifier,
        history=authority.encode(),
        relay=name,
        code=code,
    )
    client.request(api.POST, "node/project", body, _JOIN_MS)


def _settled(client: Client) -> Standing:
    """How the board stands when it has tried once."""
    deadline = time.monotonic() + _REACHED_S
    while True:
        now = standing(client)
        if now is not None and not now.trying:
            return now
        if time.monotonic() > deadline:
            raise HostError(f"The board says nothing of the project for {_REACHED_S:.0f} s", _AGAIN)
        time.sleep(_LOOK_S)


_GONE = "If it was by way of a project, that is over; look for the board with `uockam project devices`"
_REFUSED = "Ask who administers the project for a ticket, and run the command again with that"
_AGAIN = "The board goes on trying; see how it does with `uockam device info`, or run the command again"
