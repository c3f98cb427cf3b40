"""TCP: listening, connecting, and dialling the `1#host:port` hops of routes (wire.md 1.1 and 1.3)."""

from ..address import TCP, Address, decimal, random_address
from ..errors import ConnectionLost, InvalidAddress, NodeStopped, NoSuchAddress
from ..flow import Flow
from ..log import INFO, WARNING, log, safe
from ..node import Closer
from ..port import MESSAGE_LIMIT, MICROPYTHON, TYPE_CHECKING
from ..router import Dialer
from .connection import INCOMING, OUTGOING, Connection
from .dial import Dialed
from .link import Link

if MICROPYTHON:
    from .tcp_micropython import dial, serve
else:
    from .tcp_cpython import dial, serve

if TYPE_CHECKING:
    from typing import Protocol

    from ..endpoint import Endpoint
    from ..node import Node

    class Server(Protocol):
        """What accepts connections."""

        def close(self) -> object:
            """Stop that."""


_LOOPBACK = ("127.", "[::1]:", "[::ffff:127.")  # how the peer of a socket on this machine begins
CONNECTION_LIMIT = 8 if MICROPYTHON else 10_000  # open at once, of which accepting more would starve the rest
_REMEDY = "write host:port, for example 127.0.0.1:4000"


class Listener(Closer):
    """A port that is listened on. `address` is `host:port` as bound; `worker` names it in lists."""

    def __init__(self, tcp: "Tcp", server: "Server", address: str) -> None:
        self.address = address
        self.worker = random_address()
        self._tcp = tcp
        self._server = server

    def close(self) -> None:
        """Accept no more connections; those there are go on."""
        self._server.close()
        if self in self._tcp.listeners:
            self._tcp.listeners.remove(self)


class Tcp(Dialer, Closer):
    """The TCP transport of a node."""

    def __init__(self, node: "Node", limit: int = MESSAGE_LIMIT) -> None:
        self.listeners: "list[Listener]" = []
        self._node = node
        self._limit = limit
        self._dialed: "dict[bytes, Dialed]" = {}
        node.router.dialers[TCP] = self
        node.closers.append(self)

    @property
    def connections(self) -> "list[Connection]":
        """The TCP connections that are open now."""
        return [item for item in self._node.connections if item.link.kind == "tcp"]

    async def listen(self, address: str = "127.0.0.1:0", serves: bool = True) -> Listener:
        """Accept connections at `host:port`; port 0 picks a free one. Raises InvalidAddress, ConnectionLost.

        serves: whether peers may use the node's services. Peers on this machine may also have it dial for them.
        """
        host, port = split(address)
        server, bound = await serve(host, port, lambda link: self._accept(link, serves))
        self._check_runs(server)
        listener = Listener(self, server, bound)
        self.listeners.append(listener)
        log(INFO, "uockam.tcp", "Listening at %s" % bound)
        return listener

    def _check_runs(self, opened: "Server | Link") -> None:
        try:
            self._node.check_runs()
        except NodeStopped:
            opened.close()
            raise

    def _accept(self, link: Link, serves: bool) -> None:
        count = len(self._node.connections)
        if self._node.stopping or count >= CONNECTION_LIMIT:
            log(WARNING, "uockam.tcp", "%s was turned away, %d connections are open" % (link.peer, count))
            link.close()
            return
        flow = Flow(serves=serves, dials=serves and link.peer.startswith(_LOOPBACK))
        Connection(self._node, link, flow, INCOMING, self._limit).open()

    async def connect(self, address: str, instead: "Endpoint | None" = None, at: "Address | None" = None) -> Connection:
        """Connect to `host:port`; the peer may answer what is sent there, and no more.

        at: the address that the connection gets on this node, random by default; instead: who has it until then.
        Raises InvalidAddress, NodeStopped, and ConnectionLost with the cause.
        """
        host, port = split(address)
        link = await dial(host, port)
        self._check_runs(link)
        link.peer = address
        connection = Connection(self._node, link, Flow(), OUTGOING, self._limit, at)
        if instead is not None and at is not None:
            self._node.router.remove(at.value, instead)
        connection.open()
        link.start()
        if not connection.open_now:
            raise ConnectionLost(connection.reason)
        return connection

    def dial(self, value: bytes) -> Dialed:
        """The endpoint for a `1#host:port` hop: a connection that is made when it is needed and closed when idle."""
        found = self._dialed.get(value)
        if found is None:
            target = _text(value)
            found = self._dialed[value] = Dialed(
                self._node, target, lambda: self.connect(target), lambda: self._dialed.pop(value, None)
            )
        return found

    def close(self) -> None:
        """Close every listener and every connection."""
        for listener in tuple(self.listeners):
            listener.close()
        for connection in self.connections:
            connection.close()


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeError:
        raise NoSuchAddress("not a TCP address: '%s'" % safe(value), _REMEDY)


def split(address: str) -> "tuple[str, int]":
    """Host and port of `host:port` or `[v6]:port`; a missing host is 127.0.0.1. Raises InvalidAddress."""
    host, mark, port_text = address.rpartition(":")
    port = decimal(port_text, 65535)
    if port < 0 or (not mark and address != port_text) or (":" in host and not host.startswith("[")):
        raise InvalidAddress("not a TCP address: '%s'" % safe(address), _REMEDY)
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    return host or "127.0.0.1", port
