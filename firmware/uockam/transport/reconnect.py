"""Supervised outgoing connections: they keep their address and come back after every loss."""

import asyncio

from ..access import REPLY
from ..address import Address, random_address
from ..endpoint import Endpoint
from ..errors import ConnectionLost, Error
from ..log import INFO, log
from ..message import Message
from ..node import Closer
from ..port import TYPE_CHECKING, random_bytes, ticks_diff, ticks_ms
from .backoff import Backoff
from .connection import Connection
from .tcp import split

if TYPE_CHECKING:
    from ..node import Node
    from ..tasks import Task
    from .tcp import Tcp

_NOT_TRIED = "not connected yet"
_CLOSED = "closed"
STEADY_MS = 10_000  # a connection that lasted so long is no reason to wait longer before the next


class Reconnecting(Endpoint, Closer):
    """Connects to `target` again and again until closed; `address` stays the same.

    While the connection is down a message for the address fails with ConnectionLost and the cause, so nothing waits for
    a peer that may never come back. Raises InvalidAddress.
    """

    access = REPLY

    def __init__(self, node: "Node", tcp: "Tcp", target: str, backoff: "Backoff | None" = None) -> None:
        super().__init__()
        split(target)
        self.address: Address = random_address()
        self.target = target
        self.reason = _NOT_TRIED  # why it is down, "" while it is up
        self._node = node
        self._tcp = tcp
        self._backoff = backoff or Backoff()
        self._connection: "Connection | None" = None
        self._change = asyncio.Event()
        self._closed = False
        self._task: "Task | None" = None

    def start(self) -> None:
        """Begin; returns before the first try."""
        self._node.router.add(self.address.value, self)
        self._node.closers.append(self)
        self._task = self._node.spawn("connection to %s" % self.target, self._run())

    async def wait_up(self) -> None:
        """Returns when it is connected, or was closed."""
        while self.reason and not self._closed:
            await self._change.wait()

    async def tried(self) -> None:
        """Returns when the first try has ended, well or not, or it was closed: `reason` tells."""
        while self.reason == _NOT_TRIED:
            await self._change.wait()

    def offer(self, message: Message) -> bool:
        """Always raises ConnectionLost: the connection itself takes messages while it is up."""
        raise ConnectionLost("the connection to %s is down: %s" % (self.target, self.reason))

    async def room(self) -> None:
        """There is nothing to wait for."""

    def close(self) -> None:
        """End it for good."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        if self._connection is not None:
            self._connection.close()
        self._node.router.remove(self.address.value, self)
        if self in self._node.closers:
            self._node.closers.remove(self)
        self._tell(_CLOSED)

    async def _run(self) -> None:
        while not self._closed:
            try:
                await self._connect()
            except Error as error:
                self._down(str(error))
            pause_ms = self._backoff.next_ms(random_bytes(1)[0])
            await asyncio.sleep(pause_ms / 1000)

    async def _connect(self) -> None:
        self._connection = connection = await self._tcp.connect(self.target, self, self.address)
        since = ticks_ms()
        lost = asyncio.Event()
        connection.on_lost = lambda reason: self._lost(reason, lost)
        self._tell("")
        await lost.wait()
        if ticks_diff(ticks_ms(), since) > STEADY_MS:
            self._backoff.reset()

    def _lost(self, reason: str, lost: asyncio.Event) -> None:
        self._connection = None
        self._down(reason)
        lost.set()

    def _down(self, reason: str) -> None:
        log(INFO, "uockam.connection", "connection to %s: %s" % (self.target, reason))
        if not self._closed:
            self._node.router.endpoints.setdefault(self.address.value, self)
            self._tell(reason)

    def _tell(self, reason: str) -> None:
        self.reason = reason
        self._change.set()
        self._change = asyncio.Event()
