"""Secure channels of a node: listening for them, creating them, and their limits (secure.md 5 and 6).

    channels = SecureChannels(node, keys, identifier)     # keys: Keys(store); identifier: one whose keys are there
    await channels.listen("api")                          # others may begin channels here
    channel = await channels.create(route)                # to such a listener, over any transports and hops
    await node.ask((channel.address, "echo"), b"hello")   # through it; so is a channel inside a channel
    channel.close()

A worker learns from `message.identifier` and `message.attributes` who sent a message through a channel, and can demand
that with `access=CHANNEL`, `Identities(...)` or `Credential(...)` of uockam.access.
"""

import asyncio
from collections import namedtuple

from ..access import ANYONE as ANY_SENDER
from ..address import address
from ..crypto.steps import last
from ..errors import DeliveryError, Error, LimitError, NodeStopped, NoSuchAddress, ReplyTimeout
from ..identifier import identifier_text
from ..log import WARNING, log
from ..message import Message, name_of
from ..node import Closer
from ..port import MICROPYTHON, TYPE_CHECKING, random_bytes, ticks_ms
from ..route import format as format_route
from ..route import route as route_of
from .channel import Channel
from .listener import Listener
from .pace import Pace
from .peer import KEY_BYTES, Rules
from .policy import ANYONE
from .session import SecureChannel, attributes_of

if MICROPYTHON:
    from .clock_micropython import unix_time
    from .tools import Tools
else:
    from .clock_cpython import unix_time

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping
    from typing import TypeVar

    from ..access import Access
    from ..address import Address
    from ..node import Node
    from ..route import Hop, Hops
    from .credential import Issued
    from .identity import History
    from .keys import Keys
    from .peer import KeyPair, Party, Peer
    from .policy import Anyone, Only
    from .tools import Tools

    Result = TypeVar("Result")

TIMEOUT_MS = 30_000  # for a whole handshake: boards need seconds for their part
SWEEP_MS = 60_000  # a channel that carried nothing between two sweeps makes room for its sender's next one
IDLE_SWEEPS = 10  # and after so many of them, for anybody's


class Limits(namedtuple("Limits", ("channels", "half_open", "handshake_ms", "each_minute", "all_minute"))):
    """What others may make this node do.

    channels: open at once, with those being made. half_open: handshakes of others that are not through. handshake_ms:
    how long one may take. each_minute, all_minute: handshakes that one transport's peer, and all, may begin.
    """


# A channel takes some 3 KB of a board's heap and a handshake most of a second; a host does a thousand a second.
LIMITS = Limits(8, 3, 30_000, 30, 60) if MICROPYTHON else Limits(10_000, 256, 30_000, 6_000, 30_000)


