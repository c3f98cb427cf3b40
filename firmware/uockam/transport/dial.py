"""Connections on demand: the endpoint behind a typed address."""

import asyncio

from ..endpoint import Asker, Endpoint, fail_all
from ..errors import ConnectionLost, DeliveryError, Error, LimitError
from ..message import Message
from ..port import MAILBOX_LIMIT, TYPE_CHECKING
from .connection import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ..node import Node

IDLE_MS = 60_000  # a connection that carried nothing for one to two of these is closed


class Dialed(Endpoint):
    """Connects at the first message, keeps the messages that come meanwhile, and tells their senders when it fails."""

    def __init__(
        self,
        node: "Node",
        target: str,
        connect: "Callable[[], Coroutine[object, None, Connection]]",
        forget: "Callable[[], object]",
    ) -> None:
        super().__init__()
        self._node = node
        self._target = target
        self._connect = connect
        self._forget = forget
        self._waiting: "list[Message]" = []
        self._connection: "Connection | None" = None
        self._dialing = False
        self._settled = asyncio.Event()

    def offer(self, message: Message) -> bool:
        """As Connection.offer; while the connection is being made, messages wait here."""
        if self._connection is not None:
            return self._connection.offer(message)
        if len(self._waiting) >= MAILBOX_LIMIT:
            return False
        self._waiting.append(message)
        if not self._dialing:
            self._dialing = True
            self._node.spawn("dial %s" % self._target, self._dial())
        return True

    def add_asker(self, asker: Asker) -> None:
        """Fail it when the connection cannot be made or is lost."""
        if self._connection is None:
            super().add_asker(asker)
        else:
            self._connection.add_asker(asker)

    def drop_asker(self, asker: Asker) -> None:
        """It waits no more."""
        super().drop_asker(asker)
        if self._connection is not None:
            self._connection.drop_asker(asker)

    async def room(self) -> None:
        """Returns when offering again makes sense."""
        if self._connection is not None:
            await self._connection.room()
        else:
            await self._settled.wait()

    async def _dial(self) -> None:
        try:
            connection = await self._connect()
        except Error as error:
            self._fail(ConnectionLost(str(error)))
            return
        connection.on_lost = self._lost
        for asker in tuple(self.askers or ()):
            connection.add_asker(asker)
        self._connection = connection
        self._settled.set()
        await self._send_waiting(connection)
        self._watch(connection, -1)

    async def _send_waiting(self, connection: Connection) -> None:
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            try:
                while not connection.offer(message):
                    await connection.room()
            except (DeliveryError, LimitError) as error:
                self._node.tell_undelivered(message, error)

    def _watch(self, connection: Connection, moved: int) -> None:
        if connection.moved == moved and not connection.askers:
            connection.close()
        elif connection.open_now:
            now = connection.moved
            self._node.runner.after(IDLE_MS, lambda: self._watch(connection, now))

    def _fail(self, error: ConnectionLost) -> None:
        self._forget()
        self._settled.set()
        waiting, self._waiting = self._waiting, []
        fail_all(self.askers, error)
        for message in waiting:
            self._node.tell_undelivered(message, error)

    def _lost(self, reason: str) -> None:
        self._forget()
