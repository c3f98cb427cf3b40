"""What makes one node of the project nodes in several processes: messages for what another gateway holds.

Each gateway has the project's node with the same identity, and the secure channels and relays of those who connected to
it. A message for a relay that is not here goes over the bus to the gateway that has it, with what was proven of its
sender. There, a Guest stands for the sender's channel at the same address, so that routes are the same everywhere and
answers find back. Rights are checked where a message enters: for a relay, where that is; for a channel, where the
message comes from, by whether the one who sends it was asked. So a gateway believes what others say on the bus, which
has to be theirs alone.

Who is slow at one gateway slows those who send from others (windows.py). Nothing else is acknowledged between gateways,
as nothing is between nodes: what is under way when one of them dies is lost.
"""

import asyncio
import time
from contextlib import suppress
from typing import NamedTuple

from uockam.access import OWNER
from uockam.address import LOCAL, Address
from uockam.endpoint import Asker, Endpoint, fail_all
from uockam.errors import AddressInUse, ConnectionLost, DeliveryError, Error, LimitError, NoSuchAddress
from uockam.flow import Flow
from uockam.log import WARNING, log, safe
from uockam.message import Message, name_of
from uockam.node import Node
from uockam.secure.session import SecureChannel
from uockam.secure.workers import SecureChannels
from uockam.services.relay_names import PREFIX

from .bus import Bus, BusError, NobodyError, Subscription
from .envelope import (
    BACK,
    CHANNEL,
    GONE,
    MARK,
    MOVED,
    PING,
    RELAY,
    Envelope,
    decode,
    encode,
    encode_gone,
    encode_mark,
    encode_ping,
)
from .queues import Mark, Queues
from .shared_relays import SharedRelays
from .windows import Key, Windows

_MOST_KNOWN = 10_000  # relays elsewhere whose gateway is remembered
_KNOWN_S = 10.0  # for so long; a gateway that hangs tells nobody that it lost a relay
_DOUBT_S = 5.0  # for so long a gateway may be without its connection to the bus
_RETRY_S = 5.0  # for so long nothing is heard of a full window, or of a relay, before it is tried again


class _Holder(NamedTuple):
    """The gateway that has a relay, "" right after nobody had it, as far as is known until then."""

    gateway: str
    until: float  # on the monotonic clock


