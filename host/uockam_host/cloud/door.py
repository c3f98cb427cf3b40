"""Doors: how messages get from one node to another one in the same process, and back."""

from uockam.access import REPLY
from uockam.address import LOCAL, Address
from uockam.endpoint import Asker, Endpoint
from uockam.errors import AddressInUse, Error, NoSuchAddress
from uockam.flow import Flow
from uockam.message import Message, name_of
from uockam.node import Node


class Door(Endpoint):
    """The endpoint at `address` of the outer node that leads to the inner one.

    Nothing is encoded and nothing queued: who is full behind the door holds up who sends in front of it. An identity is
    proven at the node that has the channel, so what was proven outside counts for nothing inside: a message gets
    through as that of the connection which brought it, or as a stranger's.
    """

    access = REPLY

    def __init__(self, outer: Node, address: str, inner: Node) -> None:
        super().__init__()
        self.address = Address(LOCAL, address.encode())
        self._outer = outer
        self._inner = inner
        self._stranger = Flow(serves=True)
        self._passages: dict[bytes, _Passage] = {}
        self._full: Endpoint | None = None

    def open(self) -> None:
        """Let messages through. Raises AddressInUse."""
        self._outer.router.add(self.address.value, self)

    def close(self) -> None:
        """Let nothing through any more."""
        self._outer.router.remove(self.address.value, self)
        for passage in tuple(self._passages.values()):
            passage.close()

    def offer(self, message: Message) -> bool:
        """Take it to the inner node; False while whoever it is for is full there."""
        onward, back = message.onward_route[1:], message.return_route
        if not onward:
            raise NoSuchAddress(f"the route ends at '{name_of(self.address)}'")
        if back:
            self._make_passage(back[0])
        origin = message.origin
        if origin is None or origin.identifier is not None:
            origin = self._stranger
        self._full = self._inner.take(Message(onward, back, message.payload, message.tracing, origin.guest()))
        return self._full is None

    async def room(self) -> None:
        """Returns when offering again makes sense."""
        if self._full is not None:
            await self._full.room()

    def forget(self, passage: "_Passage") -> None:
        """A passage has ended."""
        self._passages.pop(passage.address.value, None)
        self._inner.router.remove(passage.address.value, passage)

    def _make_passage(self, back: Address) -> None:
        """Whoever is at this address of the outer node can be answered from the inner one. Raises NoSuchAddress."""
        if back.value in self._passages:
            return
        behind = self._outer.router.endpoints.get(back.value)
        if back.type != LOCAL or behind is None or behind.access != REPLY:
            raise NoSuchAddress(f"nobody can be answered at '{name_of(back)}'")
        passage = _Passage(self, back, behind)
        try:
            self._inner.router.add(back.value, passage)
        except AddressInUse as error:
            raise NoSuchAddress(str(error)) from None
        self._passages[back.value] = passage
        behind.add_asker(passage)


class _Passage(Endpoint, Asker):
    """The way back for one connection of the outer node, at the same address of the inner one; it ends with that."""

    access = REPLY

    def __init__(self, door: Door, address: Address, behind: Endpoint) -> None:
        super().__init__()
        self.address = address
        self.link = getattr(behind, "link", None)  # whose it is: handshakes are counted by hosts
        self._door = door
        self._behind = behind

    def add_asker(self, asker: Asker) -> None:
        """The connection fails it."""
        self._behind.add_asker(asker)

    def drop_asker(self, asker: Asker) -> None:
        """The connection forgets it."""
        self._behind.drop_asker(asker)

    def offer(self, message: Message) -> bool:
        """Send it over the connection, with the door in front of the way back."""
        back = (self._door.address, *message.return_route) if message.return_route else ()
        return self._behind.offer(Message(message.onward_route, back, message.payload, message.tracing, message.origin))

    async def room(self) -> None:
        """As the connection."""
        await self._behind.room()

    def fail(self, error: Error) -> None:
        """The connection has ended."""
        self._door.forget(self)

    def close(self) -> None:
        """The door has closed."""
        self._behind.drop_asker(self)
        self._door.forget(self)
