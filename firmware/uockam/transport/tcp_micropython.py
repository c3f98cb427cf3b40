"""TCP links on MicroPython: its asyncio streams, with one reading task for each connection."""

import asyncio
import errno

from ..errors import ConnectionLost
from ..log import ERROR, log
from ..port import const
from .link import Link

_READ_BYTES = const(1460)  # one Ethernet segment: what a small TCP stack hands over at a time
_HIGH_WATER = const(4096)  # bytes queued before a connection is asked to wait
_REASONS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EADDRINUSE: "address already in use",
}
_CONNECT_S = const(10)  # what a host gets to answer: a working one does in a fraction of it
_TCP = const(6)
_TCP_NODELAY = const(1)


class TcpLink(Link):
    """One connected socket. One task reads; another one writes while there is more than the socket takes at once."""

    kind = "tcp"

    def __init__(self, stream: object, peer: str) -> None:
        self.peer = peer
        self._stream = stream
        self._rest = b""  # what came while the writing task was at something else
        self._reader: object = None
        self._writer: object = None
        self._room = asyncio.Event()
        self._go = asyncio.Event()
        self._go.set()
        self._closed = False
        self._waiting = False  # the reading task can be cancelled, since it does nothing but wait
        _no_delay(stream.s)

    def start(self) -> None:
        """There is a Connection now: begin to read."""
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        reason = "the peer closed it"
        try:
            while not self._closed:
                self._waiting = True
                await self._go.wait()
                data = await self._stream.read(_READ_BYTES)
                self._waiting = False
                if not data:
                    break
                self.connection.received(data)
        except OSError as error:
            reason = explain(error)
        except Exception as error:  # ours, not the peer's: out of memory, most likely
            reason = "%s: %s" % (type(error).__name__, error)
            log(ERROR, "uockam.tcp", reason)
        self._waiting = False
        self._end(reason)

    def write(self, data: bytes) -> None:
        if self._closed:
            return
        if self._writer is not None:
            self._rest += data
            return
        try:
            self._stream.write(data)
        except OSError:
            return  # the reading task sees the same error and tells
        if self._stream.out_buf:
            self._writer = asyncio.create_task(self._write())

    async def _write(self) -> None:
        """Drain; `Stream.drain` forgets what is written meanwhile, so that waits in `_rest`."""
        try:
            while True:
                await self._stream.drain()
                if not self._rest:
                    break
                rest, self._rest = self._rest, b""
                self._room.set()
                self._stream.write(rest)
        except OSError:
            pass  # as in `write`
        self._writer = None
        self._room.set()

    def full(self) -> bool:
        return self._writer is not None and len(self._rest) + len(self._stream.out_buf) > _HIGH_WATER

    async def drained(self) -> None:
        while self.full() and not self._closed:
            self._room.clear()
            await self._room.wait()

    def pause(self) -> None:
        self._go.clear()

    def resume(self) -> None:
        self._go.set()

    def close(self) -> None:
        self._end("closed")

    def _end(self, reason: str) -> None:
        if self._closed:
            return
        self._closed = True
        if self._waiting:
            self._reader.cancel()
        if self._writer is not None:
            self._writer.cancel()
        self._stream.s.close()
        self._room.set()
        if self.connection is not None:
            self.connection.lost(reason)


async def serve(host: str, port: int, on_open: object) -> "tuple[object, str]":
    """(server, `host:port` it is bound to); on_open(link) for each connection. Raises ConnectionLost."""

    async def accept(stream: object, _: object) -> None:
        link = TcpLink(stream, format_peer(stream.get_extra_info("peername")))
        on_open(link)
        if link.connection is not None:
            link.start()

    try:
        server = await asyncio.start_server(accept, host, port)
    except OSError as error:
        raise ConnectionLost("cannot listen at %s:%d: %s" % (host, port, explain(error)), "choose another port")
    return server, "%s:%d" % (host, port)


async def dial(host: str, port: int) -> TcpLink:
    """A connected link; `start` it when it has its Connection. Raises ConnectionLost with the cause."""
    try:
        stream, _ = await asyncio.wait_for(asyncio.open_connection(host, port), _CONNECT_S)
    except asyncio.TimeoutError:
        raise ConnectionLost("no answer from %s:%d" % (host, port), "check the address and the network")
    except OSError as error:
        raise _refused(error, host, port)
    try:
        stream.s.send(b"")  # open_connection returns after a refusal too; this tells
    except OSError as error:
        stream.s.close()
        raise _refused(error, host, port)
    return TcpLink(stream, "%s:%d" % (host, port))


def _refused(error: OSError, host: str, port: int) -> ConnectionLost:
    return ConnectionLost("%s by %s:%d" % (explain(error), host, port), "check that a node listens there")


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
    """The cause of an OSError, in a few words."""
    number = error.errno
    if not isinstance(number, int) or number < 0:  # of the resolver
        return "no such host"
    return _REASONS.get(number, str(error))