class Bridge(Endpoint):
    """The gateway of a project's node: takes what is for relays that are not here. `open` it, and `close` it."""

    def __init__(self, node: Node, relays: SharedRelays, channels: SecureChannels, bus: Bus) -> None:
        super().__init__()
        self.node = node
        self.access = relays.access
        self._relays = relays
        self._channels = channels
        self._bus = bus
        self._me = bus.name
        self._holders: dict[str, _Holder] = {}  # by the name of a relay
        self._lookups: dict[str, asyncio.Task[None]] = {}
        self._guests: dict[bytes, Guest] = {}
        self._travellers: dict[bytes, _Traveller] = {}
        self._queues = Queues(node, self._return)
        self._windows = Windows()
        self._doubted: set[str] = set()  # gateways
        self._full = False  # the bus is
        self._subscription: Subscription | None = None

    async def open(self) -> None:
        """Take messages, from here and from elsewhere."""
        self._subscription = await self._bus.subscribe(self._subject(self._me), self._heard)
        self.node.router.gateway = self

    async def close(self) -> None:
        """Take no more."""
        self.node.router.gateway = None
        if self._subscription is not None:
            await self._subscription.close()
        for task in self._lookups.values():
            task.cancel()

    def waiting(self) -> int:
        """How many messages of other gateways wait for endpoints that are slow."""
        return self._queues.waiting()

    # -- messages for elsewhere ---------------------------------------------------------------------------------------

    def offer(self, message: Message) -> bool:
        """Send it to the gateway that has its relay, which is looked for first. Raises DeliveryError, LimitError."""
        name = _relay_name(message.onward_route[0])
        holder = self._holders.get(name)
        if holder is not None and holder.gateway and time.monotonic() < holder.until:
            return self.send(holder.gateway, RELAY, message)
        if holder is not None:
            del self._holders[name]
        if holder is not None and not holder.gateway:
            raise NoSuchAddress(f"there is no worker at '{name_of(message.onward_route[0])}'")
        if name not in self._lookups:
            self._lookups[name] = asyncio.get_running_loop().create_task(self._look_up(name))
        return False

    async def room(self) -> None:
        """Returns when a relay was found, or not, or the bus or a slow endpoint takes more."""
        if self._full:
            await self._bus.room()
            return
        change = self._windows.change()
        changes = [*self._lookups.values(), *([change] if change else [])]
        if changes:
            await asyncio.wait(changes, return_when=asyncio.FIRST_COMPLETED, timeout=_RETRY_S)

    def send(self, gateway: str, kind: int, message: Message) -> bool:
        """Send a message to an endpoint of another gateway; False while that, or the bus, is full.

        Raises ConnectionLost, LimitError.
        """
        key = gateway, message.onward_route[0].value
        if self._windows.full(key):
            if self._windows.overdue(key, time.monotonic()):
                self._mark(key)
            return False
        self._note_traveller(gateway, message)
        self._full = not self._publish(gateway, encode(kind, self._me, message))
        if not self._full and self._windows.sent(key):
            self._mark(key)
        return not self._full

    def _mark(self, key: Key) -> None:
        gateway, address = key
        number = self._windows.next_mark(key)
        if self._publish(gateway, encode_mark(MARK, self._me, number, address)):
            self._windows.marked(key, number, time.monotonic())

    def _publish(self, gateway: str, data: bytes) -> bool:
        """Raises ConnectionLost, LimitError."""
        try:
            return self._bus.offer(self._subject(gateway), data, lambda: self._unheard(gateway))
        except BusError as error:
            raise ConnectionLost(str(error)) from None

    async def _look_up(self, name: str) -> None:
        holder = ""
        try:
            holder = await self._relays.find(name)
        except BusError as error:
            log(WARNING, "uockam.cloud", f"the relay '{safe(name)}' could not be looked for: {error}")
        finally:
            asyncio.get_running_loop().call_soon(self._lookups.pop, name, None)  # who begins to wait now sees it
            if len(self._holders) >= _MOST_KNOWN:
                self._holders.clear()
            self._holders[name] = _Holder(holder, time.monotonic() + _KNOWN_S)

    def _note_traveller(self, gateway: str, message: Message) -> None:
        """Other gateways have to know when the channel to which answers go is gone."""
        back = message.return_route[0].value if message.return_route else b""
        traveller = self._travellers.get(back)
        if traveller is None:
            channel = self._channels.all.get(back)
            if channel is None:
                return
            traveller = self._travellers[back] = _Traveller(self, channel)
        traveller.gateways.add(gateway)

    def forget_traveller(self, traveller: "_Traveller") -> None:
        """Its channel has ended."""
        self._travellers.pop(traveller.address, None)
        for gateway in traveller.gateways:
            with suppress(BusError, LimitError):  # then the others lose their guests by the gap
                data = encode_gone(self._me, traveller.address)
                self._bus.offer(self._subject(gateway), data, lambda: None)

    def _unheard(self, gateway: str) -> None:
        """Nobody listens there: it is gone, or gets its connection to the bus back in a moment."""
        for name in [name for name, holder in self._holders.items() if holder.gateway == gateway]:
            del self._holders[name]
        self._windows.forget(gateway)
        if gateway not in self._doubted:
            self._doubted.add(gateway)
            self.node.spawn("bridge", self._make_sure(gateway))

    async def _make_sure(self, gateway: str) -> None:
        await asyncio.sleep(_DOUBT_S)
        self._doubted.discard(gateway)
        try:
            await self._bus.request(self._subject(gateway), encode_ping(self._me), _DOUBT_S)
        except NobodyError:
            for guest in [guest for guest in self._guests.values() if guest.gateway == gateway]:
                self._end_guest(guest)
        except BusError:
            pass  # the next message will tell

    # -- messages from elsewhere --------------------------------------------------------------------------------------

    async def _heard(self, data: bytes) -> bytes | None:
        envelope = decode(data)
        if envelope.kind == PING:
            return b""
        _TAKERS[envelope.kind](self, envelope)
        return None

    def _take_gone(self, envelope: Envelope) -> None:
        guest = self._guests.get(envelope.address)
        if guest is not None and guest.gateway == envelope.gateway:
            self._end_guest(guest)

    def _take_for_relay(self, envelope: Envelope) -> None:
        message = self._welcome(envelope)
        name = _relay_name(message.onward_route[0])
        if name in self._relays.relays:
            self._queues.deliver(message)
        else:
            back = message._replace(return_route=envelope.message.return_route)
            self._publish(envelope.gateway, encode(MOVED, self._me, back))

    def _take_moved(self, envelope: Envelope) -> None:
        """A message of ours comes back, for the relay is elsewhere now."""
        message = envelope.message
        self._holders.pop(_relay_name(message.onward_route[0]), None)
        channel = self._channels.all.get(message.return_route[0].value) if message.return_route else None
        if channel is not None:
            self.node.spawn("bridge", self._again(message._replace(origin=channel.flow)))

    async def _again(self, message: Message) -> None:
        try:
            await self.node.deliver(message)
        except (DeliveryError, LimitError) as error:
            self.node.tell_undelivered(message, error)

    def _take_mark(self, envelope: Envelope) -> None:
        self._queues.mark(Mark(envelope.gateway, envelope.number, envelope.address))

    def _return(self, mark: Mark) -> None:
        with suppress(ConnectionLost):  # it will be asked for
            self._publish(mark.gateway, encode_mark(BACK, self._me, mark.number, mark.address))

    def _take_back(self, envelope: Envelope) -> None:
        self._windows.returned((envelope.gateway, envelope.address), envelope.number)

    def _take_for_channel(self, envelope: Envelope) -> None:
        if envelope.message.onward_route[0].value in self._channels.all:
            self._queues.deliver(self._welcome(envelope), checked=True)

    def _welcome(self, envelope: Envelope) -> Message:
        """The message, as that of a guest."""
        message = envelope.message
        guest = self._guest(envelope) if message.return_route else None
        flow = guest.flow if guest else Flow(serves=True)
        if envelope.identifier is not None and (flow.identifier, flow.attributes) != envelope.proven:
            flow.prove(envelope.identifier, envelope.attributes, False)
        return message._replace(origin=flow)

    def _guest(self, envelope: Envelope) -> "Guest | None":
        address = envelope.message.return_route[0]
        guest = self._guests.get(address.value)
        if guest is not None:
            return guest if guest.gateway == envelope.gateway else None
        if len(self._guests) >= self._channels.limits.channels:
            self._end_guest(next(iter(self._guests.values())))
        guest = Guest(self, envelope.gateway, address)
        with suppress(AddressInUse):
            self.node.router.add(address.value, guest)
            self._guests[address.value] = guest
            return guest
        return None

    def _end_guest(self, guest: "Guest") -> None:
        self._guests.pop(guest.address.value, None)
        self.node.router.remove(guest.address.value, guest)
        fail_all(guest.askers, ConnectionLost("the other gateway's connection is gone"))

    def _subject(self, gateway: str) -> str:
        return f"{self._relays.project}.gateway.{gateway}"


