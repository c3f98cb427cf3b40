"""Boards whose port a node of this computer has: which node that is, and what the board prints while it runs."""

import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from uockam.address import LOCAL, Address, random_address
from uockam.errors import InvalidAddress

from ..errors import HostError, InvalidArgument, NodeNotRunning
from ..node import control
from ..node.client import Client, NoReply
from ..node.info import NodeInfo
from ..node.wire_console import CONSOLE, FAREWELL, HOLD, KEYS, LEAVE, STATE, TEXT, WATCH

__all__ = [
    "FAREWELL", "OTHER", "STATE", "TEXT", "Board", "Place", "Watching",
    "at_route", "connect", "find_board", "find_node", "node_of", "of_node", "open_files",
]  # fmt: skip

if TYPE_CHECKING:
    from .copier import Copier

_CONSOLE = (Address(LOCAL, CONSOLE.encode()),)
OTHER = b"o"  # of Watching.next
_SEND_MS = 10_000
_BACK_MS = 30_000  # to bring the board's node back: compiling it from source on a slow chip included
_SEE = "See what it prints: `uockam device console --at {0}`"
_LOOK_MS = 60_000  # how long to wait for text before waiting again: nothing has to be printed, ever


class Place(NamedTuple):
    """How a person says which board is meant: by its node, its port, or a route and who has to be at its end."""

    at: "str | None" = None
    port: "str | None" = None
    to: "str | None" = None
    authorized: "str | None" = None


class Board(NamedTuple):
    """A board in use. name: of its node, or the route to it; where: the board, in a sentence; connect: as its owner."""

    name: str
    where: str
    connect: Callable[[], Client]


def of_node(name: str) -> Board:
    """The board behind a node of this computer."""
    return Board(name, f"The board of {name}", lambda: connect(name))


def at_route(to: str, authorized: "str | None" = None) -> Board:
    """The board at the end of a route, such as `/ip4/192.168.1.7/tcp/4000/secure/api`.

    authorized: identifier of the only identity that may be there. Raises InvalidArgument.
    """
    from uockam.identifier import parse_identifier

    from .far import FarClient

    if "/secure/" not in to:
        raise InvalidArgument(f"The route {to} leads through no secure channel", f"Write {to.rstrip('/')}/secure/api")
    try:
        identifier = None if authorized is None else parse_identifier(authorized)
    except InvalidAddress as error:
        raise InvalidArgument(str(error), error.remedy) from error
    return Board(to, f"The board at {to}", lambda: FarClient(to, identifier))


def find_board(place: Place) -> Board:
    """The board at a route, or else that of node_of. Raises as these."""
    if place.to is None:
        if place.authorized:
            raise InvalidArgument("--authorized is for a board at the end of a route", "Say which with --to")
        return of_node(node_of(place.at, place.port))
    if place.at or place.port:
        raise InvalidArgument("A board is named by one of --to, --at and --port", "Leave out the others")
    return at_route(place.to, place.authorized)


def node_of(at: "str | None", port: "str | None") -> str:
    """Name of the node whose board is meant: `at`, or the one that has `port`, or else the only one there is.

    The default node goes first where there are several. Raises InvalidArgument, NodeNotFound and HostError.
    """
    name = find_node(at, port)
    if name is None:
        raise _no_node(port)
    return name


def find_node(at: "str | None", port: "str | None") -> "str | None":
    """As node_of, with None when no node has the port, or none has a board."""
    if at and port:
        raise InvalidArgument("A board is named by its node or by its port, not both", "Leave out --at or --port")
    if at:
        return _board_node(at)
    boards = [one for one in control.list_nodes() if one.pid and one.kind != "host" and (not port or _has(one, port))]
    first = [one for one in boards if one.is_default] or boards
    if len(first) > 1:
        names = ", ".join(one.name for one in first)
        raise InvalidArgument(f"There are {len(first)} nodes with a board: {names}", "Say which with --at")
    return first[0].name if first else None


