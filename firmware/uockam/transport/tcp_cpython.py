"""TCP links on CPython: asyncio protocols, which cost half of what its streams do."""

import asyncio
import os

from ..errors import ConnectionLost
from ..port import TYPE_CHECKING, const
from .link import Link

if TYPE_CHECKING:
    from collections.abc import Callable

    OnOpen = Callable[["TcpLink"], object]

_CONNECT_S = const(10)  # what a host gets to answer: a working one does in a fraction of it


class TcpLink(Link, asyncio.Protocol):
    """One connected socket. on_open(link) makes the Connection of an accepted one."""

    kind = "tcp"

    def __init__(self, on_open: "OnOpen | None" = None) -> None:
        self._on_open = on_open
        self._transport: "asyncio.Transport | None" = None
        self._room: "asyncio.Event | None" = None
        self._early: "list[bytes] | None" = [] if on_open is None else None  # bytes from before there is a Connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        if not self.peer:
            self.peer = format_socket(transport.get_extra_info("peername"))
        if self._on_open is not None:
            self._on_open(self)

    def start(self) -> None:
        """There is a Connection now: hand over what has come."""
        early, self._early = self._early or [], None
        for data in early:
            self.connection.received(data)  # type: ignore[union-attr]

    def data_received(self, data: bytes) -> None:
        if self._early is not None:
            self._early.append(data)
        else:
            self.connection.received(data)  # type: ignore[union-attr]

    def connection_lost(self, error: "Exception | None") -> None:
        self.resume_writing()
        if self.connection is not None:
            self.connection.lost(explain(error) if error else "the peer closed it")

    def pause_writing(self) -> None:
        self._room = asyncio.Event()

    def resume_writing(self) -> None:
        if self._room is not None:
            self._room.set()
            self._room = None

    def write(self, data: bytes) -> None:
        self._transport.write(data)  # type: ignore[union-attr]

    def full(self) -> bool:
        return self._room is not None

    async def drained(self) -> None:
        if self._room is not None:
            await self._room.wait()

    def pause(self) -> None:
        if not self._transport.is_closing():  # type: ignore[union-attr]
            self._transport.pause_reading()  # type: ignore[union-attr]

    def resume(self) -> None:
        if not self._transport.is_closing():  # type: ignore[union-attr]
            self._transport.resume_reading()  # type: ignore[union-attr]

    def close(self) -> None:
        self._transport.close()  # type: ignore[union-attr]


async def serve(host: str, port: int, on_open: "OnOpen") -> "tuple[asyncio.Server, str]":
    """(server, `host:port` it is bound to); on_open(link) for each connection. Raises ConnectionLost."""
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(lambda: TcpLink(on_open), host, port)
    except OSError as error:
        raise ConnectionLost(
            "cannot listen at %s:%d: %s" % (host, port, explain(error)), "choose another port, or 0 for a free one"
        )
    return server, format_socket(server.sockets[0].getsockname())


async def dial(host: str, port: int) -> TcpLink:
    """A connected link; `start` it when it has its Connection. Raises ConnectionLost with the cause."""
    loop = asyncio.get_running_loop()
    try:
        pending = loop.create_connection(TcpLink, host, port)
        _, link = await asyncio.wait_for(pending, _CONNECT_S)
    except asyncio.TimeoutError:
        raise ConnectionLost("no answer from %s:%d" % (host, port), "check the address and the network")
    except OSError as error:
        raise ConnectionLost("%s by %s:%d" % (explain(error), host, port), "check that a node listens there")
    return link


def format_socket(name: "tuple[object, ...] | None") -> str:
    """`host:port` of what the socket module calls an address."""
    if not name:
        return "?"
    return "[%s]:%s" % name[:2] if ":" in str(name[0]) else "%s:%s" % name[:2]


def explain(error: Exception) -> str:
    """The system's own words, such as "connection refused"."""
    number = getattr(error, "errno", None)
    return os.strerror(number).lower() if isinstance(number, int) and number > 0 else str(error)
