"""TCP links on CPython: asyncio protocols, which cost half of what its streams do."""

import asyncio
import os
import socket

from ..errors import ConnectionLost
from ..port import TYPE_CHECKING, const
from .link import Link

if TYPE_CHECKING:
    from collections.abc import Callable

    OnOpen = Callable[["TcpLink"], object]

_CONNECT_S = const(10)  # what a host gets to answer: a working one does in a fraction of it
_LINGER_S = const(1)  # what a peer gets to take what is still queued when a link is closed

# How a peer that vanished is noticed: after five minutes of silence, as Ockam does (wire.md 1.1). By option name, since
# not every system has each of them.
_KEEPALIVE = (("TCP_KEEPIDLE", 300), ("TCP_KEEPINTVL", 75), ("TCP_KEEPCNT", 2))


class TcpLink(Link, asyncio.Protocol):
    """One connected socket. on_open(link) makes the Connection of an accepted one."""

    kind = "tcp"

    def __init__(self, on_open: "OnOpen | None" = None) -> None:
        self._on_open = on_open
        self._transport: "asyncio.Transport | None" = None
        self._room: "asyncio.Event | None" = None
        self._lost: "str | None" = None
        self._early: "list[bytes] | None" = [] if on_open is None else None  # bytes from before there is a Connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        if not self.peer:
            self.peer = format_socket(transport.get_extra_info("peername"))
        if self.kind == "tcp":
            _keep_alive(transport.get_extra_info("socket"))
        if self._on_open is not None:
            self._on_open(self)

    def start(self) -> None:
        """There is a Connection now: hand over what has come, and the end if that has come too."""
        early, self._early = self._early or [], None
        if early:
            self.connection.received(b"".join(early))  # type: ignore[union-attr]
        if self._lost is not None:
            self.connection.lost(self._lost)  # type: ignore[union-attr]

    def data_received(self, data: bytes) -> None:
        if self._early is not None:
            self._early.append(data)
        else:
            self.connection.received(data)  # type: ignore[union-attr]

    def connection_lost(self, error: "Exception | None") -> None:
        self.resume_writing()
        self._lost = explain(error) if error else "the peer closed it"
        if self.connection is not None and self._early is None:
            self.connection.lost(self._lost)

    def pause_writing(self) -> None:
        self._room = asyncio.Event()

    def resume_writing(self) -> None:
        if self._room is not None:
            self._room.set()
            self._room = None

    def write(self, data: bytes) -> None:
        if self._lost is None:
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
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.close()
        if transport.get_write_buffer_size():
            asyncio.get_running_loop().call_later(_LINGER_S, transport.abort)


async def serve(host: str, port: int, on_open: "OnOpen") -> "tuple[asyncio.Server, str]":
    """(server, `host:port` it is bound to); on_open(link) for each connection. Raises ConnectionLost."""
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(lambda: TcpLink(on_open), host, port)
    except (OSError, ValueError) as error:  # ValueError: of a host that cannot be a name
        raise ConnectionLost(
            "cannot listen at %s:%d: %s" % (host, port, explain(error)),
            "choose another port, 0 for a free one, or another address",
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
    except (OSError, ValueError) as error:
        raise ConnectionLost("%s by %s:%d" % (explain(error), host, port), "check that a node listens there")
    return link


def _keep_alive(endpoint: "socket.socket") -> None:
    endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE:
        option = getattr(socket, name, None)
        if option is not None:
            endpoint.setsockopt(socket.IPPROTO_TCP, option, value)


def format_socket(name: "tuple[object, ...] | None") -> str:
    """`host:port` of what the socket module calls an address."""
    if not name:
        return "?"
    return "[%s]:%s" % name[:2] if ":" in str(name[0]) else "%s:%s" % name[:2]


def explain(error: Exception) -> str:
    """The system's own words, such as "connection refused"."""
    number = getattr(error, "errno", None)
    if isinstance(number, int) and number > 0:
        return os.strerror(number).lower()
    return (getattr(error, "strerror", None) or str(error)).lower()  # of the resolver
