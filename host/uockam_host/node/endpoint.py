"""Where a node's owner can ask it: a unix socket in a folder of the owner's, or loopback with a token.

    unix:PATH               the folder of PATH has mode 0700 (places.py)
    tcp:HOST:PORT:TOKEN     where unix sockets do not exist; this text stands in a file of mode 0600 (running.py), and
                            the first line that a client sends is the token

After that both carry what every Ockam connection does: the version byte and frames.
"""

import asyncio
import hmac
import os
import secrets
import socket
from collections.abc import Callable

from uockam.flow import Flow
from uockam.log import WARNING, log
from uockam.node import Node
from uockam.transport.connection import Connection
from uockam.transport.tcp_cpython import TcpLink

from ..errors import EndpointError
from . import places

ENVIRONMENT = "UOCKAM_MANAGE"  # "tcp" takes loopback also where there are unix sockets
_TOKEN_S = 5.0  # within which a client has to send the token


class Endpoint:
    """A management endpoint that is open; `text` is what clients need to know."""

    def __init__(self, text: str, server: asyncio.AbstractServer) -> None:
        self.text = text
        self._server = server

    def close(self) -> None:
        """Accept no more connections, and remove the socket."""
        self._server.close()
        places.remove(self.text)


async def serve(node: Node) -> Endpoint:
    """Open the endpoint of a node. Raises EndpointError."""
    if os.environ.get(ENVIRONMENT) == "tcp" or not hasattr(socket, "AF_UNIX"):
        return await _serve_tcp(node)
    return await _serve_unix(node)


class OwnerLink(TcpLink):
    """A link to whoever proved to be the node's owner, by opening the socket or with the token."""

    kind = "unix"
    peer = "the owner"

    def __init__(self, on_open: Callable[[TcpLink], object], token: bytes = b"") -> None:
        super().__init__(on_open)
        self._greet = on_open
        self._missing = token and token + b"\n"
        self._line = b""
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not self._missing:
            return super().connection_made(transport)
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._deadline = asyncio.get_running_loop().call_later(_TOKEN_S, transport.close)
        return None

    def data_received(self, data: bytes) -> None:
        if not self._missing:
            return super().data_received(data)
        size = len(self._missing)
        self._line += data
        if len(self._line) >= size:
            self._check(self._line[:size], self._line[size:])
        return None

    def _check(self, line: bytes, rest: bytes) -> None:
        if not hmac.compare_digest(line, self._missing):
            log(WARNING, "uockam.endpoint", "somebody without the token was turned away")
            return self.close()
        self._missing = b""
        self._greet(self)
        if rest:
            super().data_received(rest)
        return None

    def connection_lost(self, error: "Exception | None") -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(error)


async def _serve_unix(node: Node) -> Endpoint:
    path = places.socket_path(node.name)
    try:
        path.unlink(missing_ok=True)  # of a node that was killed: we hold the lock, so nobody listens there
        server = await asyncio.get_running_loop().create_unix_server(lambda: OwnerLink(_opener(node)), str(path))
    except OSError as error:
        raise EndpointError(
            f"Cannot listen at {path}: {error.strerror or error}", "Make its folder writable"
        ) from error
    return Endpoint(f"unix:{path}", server)


async def _serve_tcp(node: Node) -> Endpoint:
    token = secrets.token_hex(32)
    loop = asyncio.get_running_loop()
    try:
        server = await loop.create_server(lambda: OwnerLink(_opener(node), token.encode()), "127.0.0.1", 0)
    except OSError as error:
        raise EndpointError(f"Cannot listen at 127.0.0.1: {error.strerror}", "Check the loopback interface") from error
    return Endpoint(f"tcp:127.0.0.1:{server.sockets[0].getsockname()[1]}:{token}", server)


def _opener(node: Node) -> Callable[[TcpLink], None]:
    def connect(link: TcpLink) -> None:
        Connection(node, link, Flow(serves=True, owner=True, dials=True)).open()

    return connect
