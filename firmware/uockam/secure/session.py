"""One secure channel of a node: the endpoint through which its workers speak to the other side (secure.md 5.8)."""

import asyncio

from ..access import OWNER
from ..address import random_address
from ..crypto.steps import last
from ..endpoint import Asker, Endpoint, fail_all
from ..errors import ConnectionLost, DeliveryError, Error, LimitError, NoSuchAddress
from ..flow import Flow
from ..identifier import identifier_text
from ..log import INFO, enabled, log
from ..message import WANTS_ERRORS, Message, wants_errors
from ..port import TYPE_CHECKING
from .channel import CLOSE, OPEN, REFRESH
from .decryptor import Decryptor
from .nonces import WINDOW

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ..address import Address
    from ..tasks import Timer
    from .channel import Channel
    from .credential import Issued
    from .keeper import Keeper
    from .peer import Party, Peer
    from .workers import SecureChannels

ADRIFT_MS = 30_000  # how long a responder that lost its transport waits for the other side to come by another one


class SecureChannel(Endpoint, Asker):
    """The endpoint that seals what is routed to `address`, and sends it to the other side.

    What the other side says comes with `flow` as its origin, which tells who proved to be there, and the address in
    front of its return route. Whoever sends through the address speaks as this node, so it is for this node and its
    owner only, and for those who answer what came out of the channel.
    """

    access = OWNER

    def __init__(self, channels: "SecureChannels", initiator: bool, identifier: bytes) -> None:
        super().__init__()
        self.address = random_address()
        self.channels = channels
        self.node = channels.node
        self.initiator = initiator
        self.identifier = identifier  # of this side
        self.credentials: "tuple[Issued, ...] | None" = None  # that it shows; None for those of the node
        self.peer: "Peer | None" = None  # the other side, once it is proven
        self.flow = Flow(serves=not initiator)
        self.flow.back = self.address.value
        self.route: "tuple[Address, ...]" = ()  # to the other side's decryptor, once it is known
        self.told = False  # nodes like this one are at both ends: who asks is told when a hop cannot go on
        self.sender = ""  # who began it, as far as its transport tells; "" for this side
        self.moved = 0  # messages in and out, so that idleness can be noticed
        self.idle = 0  # for how many sweeps nothing has moved
        self._moved_before = -1  # what `moved` was at the last one
        self.open_now = False
        self.reason = ""  # why it is not open any more
        self.error: "Error | None" = None  # the same, as it was raised
        self.on_lost: "Callable[[str], object] | None" = None  # called with the reason, after everybody else knows
        self.decryptor = Decryptor(self)
        self.keeper: "Keeper | None" = None  # sets it up again
        self._asked: "Endpoint | None" = None  # the first hop, whose death is that of the channel
        self._change: "asyncio.Event | None" = None
        self._wasted = 0  # counters in a row that were used up by messages nobody took
        self._leaving: "list[Message]" = []  # sealed, waiting for room
        self._timer: "Timer | None" = None
        self._expires: "int | None" = None  # when what is attested of the other side ends

    # -- messages -----------------------------------------------------------------------------------------------------

    def offer(self, message: Message) -> bool:
        """Seal a message whose first onward hop is this channel, and send it; False while the way is full.

        Raises ConnectionLost, LimitError, and NoSuchAddress when the route ends here.
        """
        core = self.decryptor.core
        if core is None or not self.open_now:
            raise ConnectionLost(self.reason or "The secure channel is not ready yet")
        if self._leaving:
            return False
        onward = message.onward_route[1:]
        if not onward:
            raise NoSuchAddress("the route ends at a secure channel")
        self.node.router.expect_answer(self.flow, message)
        self.moved += 1
        inner = Message(onward, message.return_route, message.payload, message.tracing, None)
        sealed = core.seal(inner)
        if self.told and wants_errors(message):
            self.push(Message(self.route, (self.decryptor.address,), sealed, WANTS_ERRORS, None))
        else:
            self._push_sealed(sealed)
        return True

    def _say(self, event: str, value: object = None) -> None:
        """Seal what is for the channel itself, and send it."""
        core: "Any" = self.decryptor.core
        (sealed,) = last(core.fire_steps(event, value))
        self._push_sealed(sealed.data)

    def _push_sealed(self, sealed: bytes) -> None:
        """Send it. The outer return route is empty: Ockam's responders put what they know behind it."""
        self.push(Message(self.route, (), sealed, None, None))

    def push(self, outer: Message) -> None:
        """Send what is for the other side, or keep it until there is room. Raises ConnectionLost, LimitError."""
        if self._leaving:
            self._leaving.append(outer)
            return
        try:
            taken = self.node.router.find(outer).offer(outer)
        except DeliveryError as error:
            self.fail(error)
            raise ConnectionLost(self.reason)
        except LimitError as error:
            self._waste(error)
            raise
        self._wasted = 0
        if not taken:
            self._leaving.append(outer)
            self.node.spawn("secure channel", self._push_later())

    def _waste(self, error: Error) -> None:
        """The counter of a message that never left: the other side bears only so many to be missing in a row."""
        self._wasted += 1
        if self._wasted >= WINDOW:
            self.fail(ConnectionLost("too many messages in a row could not be sent: %s" % error))

    async def _push_later(self) -> None:
        while self._leaving:
            try:
                await self.node.deliver(self._leaving[0])
            except LimitError as error:
                self._waste(error)
            except DeliveryError as error:
                self.fail(error)
            self._leaving = self._leaving[1:]
        self.wake()

    async def room(self) -> None:
        """Returns when offering again makes sense."""
        while self._leaving:
            await self.change()

    async def change(self) -> None:
        """Returns when something about the channel has changed."""
        if self._change is None:
            self._change = asyncio.Event()
        await self._change.wait()

    def wake(self) -> None:
        """Something has."""
        if self._change is not None:
            self._change.set()
            self._change = None

    # -- its life -----------------------------------------------------------------------------------------------------

    async def begin(self, core: "Channel", route: "tuple[Address, ...]") -> None:
        """As the initiator: send the first message. Raises DeliveryError, LimitError."""
        outputs: "Any" = await self.channels.run(core.fire_steps(OPEN))
        if self.error is not None:  # too late
            raise self.error
        self.decryptor.begin(core)
        question = Message(route, (self.decryptor.address,), outputs[0].data, WANTS_ERRORS, None)
        self._watch(question)
        await self.node.deliver(question)

    def take_route(self, route: "tuple[Address, ...]") -> None:
        """This is the way to the other side's decryptor; a channel that lost its way is open again."""
        self.route = route
        self._watch(Message(route, (), b"", None, None))
        if self.adrift():
            self._set_timer(None)
            self.reason = ""
            self.open_now = True

    def _watch(self, message: Message) -> None:
        """Be told when the endpoint that this message goes to dies. Raises NoSuchAddress."""
        self._unwatch()
        self._asked = self.node.router.find(message)
        self._asked.add_asker(self)

    def _unwatch(self) -> None:
        if self._asked is not None:
            self._asked.drop_asker(self)
            self._asked = None

    def opened(self, peer: "Peer") -> None:
        """The handshake is done, and proved who is there."""
        self.prove(peer)
        self._set_timer(None)
        self.open_now = True
        self.reason = ""
        self.error = None
        self.channels.opened(self)
        if enabled(INFO):
            log(INFO, "uockam.secure", "channel %s with %s" % (self.address, identifier_text(peer.identifier)))
        self.wake()

    def prove(self, peer: "Peer") -> None:
        """These are the other side's credentials, from now on."""
        self.peer = peer
        self._expires = min([each.expires_at for each in peer.credentials]) if peer.credentials else None
        self._tell_flow(self.channels.attributes(peer))

    def check_expiry(self) -> None:
        """What was attested of the other side is true for a time only."""
        if self._expires is not None and (self.channels.now() or 0) > self._expires:
            self._expires = None
            self._tell_flow({})

    def _tell_flow(self, attributes: "dict[str, str]") -> None:
        if self.peer is not None:
            name = self.peer.identifier
            self.flow.prove(name, attributes, name in self.channels.owners)

    def refresh(self, party: "Party") -> None:
        """Show the other side this party: of the same identity, with other credentials or a newer key.

        Raises ConnectionLost, LimitError.
        """
        self._say(REFRESH, party)

    def sweep(self) -> None:
        """Notice whether anything has moved since this was called before."""
        self.idle = self.idle + 1 if self.moved == self._moved_before else 0
        self._moved_before = self.moved

    def end_after(self, delay_ms: int, error: Error) -> None:
        """End with this error, unless the channel opens before."""
        self._set_timer(self.node.runner.after(delay_ms, lambda: self.end(error)))

    def _set_timer(self, timer: "Timer | None") -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = timer

    def fail(self, error: Error) -> None:
        """The first hop is gone. A responder waits for a while: the other side may come by another way."""
        if self.initiator or self.peer is None:
            self.end(error)
        elif self.open_now:
            self._go_down(error)
            self.end_after(ADRIFT_MS, error)

    def adrift(self) -> bool:
        """Whether it waits for the other side to come by another way."""
        return not self.initiator and self.peer is not None and not self.open_now

    def close(self) -> None:
        """Say farewell, and end the channel."""
        if self.keeper is not None:
            self.keeper.close()
            self.keeper = None
        waiting: "list[Message]" = []
        if self.open_now:
            try:
                self._say(CLOSE)
            except (DeliveryError, LimitError):
                pass  # the other side finds out
            waiting = self._leaving
        self.end(ConnectionLost("The secure channel was closed"))
        self._leaving = waiting

    def end(self, error: Error) -> None:
        """Nothing goes through any more; one that is kept comes back."""
        if self.address.value not in self.channels.all:
            return
        self._set_timer(None)
        if self.keeper is None:
            self.node.router.remove(self.address.value, self)
            self.channels.forget(self)
        self._go_down(error)
        self.decryptor.close()
        if self.keeper is not None:
            self.decryptor = Decryptor(self)
            self.keeper.lost()

    def _go_down(self, error: Error) -> None:
        """Who waits for an answer is told."""
        was_open = self.open_now
        self.open_now = False
        self.reason = str(error)
        self.error = error
        self._leaving = []
        self._unwatch()
        fail_all(self.askers, ConnectionLost(self.reason))
        self.wake()
        if was_open and self.on_lost is not None:
            self.on_lost(self.reason)

    async def ready(self) -> None:
        """Returns when it is open. Raises why it ended instead."""
        while not self.open_now:
            if self.error is not None:
                raise self.error
            await self.change()


def attributes_of(peer: "Peer") -> "dict[str, str]":
    """What the newest credential says, as text; what is no text is left out."""
    found = {}
    for name, value in peer.credentials[-1].attributes.items() if peer.credentials else ():
        try:
            found[name.decode()] = value.decode()
        except UnicodeError:
            pass
    return found