class SecureChannels(Closer):
    """The secure channels of a node, which is one `identifier` unless something else is said.

    authorities: proven histories, by identifier, of those whose credentials count. clock: gives Unix seconds, or None
    when the time is not known; by default the clock of a host. `owners`: identifiers whose channels may manage the
    node. `credentials`: what this node shows to others. `fresh`: gives 32 random bytes for a key.
    """

    def __init__(
        self,
        node: "Node",
        keys: "Keys",
        identifier: bytes,
        authorities: "Mapping[bytes, History] | None" = None,
        clock: "Callable[[], int | None] | None" = None,
        limits: Limits = LIMITS,
    ) -> None:
        self.node = node
        self.keys = keys
        self.identifier = identifier
        self.authorities = authorities
        self.now = clock or unix_time
        self.fresh: "Callable[[], bytes]" = _fresh
        self.limits = limits
        self.owners: "set[bytes]" = set()
        self.credentials: "tuple[Issued, ...]" = ()
        self.listeners: "dict[bytes, Listener]" = {}  # by the value of their address
        self.all: "dict[bytes, SecureChannel]" = {}  # likewise, with those being made
        self._half_open: "list[SecureChannel]" = []  # oldest first
        self._sweeping = False
        self._pace = Pace(limits.each_minute, limits.all_minute)
        self.tools: "Tools | None" = Tools(self) if MICROPYTHON else None
        self._spare: "KeyPair | None" = None
        self._preparing = False
        node.secure = self
        node.closers.append(self)

    # -- what programs do ---------------------------------------------------------------------------------------------

    async def listen(
        self,
        at: "Hop" = "api",
        policy: "Anyone | Only" = ANYONE,
        identifier: "bytes | None" = None,
        access: "Access" = ANY_SENDER,
    ) -> Listener:
        """Let others begin channels at this address: those who may send there, and whom the policy trusts.

        Raises AddressInUse, InvalidAddress, NodeStopped.
        """
        self._check_runs()
        listener = Listener(self, address(at), policy, identifier or self.identifier, access)
        self.node.router.add(listener.address.value, listener)
        self.listeners[listener.address.value] = listener
        self._prepare()
        return listener

    async def create(
        self,
        route: "Hops",
        policy: "Anyone | Only" = ANYONE,
        identifier: "bytes | None" = None,
        timeout_ms: int = TIMEOUT_MS,
        credentials: "tuple[Issued, ...] | None" = None,
        keep: bool = False,
    ) -> SecureChannel:
        """A channel to the listener at the end of the route; it is open when this returns.

        credentials: what is shown there, instead of what the node shows to others.
        keep: set it up again whenever it is lost, at the same address; meanwhile messages fail with ConnectionLost.
        A node may find out only later that the other side does not trust it; then the channel ends with that reason.
        Raises ProtocolError for who is not trusted or not proven, DeliveryError, ReplyTimeout, LimitError, VaultError,
        NodeStopped, InvalidAddress.
        """
        self._check_runs()
        hops = route_of(route)
        self._check_room("")
        channel = SecureChannel(self, True, identifier or self.identifier)
        channel.credentials = credentials
        self._register(channel)

        async def reach() -> None:
            await self._reach(channel, hops, policy, timeout_ms)

        try:
            await reach()
        except BaseException:
            channel.close()
            raise
        if keep:
            from .keeper import Keeper

            channel.keeper = Keeper(self.node, reach)
        return channel

    async def refresh(self, credentials: "tuple[Issued, ...]") -> None:
        """Show these credentials from now on, also to those with whom there are channels. Raises VaultError."""
        self.credentials = credentials
        for channel in tuple(self.all.values()):
            if channel.credentials is None:
                await self._show(channel)

    async def show(self, channel: SecureChannel, credentials: "tuple[Issued, ...]") -> None:
        """Show these at the other end of one channel from now on, whatever the node shows to others.

        Raises VaultError.
        """
        channel.credentials = credentials
        await self._show(channel)

    async def _show(self, channel: SecureChannel) -> None:
        if not channel.open_now:
            return
        party = await self.run(self._party_steps(channel))
        try:
            channel.refresh(party)
        except (DeliveryError, LimitError) as error:
            log(WARNING, "uockam.secure", "credentials are not shown to everybody: %s" % error)

    def close(self) -> None:
        """Close every listener and every channel."""
        for listener in tuple(self.listeners.values()):
            listener.close()
        for channel in tuple(self.all.values()):
            channel.close()

    # -- handshakes ---------------------------------------------------------------------------------------------------

    async def _reach(
        self,
        channel: SecureChannel,
        route: "tuple[Address, ...]",
        policy: "Anyone | Only",
        timeout_ms: int,
    ) -> None:
        """As the initiator: one handshake."""
        channel.error = None
        late = "No answer from %s within %d ms to a secure channel" % (format_route(route), timeout_ms)
        channel.end_after(timeout_ms, ReplyTimeout(late))
        try:
            core = await self._core(channel, policy)
            await channel.begin(core, route)
            await channel.ready()
        except Error as error:
            channel.end(error)
            raise

    def answer(self, listener: Listener, message: Message) -> None:
        """For listeners: the first message of a handshake begins a channel. Raises LimitError, NoSuchAddress."""
        if self.node.stopping or not message.return_route or not _is_first(message.payload):
            raise NoSuchAddress("'%s' begins secure channels, and takes nothing else" % name_of(listener.address))
        sender = self._sender(message)
        if not self._pace.admits(sender, ticks_ms()):
            raise LimitError("too many handshakes a minute", "try again in a minute, and keep channels open")
        self._check_room(sender)
        self._make_way(sender)
        channel = SecureChannel(self, False, listener.identifier)
        channel.sender = sender
        self._register(channel)
        self._half_open.append(channel)
        channel.end_after(self.limits.handshake_ms, ReplyTimeout("The handshake took too long"))
        self.node.runner.start(self._answer(channel, listener.policy, message))

    async def _answer(self, channel: SecureChannel, policy: "Anyone | Only", message: Message) -> None:
        try:
            core = await self._core(channel, policy)
        except Error as error:  # of the vault
            log(WARNING, "uockam.secure", "no channel can be made: %s" % error)
            channel.end(error)
        else:
            if not channel.reason:
                channel.decryptor.begin(core)
                channel.decryptor.offer(message)

    async def _core(self, channel: SecureChannel, policy: "Anyone | Only") -> Channel:
        party = await self.run(self._party_steps(channel))
        ephemeral, self._spare = self._spare, None
        if ephemeral is None:
            ephemeral = await self.run(self._key_pair_steps())
        self._prepare()
        rules = Rules(self.keys.known, policy, self.authorities)
        return Channel(channel.initiator, party, ephemeral, rules, channel.flow, (channel.address,))

    def _party_steps(self, channel: SecureChannel) -> "Generator[None, None, Party]":
        shown = self.credentials if channel.credentials is None else channel.credentials
        return (yield from self.keys.party_steps(channel.identifier, self.fresh, self.now(), shown))

    def _key_pair_steps(self) -> "Generator[None, None, KeyPair]":
        from .noise import key_pair_steps  # which a board has loaded meanwhile

        return (yield from key_pair_steps(self.fresh()))

    async def run(self, steps: "Generator[None, None, Result]") -> "Result":
        """What the steps return. On a board one after another, and everything else gets its turn between two steps."""
        if self.tools is None:
            return last(steps)
        async with self.tools:
            while True:
                await asyncio.sleep(0)  # first of all, so that it begins with the whole stack
                try:
                    next(steps)
                except StopIteration as stop:
                    return stop.value  # type: ignore[no-any-return]

    def _prepare(self) -> None:
        """On a board, make the key of the next handshake while there is time."""
        if MICROPYTHON and self._spare is None and not self._preparing:
            self._preparing = True
            self.node.spawn("secure channels", self._prepare_later())

    async def _prepare_later(self) -> None:
        self._spare = await self.run(self._key_pair_steps())
        self._preparing = False

    # -- limits -------------------------------------------------------------------------------------------------------

    def _check_room(self, sender: str) -> None:
        """Raises LimitError when there are as many channels as may be, and each of them is in use."""
        if len(self.all) < self.limits.channels:
            return
        idle = [each for each in self.all.values() if each.idle >= (1 if each.sender == sender else IDLE_SWEEPS)]
        victims = [each for each in self.all.values() if each.adrift()] or [each for each in idle if each.sender]
        if not victims:
            raise LimitError("%d secure channels are open, which is the limit" % len(self.all), "close some")
        sorted(victims, key=lambda each: each.idle)[-1].close()

    def _make_way(self, sender: str) -> None:
        """End a handshake when too many are not through: the oldest of the same sender, or else of all."""
        if len(self._half_open) >= self.limits.half_open:
            same = [channel for channel in self._half_open if channel.sender == sender]
            (same or self._half_open)[0].end(LimitError("too many handshakes at a time"))

    def _sweep(self) -> None:
        """Notice which channels carry nothing: their creators may be gone, and nobody tells when there is a hop."""
        for channel in self.all.values():
            channel.sweep()
        self._sweeping = bool(self.all)
        if self._sweeping:
            self.node.runner.after(SWEEP_MS, self._sweep)

    def _sender(self, message: Message) -> str:
        """What stands for whoever began a handshake: a proven identity, the host at the other end, or an address."""
        if message.identifier is not None:
            return identifier_text(message.identifier)
        back = message.return_route[0]
        link = getattr(self.node.router.endpoints.get(back.value), "link", None)
        return str(back) if link is None else link.peer.rpartition(":")[0] or link.peer

    def _check_runs(self) -> None:
        self.node.check_runs()
        if self.node.stopping:
            raise NodeStopped("the node is stopping")

    def holds_tools(self) -> bool:
        """Whether a handshake goes on, or there are objects whose code has to stay: what others and this node show."""
        shaking = [each for each in self.all.values() if not each.open_now and not each.adrift()]
        return bool(shaking or self.authorities or self.credentials)

    # -- for channels -------------------------------------------------------------------------------------------------

    def _register(self, channel: SecureChannel) -> None:
        self.node.router.add(channel.address.value, channel)
        self.all[channel.address.value] = channel
        if not self._sweeping:
            self._sweep()

    def opened(self, channel: SecureChannel) -> None:
        """Its handshake is through."""
        self._half_open = [each for each in self._half_open if each is not channel]

    def attributes(self, peer: "Peer") -> "dict[str, str]":
        """What the other side of a channel is taken for, by its credentials."""
        return attributes_of(peer)

    def forget(self, channel: SecureChannel) -> None:
        """It has ended."""
        self.all.pop(channel.address.value, None)
        self.opened(channel)


def _is_first(data: bytes) -> bool:
    """Whether this can be the first message of a handshake, which is not all zeros; that costs nothing to see."""
    return len(data) >= KEY_BYTES and data[:KEY_BYTES] != bytes(KEY_BYTES)


def _fresh() -> bytes:
    return random_bytes(KEY_BYTES)
