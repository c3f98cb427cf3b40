"""The relay service: whoever registers a name here gets the messages for `forward_to_NAME` (wire.md 6).

It answers as a Rust node does. What forwards is an endpoint, not a worker: messages pass without waiting here, pressure
goes back to their senders, and an ask through a relay ends when the connection behind it does.
"""

from ..access import ANYONE
from ..address import Address, address
from ..bare import encode_text
from ..endpoint import Asker, Endpoint
from ..errors import AddressInUse, ConnectionLost, DeliveryError, Error, InvalidAddress, LimitError, NoSuchAddress
from ..log import INFO, WARNING, log, safe
from ..message import Message, name_of
from ..port import MICROPYTHON, TYPE_CHECKING, random_name
from ..worker import Context, Worker
from .relay_names import ANY_NAME, EPHEMERAL, PREFIX, STATIC

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..access import Access
    from ..node import Node

    MayRelay = Callable[[Message, str], bool]

_MAX_RELAYS = 16 if MICROPYTHON else 10_000  # at one node: as many as it takes connections


class Relay(Endpoint, Asker):
    """Forwards what is sent to `address` along the way on which its owner registered; it ends with that way's first
    hop.

    identifier: the identity that registered it, None for a plain transport.
    """

    def __init__(
        self,
        service: "RelayService",
        name: str,
        target: Endpoint,
        way: "tuple[Address, ...]",
        identifier: "bytes | None",
    ) -> None:
        super().__init__()
        self.name = name
        self.address: Address = address(PREFIX + name)
        self.way = way
        self.identifier = identifier
        self.access = service.access
        self._service = service
        self._target = target

    def add_asker(self, asker: Asker) -> None:
        """The endpoint behind it fails the asker."""
        self._target.add_asker(asker)

    def drop_asker(self, asker: Asker) -> None:
        """The endpoint behind it forgets the asker."""
        self._target.drop_asker(asker)

    def offer(self, message: Message) -> bool:
        """Pass it on; as the endpoint behind it otherwise."""
        passed = message.step()
        onward = self.way + passed.onward_route
        return self._target.offer(Message(onward, passed.return_route, passed.payload, passed.tracing, passed.origin))

    async def room(self) -> None:
        """As the endpoint behind it."""
        await self._target.room()

    def let_go(self) -> None:
        """It forwards nothing any more."""
        self._target.drop_asker(self)

    def fail(self, error: Error) -> None:
        """The endpoint behind it has ended."""
        self._service.end(self, str(error))


class RelayService(Worker):
    """Makes relays for those who ask; start it with `start`.

    may_relay(message, name): whether who sent this registration may have that relay. A refusal is silence, as in Ockam,
    but it is logged, and told to a uockam node. access: who may register, and send to the relays.

    An identity that registers its name again gets the relay anew, for it may know before this node does that its former
    connection is dead; a name that another identity holds is refused. All who come over plain transports count as one.
    `relays` has them by name.
    """

    def __init__(
        self, node: "Node", may_relay: "MayRelay | None" = None, access: "Access" = ANYONE, limit: int = _MAX_RELAYS
    ) -> None:
        self.relays: "dict[str, Relay]" = {}
        self.access = access
        self._node = node
        self._may_relay = may_relay
        self._limit = limit

    async def start(self) -> None:
        """Start this worker at its two addresses. Raises AddressInUse."""
        await self._node.start_worker((STATIC, EPHEMERAL), self, access=self.access)

    async def stopped(self, context: Context) -> None:
        for relay in tuple(self.relays.values()):
            self.end(relay, "the service was stopped")

    async def handle_message(self, context: Context, message: Message) -> None:
        name = message.text
        if name == ANY_NAME:
            name = random_name().decode()
        try:
            self._confirm(self._register(message, name), message)
        except (AddressInUse, DeliveryError, InvalidAddress, LimitError) as error:
            log(WARNING, "uockam.relay", "refused '%s': %s" % (safe(name), error))
            self._node.tell_undelivered(message, NoSuchAddress(str(error)))

    def _register(self, message: Message, name: str) -> Relay:
        if self._may_relay is not None and not self._may_relay(message, name):
            raise NoSuchAddress("the relay '%s' is not allowed" % safe(name))
        origin = message.origin
        identifier = message.identifier
        back = message.return_route
        if origin is not None and back and back[0].value == origin.back:
            origin = None  # the channel that brought the registration leads back to who sent it
        target = self._node.router.find(Message(back, (), b"", None, origin))
        way = back[:-1] or back  # without the worker that registered, unless it is a neighbour of this one
        relay = Relay(self, name, target, way, identifier)
        self._make_room(name, identifier)
        self._node.router.add(relay.address.value, relay)
        target.add_asker(relay)
        self.relays[name] = relay
        log(INFO, "uockam.relay", "'%s' forwards from now on" % name_of(relay.address))
        return relay

    def _make_room(self, name: str, identifier: "bytes | None") -> None:
        former = self.relays.get(name)
        if former is None:
            if len(self.relays) >= self._limit:
                raise LimitError("this node has %d relays, and takes no more" % self._limit)
        elif former.identifier != identifier:
            raise NoSuchAddress("the relay '%s' belongs to another identity" % safe(name))
        else:
            self.end(former, "registered again")

    def _confirm(self, relay: Relay, message: Message) -> None:
        payload = encode_text(name_of(relay.address))
        if self._node.take(Message(message.return_route, (relay.address,), payload, None, None)) is not None:
            self.end(relay, "its owner does not read")
            raise ConnectionLost("the way back is full")

    def end(self, relay: Relay, reason: str) -> None:
        """The relay forwards nothing from now on."""
        if self.relays.get(relay.name) is relay:
            del self.relays[relay.name]
            relay.let_go()
            self._node.router.remove(relay.address.value, relay)
            log(INFO, "uockam.relay", "'%s' ended: %s" % (name_of(relay.address), reason))
