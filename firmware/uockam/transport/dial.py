"""Connections on demand: the endpoint behind a typed address."""

import asyncio

from ..access import ANYONE
from ..errors import ConnectionLost, DeliveryError, Error, LimitError
from ..mailbox import fail_all
from ..message import Message
from ..port import MAILBOX_LIMIT
from .connection import Connection

_IDLE_MS = 60_000  # a connection that sent nothing for one to two of these is closed


class Dialed:
    """Connects at the first message, keeps the messages that come meanwhile, and tells their senders when it fails."""

    access = ANYONE

    def __init__(self, node: object, target: str, connect: object, forget: object) -> None:
        self.askers: "set[object] | None" = None
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
            self._node.spawn("dial %s" % self._target, self._dial())  # type: ignore[attr-defined]
        return True

    async def room(self) -> None:
        """Returns when offering again makes sense."""
        if self._connection is not None:
            await self._connection.room()
        else:
            await self._settled.wait()

    async def _dial(self) -> None:
        try:
            connection = await self._connect()  # type: ignore[operator]
        except Error as error:
            return self._fail(ConnectionLost(str(error)))
        if self.askers is None:
            self.askers = set()
        connection.askers = self.askers
        connection.on_lost = self._lost
        self._connection = connection
        self._settled.set()
        await self._send_waiting(connection)
        self._watch(connection, -1)
        return None

    async def _send_waiting(self, connection: Connection) -> None:
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            try:
                while not connection.offer(message):
                    await connection.room()
            except (DeliveryError, LimitError) as error:
                self._node.tell_undelivered(message, str(error))  # type: ignore[attr-defined]

    def _watch(self, connection: Connection, sent: int) -> None:
        if connection.sent == sent and not self.askers:
            connection.close()
        elif connection.open_now:
            now = connection.sent
            self._node.runner.after(_IDLE_MS, lambda: self._watch(connection, now))  # type: ignore[attr-defined]

    def _fail(self, error: ConnectionLost) -> None:
        self._forget()  # type: ignore[operator]
        self._settled.set()
        waiting, self._waiting = self._waiting, []
        fail_all(self.askers, error)  # type: ignore[arg-type]
        for message in waiting:
            self._node.tell_undelivered(message, str(error))  # type: ignore[attr-defined]

    def _lost(self, reason: str) -> None:
        self._forget()  # type: ignore[operator]
