"""The management service's part about secure channels: listeners and channels of a host's node (wire.md 5.4).

What encrypts takes 40 ms and 8 MB to load. So it is loaded when a channel is to be made, and until then a door stands
where a listener will be.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from uockam import api, multiaddr
from uockam.address import LOCAL, Address, random_address
from uockam.errors import AddressInUse
from uockam.identifier import identifier_text, parse_identifier
from uockam.log import safe
from uockam.message import Message, name_of
from uockam.node import Node
from uockam.services.listeners import (
    ADDRESS,
    FLOW,
    LISTENER_REQUEST,
    addressed,
    pack_listener,
    unpack_address,
    unpack_identifiers,
)
from uockam.transport.tcp import Tcp
from uockam.worker import Context, Worker

from ..identities import has_passphrase
from ..state.tables import opened
from .bodies import CHANNEL, CHANNEL_MADE, CHANNEL_REQUEST, pack_address, unpack_duration
from .routes import Pairs, pairs_to
from .settings import CHANNEL_LISTENERS, Settings
from .ways import Way, Ways, policy_of

if TYPE_CHECKING:
    from .channel_maker import ChannelMaker

_TIMEOUT_MS = 120_000  # as Ockam's nodes, for whoever does not say how long they want to wait


@dataclass
class Listening:
    """A listener, or the door where it will be. identity: the name of one, "" for the node's own."""

    address: str
    identity: str = ""
    authorized: "list[bytes] | None" = None
    flow_id: str = field(default_factory=lambda: name_of(random_address()))
    listener: Any = None  # of uockam, once somebody has come

    def setting(self) -> list[Any]:
        """What `node start` needs."""
        texts = None if self.authorized is None else [identifier_text(item) for item in self.authorized]
        return [self.address, self.identity, texts]


def _listening(address: str, identity: str, authorized: "list[str] | None") -> Listening:
    """Of a setting."""
    return Listening(address, identity, None if authorized is None else [parse_identifier(text) for text in authorized])


class Door(Worker):
    """Has the listener made that takes its place, and lets the first message in."""

    def __init__(self, channels: "Channels", listening: Listening) -> None:
        self._channels = channels
        self._listening = listening

    async def handle_message(self, context: Context, message: Message) -> None:
        await self._channels.open_door(self._listening)
        await context.forward(message)


@dataclass
class Made:
    """A channel that was made by command."""

    way: Way
    authorized: "list[bytes] | None"


