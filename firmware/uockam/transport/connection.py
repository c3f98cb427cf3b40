"""Connections: messages over a link, with an address of their own on the node (wire.md 1.3)."""

from .. import wire
from ..access import REPLY
from ..address import Address, random_address
from ..endpoint import Asker, Endpoint, fail_all
from ..errors import ConnectionLost, NoSuchAddress, ProtocolError
from ..flow import Flow
from ..log import DEBUG, WARNING, enabled, log
from ..message import Message
from ..port import MESSAGE_LIMIT, TYPE_CHECKING
from .link import Link

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..node import Node
    from ..tasks import Timer

STALL_MS = 30_000  # a peer that has taken nothing for so long must not hold up the workers that answer it
_BATCH_BYTES = 16 * 1024  # messages of one turn of the loop go out together, but no more than this

INCOMING = "incoming"
OUTGOING = "outgoing"


class Connection(Endpoint):
    """The endpoint that sends what is routed to `address` over a link, and brings in what comes from there.

    Messages that come in carry `flow` as their origin and the address in front of their return route. The address is
    random: whoever knows it was told, and may send there, as a reply does that comes back through a hop.
    """

    access = REPLY

    def __init__(
        self,
        node: "Node",
        link: Link,
        flow: Flow,
        mode: str = INCOMING,
        limit: int = MESSAGE_LIMIT,
        at: "Address | None" = None,
    ) -> None:
        super().__init__()
        self.address = at or random_address()
        self.flow = flow
        self.link = link
        self.mode = mode
        self.moved = 0  # messages in and out, so that idleness can be noticed
        self.on_lost: "Callable[[str], object] | None" = None  # called with the reason, after everybody else knows
        self.open_now = False
        self.reason = ""  # why it is closed
        self._node = node
        self._limit = limit
        self._reader = wire.StreamReader(limit, flow, (self.address,))
        self._outgoing: "list[bytes]" = []
        self._outgoing_bytes = 0
        self._corked = False
        self._stalled: "Timer | None" = None

    def open(self) -> None:
        """Register the address and start talking. Raises AddressInUse."""
        self._node.router.add(self.address.value, self)
        self._node.connections.add(self)
        self.open_now = True
        self.link.connection = self
        self.link.write(wire.VERSION)

    # -- out ----------------------------------------------------------------------------------------------------------

    def offer(self, message: Message) -> bool:
        """Send a message whose first onward hop is this connection; False while the link is full.

        Raises LimitError for one that is too large, ConnectionLost, and NoSuchAddress when the route ends here.
        """
        return self.push(message, message.onward_route[1:])

    def push(self, message: Message, onward: "tuple[Address, ...]") -> bool:
        """Send a message with this onward route; as `offer` otherwise."""
        if not self.open_now:
            raise ConnectionLost("the connection to %s is closed" % self.link.peer)
        if self.link.full():
            return False
        if not onward:
            raise NoSuchAddress("the route ends at the connection to %s" % self.link.peer)
        data = wire.frame(message, self._limit, onward)
        self._node.router.expect_answer(self.flow, message)
        self.moved += 1
        self._outgoing.append(data)
        self._outgoing_bytes += len(data)
        if self._outgoing_bytes > _BATCH_BYTES:
            self._flush()  # now, so that full() tells a sender who never lets go of the loop
        elif len(self._outgoing) == 1 and not self._corked:
            self._node.runner.soon(self._flush)
        return True

    def _flush(self) -> None:
        parts, self._outgoing = self._outgoing, []
        self._outgoing_bytes = 0
        if parts and self.open_now:
            self.link.write(parts[0] if len(parts) == 1 else b"".join(parts))

    async def room(self) -> None:
        """Returns when offering again makes sense. A peer that does not read for long is cut off."""
        if self._stalled is None:
            self._stalled = self._node.runner.after(STALL_MS, self._cut_if_full)
        await self.link.drained()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _cut_if_full(self) -> None:
        self._stalled = None
        if self.link.full():
            self._end("%s does not read" % self.link.peer)

    # -- in -----------------------------------------------------------------------------------------------------------

    def received(self, data: bytes) -> None:
        """Stream bytes from the link. A peer that breaks the protocol is cut off."""
        self._corked = True  # answers of workers that need not wait go out together
        try:
            messages = self._reader.feed(data)
        except ProtocolError:
            messages = []
        self.moved += len(messages)
        self._take(messages, 0)
        self._corked = False
        self._flush()
        if self._reader.error is not None:
            log(WARNING, "uockam.connection", "%s sent %s" % (self.link.peer, self._reader.error))
            self._end("%s broke the protocol" % self.link.peer)

    def _take(self, messages: "list[Message]", position: int) -> None:
        count = len(messages)
        while position < count:
            message = messages[position]
            full = self._node.take(message)
            if full is not None:
                self.link.pause()
                self._node.spawn("connection", self._take_later(messages, position, full))
                return
            position += 1

    async def _take_later(self, messages: "list[Message]", position: int, full: Endpoint) -> None:
        waiting_for: "Endpoint | None" = full
        while position < len(messages):
            if waiting_for is not None:
                await waiting_for.room()
            waiting_for = self._node.take(messages[position])
            if waiting_for is None:
                position += 1
        if self.open_now:
            self.link.resume()

    # -- end ----------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Send what is waiting, and end the connection."""
        self._flush()
        self._end("the connection to %s was closed" % self.link.peer)

    def _end(self, reason: str) -> None:
        self._forget(reason)
        self.link.close()

    def lost(self, reason: str) -> None:
        """The link has ended; for the link."""
        self._forget("the connection to %s was lost: %s" % (self.link.peer, reason))

    def _forget(self, reason: str) -> None:
        """The address leads nowhere now; whoever waits for an answer from there is told."""
        if not self.open_now:
            return
        self.open_now = False
        self.reason = reason
        if enabled(DEBUG):
            log(DEBUG, "uockam.connection", reason)
        self._node.router.remove(self.address.value, self)
        self._node.connections.discard(self)
        fail_all(self.askers, ConnectionLost(reason))
        if self.on_lost is not None:
            self.on_lost(reason)


class Gateway(Endpoint):
    """The endpoint for whatever a node has no worker for: sends it over a connection, first hop and all."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self._connection = connection

    def add_asker(self, asker: Asker) -> None:
        """The connection fails it."""
        self._connection.add_asker(asker)

    def drop_asker(self, asker: Asker) -> None:
        """The connection forgets it."""
        self._connection.drop_asker(asker)

    def offer(self, message: Message) -> bool:
        """As Connection.offer."""
        return self._connection.push(message, message.onward_route)

    async def room(self) -> None:
        """As Connection.room."""
        await self._connection.room()