def open_files(place: Place) -> "Copier":
    """The files of a board: over the route to it, given or that of its node, else at its prompt."""
    if place.to or find_node(place.at, place.port) is not None:
        from .copy_node import NodeCopier

        return NodeCopier(find_board(place).connect())
    from .copier import open_copier
    from .discover import choose

    return open_copier(choose(place.port).port)


def connect(name: str) -> Client:
    """The node, as its owner. Raises NodeNotRunning, EndpointError."""
    return control.open_node(name)


class Watching:
    """What a board prints, and the way to type to it; to be used in a `with`.

    Iterate over it: (kind, data) with TEXT and what was printed, or STATE and why the board's node does not answer, b""
    when it does; FAREWELL is the last such STATE. Raises MessageError when the node is gone. `type` and `leave` may be
    called in another thread.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.client = connect(name)
        self._own = random_address()
        self._send(WATCH, b"")

    def __enter__(self) -> "Watching":
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    def __iter__(self) -> Iterator["tuple[bytes, bytes]"]:
        while True:
            try:
                yield self.next(_LOOK_MS)
            except NoReply:
                continue

    def next(self, timeout_ms: int, other: "Address | None" = None) -> "tuple[bytes, bytes]":
        """The next thing to show, or (OTHER, payload) for a message to the address `other`. Raises NoReply."""
        own = (self._own,) if other is None else (self._own, other)
        address, payload = self.client.receive_any(own, _CONSOLE, timeout_ms)
        return (payload[:1], payload[1:]) if address == self._own else (OTHER, payload)

    def type(self, keys: bytes) -> None:
        """Send what a person types."""
        self._send(KEYS, keys)

    def hold(self) -> None:
        """The board's node is about to be busy: say nothing to it that it could not read, until it speaks."""
        self._send(HOLD, b"")

    def leave(self) -> None:
        """Ask for the end: FAREWELL, which comes then, says whether the board's node is back."""
        self._send(LEAVE, b"")

    def through_restart(self, ask: Callable[[], None]) -> None:
        """Ask for a restart of the board, and wait until its node answers again. Raises HostError when it does not."""
        self._next_state(_BACK_MS)  # as it is before
        ask()
        deadline = time.monotonic() + _BACK_MS / 1000
        reason = "it does not restart"
        while reason:  # one that is back at once is not always seen away, but a change is always told
            try:
                reason = self._next_state(max(int((deadline - time.monotonic()) * 1000), 1))
            except NoReply:
                text = f"The board of {self.name} has not come back: {reason}"
                raise HostError(text, _SEE.format(self.name)) from None

    def _next_state(self, timeout_ms: int) -> str:
        kind = b""
        while kind != STATE:
            kind, data = self.next(timeout_ms)
        return data.decode(errors="replace")

    def farewell(self) -> bytes:
        """Leave; why the board's node is not back, b"" when it is."""
        self.leave()
        while True:
            kind, data = self.next(_BACK_MS)
            if kind == FAREWELL:
                return data

    def _send(self, kind: bytes, data: bytes) -> None:
        self.client.send(_CONSOLE, kind + data, _SEND_MS, self._own)


def _board_node(at: str) -> str:
    info = control.node_info(at)
    if info.kind == "host":
        raise InvalidArgument(f"The node '{info.name}' has no board", "See which do with `uockam device list`")
    if info.pid is None:
        raise NodeNotRunning(info.name)
    return info.name


def _has(node: NodeInfo, port: str) -> bool:
    return node.port is not None and os.path.realpath(node.port) == os.path.realpath(port)


def _no_node(port: "str | None") -> HostError:
    if port:
        return HostError(f"No node has the port {port}", f"Make one with `uockam node create --port {port}`")
    return HostError("No node has a board", "Make one with `uockam node create --port PORT`, or --board virtual")