class Channels:
    """Listeners and channels: as a table for the manager, and restored at the node's start."""

    def __init__(self, node: Node, tcp: Tcp, settings: Settings) -> None:
        self.ways = Ways(node, tcp, lambda: self._load().secure)
        self._node = node
        self._settings = settings
        self._listeners: dict[str, Listening] = {}
        self._made: dict[str, Made] = {}
        self._own: bytes | None = None
        self._maker: ChannelMaker | None = None

    def table(self) -> tuple[tuple[int, str, object], ...]:
        """Rows for uockam's Manager."""
        return (
            (api.GET, "node/secure_channel", self._list_channels),
            (api.GET, "node/show_secure_channel", self._show_channel),
            (api.POST, "node/secure_channel", self._create_channel),
            (api.DELETE, "node/secure_channel", self._delete_channel),
            (api.GET, "node/secure_channel_listener", self._list_listeners),
            (api.GET, "node/show_secure_channel_listener", self._show_listener),
            (api.POST, "node/secure_channel_listener", self._create_listener),
            (api.DELETE, "node/secure_channel_listener", self._delete_listener),
        )

    async def restore(self) -> None:
        """Take channels where the settings say. Raises AddressInUse, IdentityNotFound, VaultError."""
        if self._settings.identity:
            self._own = self.identifier(self._settings.identity)
        for setting in self._settings.all(CHANNEL_LISTENERS):
            listening = _listening(*setting)
            if has_passphrase(listening.identity or self._settings.identity or None):
                self._load().identifier(listening.identity)  # without it the node says so now, not its first peer
            await self._listen(listening)

    @property
    def identity_name(self) -> str:
        """Of the node's identity, "" for a node that has none yet."""
        return self._settings.identity

    def identifier(self, identity: str = "") -> "bytes | None":
        """Of an identity, by default the node's own; None for a node that has none yet. Raises IdentityNotFound."""
        if not identity:
            return self._own
        with opened() as tables:
            return tables.identity(identity).id32

    async def proved(self) -> "bytes | None":
        """The identifier that others see."""
        return self.identifier()

    async def pack_listeners(self) -> list[Any]:
        """The body of each listener."""
        return [self._pack_listener(item) for item in self._listeners.values()]

    async def ask(
        self, pairs: Pairs, payload: bytes, timeout_ms: int, authorized: "list[bytes] | None" = None
    ) -> bytes:
        """Send along a route with `/secure/` in it, and return the payload of the reply. Raises as Ways.ask.

        authorized: who may be at the other end of its last channel, None for everybody.
        """
        return await self.ways.ask(pairs, payload, timeout_ms, policy=policy_of(authorized))

    def _load(self) -> "ChannelMaker":
        if self._maker is None:
            from .channel_maker import ChannelMaker

            self._maker = ChannelMaker(self._node, self._settings)
            self._own = self._maker.secure.identifier
        return self._maker

    # -- listeners ----------------------------------------------------------------------------------------------------

    async def open_door(self, listening: Listening) -> None:
        """Put the listener where the door is. Raises VaultError."""
        maker = self._load()
        maker.identifier(listening.identity)  # while the door is there: it may be missing
        await self._node.stop_worker(listening.address)
        listening.listener = await maker.listen(listening.address, listening.authorized, listening.identity)

    async def _listen(self, listening: Listening) -> None:
        await self._node.start_worker(listening.address, Door(self, listening))
        self._listeners[listening.address] = listening

    async def _list_listeners(self, parts: list[str], body: object) -> Any:
        return [await self.pack_listeners()]

    async def _show_listener(self, parts: list[str], body: object) -> Any:
        return self._pack_listener(self._find_listener(body))

    async def _create_listener(self, parts: list[str], body: object) -> None:
        values: dict[str, Any] = LISTENER_REQUEST.unpack(body)
        identity = values["identity"] or ""
        self.identifier(identity)  # it has to be there
        address = name_of(unpack_address(values["address"]))
        listening = Listening(address, identity, unpack_identifiers(values["authorized"]))
        try:
            await self._listen(listening)
        except AddressInUse as error:
            raise api.Reject(api.CONFLICT, str(error)) from None
        self._settings.add(CHANNEL_LISTENERS, listening.setting())

    async def _delete_listener(self, parts: list[str], body: object) -> Any:
        listening = self._find_listener(body)
        if listening.listener is None:
            await self._node.stop_worker(listening.address)
        else:
            listening.listener.close()
        del self._listeners[listening.address]
        self._settings.discard(CHANNEL_LISTENERS, listening.setting())
        return ADDRESS.pack(address=pack_address(listening.address))

    def _find_listener(self, body: object) -> Listening:
        address = addressed(body)
        found = self._listeners.get(name_of(address))
        if found is None:
            raise api.Reject(api.NOT_FOUND, f"Secure channel listener with address, {safe(str(address))}, not found")
        return found

    def _pack_listener(self, listening: Listening) -> Any:
        identifier = self.identifier(listening.identity)
        return pack_listener(listening.address.encode(), listening.flow_id, identifier, listening.authorized)

    # -- channels -----------------------------------------------------------------------------------------------------

    async def _list_channels(self, parts: list[str], body: object) -> Any:
        return [[pack_address(address) for address in self._made]]

    async def _show_channel(self, parts: list[str], body: object) -> Any:
        return self._pack_channel(self._made[self._find_channel(body)])

    async def _create_channel(self, parts: list[str], body: object) -> Any:
        values: dict[str, Any] = CHANNEL_REQUEST.unpack(body)
        timeout_ms = unpack_duration(values["timeout"]) if values["timeout"] else _TIMEOUT_MS
        authorized = unpack_identifiers(values["authorized"])
        maker = self._load()
        way = await self.ways.open(
            _to_listener(multiaddr.decode(values["route"])),
            timeout_ms,
            policy=policy_of(authorized),
            identifier=maker.identifier(values["identity"] or ""),
            keep=True,
        )
        name = name_of(way.hops[0])
        self._made[name] = Made(way, authorized)
        return CHANNEL_MADE.pack(address=pack_address(name), flow=FLOW.pack(id=name))

    async def _delete_channel(self, parts: list[str], body: object) -> Any:
        address = self._find_channel(body)
        self._made.pop(address).way.close()
        return {1: f"0#{address}"}

    def _find_channel(self, body: object) -> str:
        address = addressed(body)
        if name_of(address) not in self._made:
            raise api.Reject(api.NOT_FOUND, f"Secure channel with address, {safe(str(address))}, not found")
        return name_of(address)

    def _pack_channel(self, made: Made) -> Any:
        channel = made.way.channels[-1]
        address = name_of(channel.address)
        peer = channel.peer.identifier if channel.peer else b""
        return CHANNEL.pack(
            address=multiaddr.encode((("service", address),)),
            route=multiaddr.encode(tuple(pair for hop in made.way.listener for pair in _pairs(hop))),
            authorized=made.authorized,
            flow=FLOW.pack(id=address),
            peer=peer,
            peer_history=self._load().history(peer).hex(),
            reason=None if channel.open_now else channel.reason,
        )


def _to_listener(pairs: Pairs) -> Pairs:
    """The route of a listener as one that ends with the channel to it: a last `/service/X` is taken as `/secure/X`."""
    if not pairs or pairs[-1][0] not in multiaddr.WORKERS or not pairs[-1][1]:
        raise api.Reject(api.BAD_REQUEST, "the route does not end at a secure channel listener")
    return (*pairs[:-1], ("secure", pairs[-1][1]))


def _pairs(hop: Address) -> Pairs:
    return (("service", name_of(hop)),) if hop.type == LOCAL else pairs_to(hop.value.decode())
