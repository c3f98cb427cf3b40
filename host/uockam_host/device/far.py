"""Boards that are asked through a secure channel, over any route: by clients like those of boards at a cable."""

import asyncio
import socket
import threading
from concurrent.futures import Future
from typing import Any

from uockam.address import Address
from uockam.errors import Error
from uockam.flow import Flow
from uockam.identifier import parse_identifier
from uockam.message import name_of
from uockam.secure.policy import ANYONE, Anyone, Only
from uockam.transport.connection import Connection
from uockam.transport.tcp_cpython import TcpLink

from ..errors import HostError, MessageError
from ..node import control
from ..node.client import MANAGER, REQUEST_TIMEOUT_MS, Client, remedy_for
from ..node.owning import owner
from ..node.routes import Plan
from ..node.temporary import Here, temporary

_OWN = "With the board at a cable run `uockam node create --port PORT`, or add it by `uockam device config set owners`"
OPEN_MS = 30_000  # for a channel: a board that has just started loads what it needs for one
_CLOSE_S = 2.0  # to say farewell, so that the board need not find out that the channel is gone


class FarClient(Client):
    """A Client of the node at the end of a route. A node in this process is between the two, in a thread of its own.

    It proves the default identity. What a board lets its owner do, it does for one of its `owners` (docs/boards.md).
    """

    def __init__(self, to: str, identifier: "bytes | None" = None) -> None:
        """to: a route through a secure channel, `.../secure/api`. identifier: who has to be there, None for anyone.

        Raises InvalidArgument, NodeNotRunning, VaultLocked, and MessageError when no channel comes about.
        """
        plan = control.plan_route(to, None)
        near, far = socket.socketpair()
        opened: Future[tuple[Address, ...]] = Future()
        pinned = identifier or (parse_identifier(plan.authorized) if plan.authorized else None)
        policy = ANYONE if pinned is None else Only(pinned)
        self._thread = threading.Thread(target=_run, args=(plan, policy, far, opened), daemon=True)
        self._thread.start()
        try:
            self._way = opened.result()
        except BaseException:
            near.close()
            raise
        super().__init__(near, to)

    def close(self) -> None:
        """End the channel."""
        super().close()
        self._thread.join(_CLOSE_S)

    def send(
        self, onward: tuple[Address, ...], payload: bytes, timeout_ms: int, own: "Address | None" = None
    ) -> Address:
        """As Client.send, along a route as seen from the node at the far end."""
        return super().send((*self._way, *onward), payload, timeout_ms, own)

    def request(self, method: int, path: str, body: object = None, timeout_ms: int = REQUEST_TIMEOUT_MS) -> Any:
        """As Client.request. A board does not tell strangers that it has a management service."""
        try:
            return super().request(method, path, body, timeout_ms)
        except MessageError as error:
            if name_of(MANAGER[0]) not in str(error):
                raise
            raise MessageError(f"This computer's identity {owner()} owns no board at {self._peer}", _OWN) from error


def _run(plan: Plan, policy: "Anyone | Only", far: socket.socket, opened: "Future[tuple[Address, ...]]") -> None:
    with far:
        try:
            asyncio.run(_serve(plan, policy, far, opened))
        except HostError as error:
            opened.set_exception(error)
        except Error as error:
            opened.set_exception(MessageError(str(error), error.remedy or remedy_for(str(error))))


async def _serve(
    plan: Plan, policy: "Anyone | Only", far: socket.socket, opened: "Future[tuple[Address, ...]]"
) -> None:
    """Open the way, then be a node for whoever has the other end of the socket, until that is closed."""
    async with temporary() as here:
        way = await here.ways.open(plan.whole, OPEN_MS, policy=policy)
        ended = asyncio.Event()
        await _accept(here, far, way.hops, ended)
        opened.set_result(way.hops)
        await ended.wait()


async def _accept(here: Here, far: socket.socket, hops: tuple[Address, ...], ended: asyncio.Event) -> None:
    flow = Flow()
    flow.expect(hops[0].value)  # the channel is for this node alone otherwise

    def opened(link: TcpLink) -> None:
        connection = Connection(here.node, link, flow)
        connection.on_lost = lambda reason: ended.set()
        connection.open()

    await asyncio.get_running_loop().connect_accepted_socket(lambda: _NearLink(opened), far.dup())


class _NearLink(TcpLink):
    kind = "pair"
    peer = "this process"