_TAKERS = {
    RELAY: Bridge._take_for_relay,
    CHANNEL: Bridge._take_for_channel,
    MOVED: Bridge._take_moved,
    GONE: Bridge._take_gone,
    MARK: Bridge._take_mark,
    BACK: Bridge._take_back,
}


class Guest(Endpoint):
    """A secure channel that another gateway has, at its own address. As there: who was asked by it may answer."""

    access = OWNER

    def __init__(self, bridge: Bridge, gateway: str, address: Address) -> None:
        super().__init__()
        self.address = address
        self.gateway = gateway
        self.flow = Flow(serves=True)
        self.flow.back = address.value
        self._bridge = bridge

    def offer(self, message: Message) -> bool:
        """Send it there. Raises ConnectionLost, LimitError."""
        return self._bridge.send(self.gateway, CHANNEL, message)

    async def room(self) -> None:
        """As the bus."""
        await self._bridge.room()


class _Traveller(Asker):
    """A channel of this gateway whose messages went to others."""

    def __init__(self, bridge: Bridge, channel: SecureChannel) -> None:
        self.address = channel.address.value
        self.gateways: set[str] = set()
        self._bridge = bridge
        channel.add_asker(self)

    def fail(self, error: Error) -> None:
        """The channel has ended."""
        self._bridge.forget_traveller(self)


def _relay_name(hop: Address) -> str:
    """Raises NoSuchAddress for what is no relay."""
    text: str = hop.value.decode(errors="replace")
    if hop.type != LOCAL or not text.startswith(PREFIX):
        raise NoSuchAddress(f"there is no worker at '{name_of(hop)}'")
    return text.removeprefix(PREFIX)
