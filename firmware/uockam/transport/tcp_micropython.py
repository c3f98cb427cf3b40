"""TCP links on MicroPython: its asyncio streams, with one reading task for each connection."""

import asyncio
import errno

from ..errors import ConnectionLost
from ..log import guarded
from ..port import const
from .link import Link

_READ_BYTES = const(1460)  # one Ethernet segment: what a small TCP stack hands over at a time
_HIGH_WATER = const(4096)  # bytes queued before a connection is asked to wait
_REASONS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EADDRINUSE: "address already in use",
}
_TCP = const(6)
_TCP_NODELAY = const(1)


class TcpLink(Link):
    """One connected socket."""

    kind = "tcp"

    def __init__(self, reader: object, writer: object, peer: str) -> None:
        self.peer = peer
        self._reader = reader
        self._writer = writer
        self._drain: object = None
        self._room = asyncio.Event()
        self._go = asyncio.Event()
        self._go.set()
        self._closed = False
        self._task: object = None
        _no_delay(reader.s)

    def start(self) -> None:
        """There is a Connection now: begin to read."""
        self._task = asyncio.create_task(guarded("tcp", self._pump()))

    async def _pump(self) -> None:
        reason = "closed"
        try:
            while not self._closed:
                await self._go.wait()
                data = await self._reader.read(_READ_BYTES)
                if not data:
                    reason = "the peer closed it"
                    break
                self.connection.received(data)
        except OSError as error:
            reason = explain(error)
        self._closed = True
        self._room.set()
        self._reader.s.close()
        self.connection.lost(reason)

    def write(self, data: bytes) -> None:
        if self._closed:
            return
        try:
            self._writer.write(data)
        except OSError:
            return  # the reading task sees the same error and tells
        if self._writer.out_buf and self._drain is None:
            self._drain = asyncio.create_task(self._send_rest())

    async def _send_rest(self) -> None:
        try:
            await self._writer.drain()
        except OSError:
            pass
        self._drain = None
        self._room.set()

    def full(self) -> bool:
        return self._drain is not None and len(self._writer.out_buf) > _HIGH_WATER

    async def drained(self) -> None:
        while self.full() and not self._closed:
            self._room.clear()
            await self._room.wait()

    def pause(self) -> None:
        self._go.clear()

    def resume(self) -> None:
        self._go.set()

    def close(self) -> None:
        if not self._closed:
            self._closed = True
            self._go.set()
            if self._task is not None:
                self._task.cancel()
            self._reader.s.close()
            self._room.set()
            self.connection.lost("closed")


async def serve(host: str, port: int, on_open: object) -> "tuple[object, str]":
    """(server, `host:port` it is bound to); on_open(link) for each connection. Raises ConnectionLost."""

    async def accept(reader: object, writer: object) -> None:
        link = TcpLink(reader, writer, format_peer(writer.get_extra_info("peername")))
        on_open(link)
        link.start()

    try:
        server = await asyncio.start_server(accept, host, port)
    except OSError as error:
        raise ConnectionLost("cannot listen at %s:%d: %s" % (host, port, explain(error)), "choose another port")
    return server, "%s:%d" % (host, port)


async def dial(host: str, port: int) -> TcpLink:
    """A connected link; `start` it when it has its Connection. Raises ConnectionLost with the cause."""
    try:
        reader, writer = await asyncio.open_connection(host, port)
        reader.s.send(b"")  # open_connection returns after a refusal too; this tells
    except OSError as error:
        raise ConnectionLost("%s by %s:%d" % (explain(error), host, port), "check that a node listens there")
    return TcpLink(reader, writer, "%s:%d" % (host, port))


def _no_delay(socket: object) -> None:
    try:
        socket.setsockopt(_TCP, _TCP_NODELAY, 1)
    except (OSError, AttributeError):
        pass  # a port whose stack has no Nagle to switch off


def format_peer(name: object) -> str:
    """`host:port` of a peer; the unix port gives the raw socket address."""
    if isinstance(name, tuple):
        return "%s:%d" % name[:2]
    raw = bytes(name)
    return "%s:%d" % (".".join([str(byte) for byte in raw[4:8]]), int.from_bytes(raw[2:4], "big"))


def explain(error: OSError) -> str:
    """A few words for an OSError."""
    return _REASONS.get(error.errno, str(error))
