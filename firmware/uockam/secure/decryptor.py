"""Where a secure channel's other side is heard: the handshake, then what it sealed (secure.md 5.8)."""

from ..access import REPLY
from ..address import random_address
from ..crypto.steps import last
from ..endpoint import Endpoint, fail_all
from ..errors import ConnectionLost, Error, LimitError, ProtocolError, RemoteError
from ..log import DEBUG, INFO, enabled, log
from ..message import WANTS_ERRORS, Message, error_of, wants_errors
from ..port import INLINE_DEPTH, MICROPYTHON, TYPE_CHECKING, const
from .channel import AWAITING_1, CLOSE, CLOSED, READY, RECEIVED, Closed, Delivered, Opened, Refreshed, Send

if TYPE_CHECKING:
    from typing import Any

    from .channel import Channel
    from .session import SecureChannel

_MOST_RAW = const(4)  # messages that wait while a handshake is worked on: what a peer sends right behind its last one
_COUNTER_BYTES = const(8)

# How deep messages may be delivered inside one another here. A board's stack of 8 KB has no room for a worker, and the
# sealing of its answer, on top of what has just been opened: there the worker gets the message in a task of its own.
_INLINE_DEPTH = 0 if MICROPYTHON else INLINE_DEPTH


class Decryptor(Endpoint):
    """The endpoint of one handshake, and of what follows it; cryptography decides who may send here."""

    access = REPLY

    def __init__(self, channel: "SecureChannel") -> None:
        super().__init__()
        self.address = random_address()
        self.core: "Channel | None" = None  # until its keys are made, messages wait
        self._channel = channel
        self._node = channel.node
        self._raw: "list[Message]" = []
        self._shaking = False
        self._heard = False  # something that the other side sealed has come
        self._arriving = False  # something opened waits for room

    def begin(self, core: "Channel") -> None:
        """Take messages from now on."""
        self._node.router.add(self.address.value, self)
        self.core = core

    def offer(self, message: Message) -> bool:
        """Take what the other side sent; False while what came before it waits."""
        if message.tracing is not None and self._is_error(message):
            return True
        core = self.core
        if core is None or self._shaking or core.state != READY:
            return self._queue(message)
        if self._arriving:
            return False
        rest = self._open(core, message)
        if rest is not None:
            self._shaking = True
            self._node.spawn("secure channel", self._go_on(core, message, rest))
        return True

    async def room(self) -> None:
        """Returns when offering again makes sense."""
        while self._arriving or len(self._raw) >= _MOST_RAW:
            await self._channel.change()

    def close(self) -> None:
        """Forget the keys. Nothing arrives here any more."""
        self._node.router.remove(self.address.value, self)
        self._raw = []
        if self.core is not None:
            last(self.core.fire_steps(CLOSE))
        fail_all(self.askers, ConnectionLost(self._channel.reason))

    def _is_error(self, message: Message) -> bool:
        """Whether a node says why it cannot go on. Nobody proves that, but who can say it can as well drop messages."""
        reason = error_of(message)
        if reason is None:
            return False
        if self._heard and self._channel.told:
            self._channel.fail(ConnectionLost("The way through the secure channel is broken: %s" % reason))
        elif self._channel.initiator and not self._heard:
            self._channel.end(RemoteError("The secure channel was refused: %s" % reason))
        return True

    # -- the handshake ------------------------------------------------------------------------------------------------

    def _queue(self, message: Message) -> bool:
        if len(self._raw) >= _MOST_RAW:
            return False
        self._raw.append(message)
        if not self._shaking and self.core is not None:
            self._shaking = True
            self._node.runner.start(self._shake(self.core))
        return True

    async def _shake(self, core: "Channel") -> None:
        """Work on what came, until there is no more of it; whatever comes meanwhile waits."""
        while self._raw:
            message, self._raw = self._raw[0], self._raw[1:]
            if core.state != READY:
                await self._advance(core, message)
                continue
            while self._arriving:
                await self._channel.change()
            rest = self._open(core, message)
            if rest is not None:
                await self._finish(message, rest)
        self._shaking = False
        self._channel.wake()

    async def _advance(self, core: "Channel", message: Message) -> None:
        channels = self._channel.channels
        state = core.state
        try:
            outputs = await channels.run(core.fire_steps(RECEIVED, message.payload, channels.now()))
            self._channel.told = wants_errors(message)
            if outputs and (state == AWAITING_1 or self._channel.initiator):
                self._channel.take_route(message.return_route)
            for output in outputs:
                self._handle(output, message)
        except (Error, MemoryError) as error:
            fatal = state == AWAITING_1 or core.state == CLOSED or not isinstance(error, ProtocolError)
            self._mishap(message, error, fatal)

    def _mishap(self, message: Message, error: Exception, fatal: bool) -> None:
        """A message of the handshake was not right. The right one may still come, unless that cannot help."""
        channel = self._channel
        cause = error if isinstance(error, Error) else LimitError("This node is short of memory")
        log(INFO if fatal else DEBUG, "uockam.secure", "handshake: %s" % cause)
        if not fatal or channel.reason:
            return
        if not channel.initiator:
            self._node.tell_undelivered(message, RemoteError(str(cause)))
        channel.end(cause)

    # -- afterwards ---------------------------------------------------------------------------------------------------

    def _open(self, core: "Channel", message: Message) -> "Any":
        """A sealed message; the steps that are left when it holds credentials, which take long to verify.

        What does not open is dropped, and the channel goes on.
        """
        steps = core.fire_steps(RECEIVED, message.payload, self._channel.channels.now())
        try:
            next(steps)
        except StopIteration as stop:
            self._opened(stop.value, message)
        except Error as error:
            _drop(error)
        else:
            return steps
        return None

    async def _go_on(self, core: "Channel", message: Message, rest: "Any") -> None:
        await self._finish(message, rest)
        await self._shake(core)

    async def _finish(self, message: Message, steps: "Any") -> None:
        try:
            self._opened(await self._channel.channels.run(steps), message)
        except Error as error:
            _drop(error)

    def _opened(self, outputs: "tuple[object, ...]", message: Message) -> None:
        self._heard = True
        self._channel.moved += 1
        for output in outputs:
            self._handle(output, message)

    def _handle(self, output: object, message: Message) -> None:
        channel = self._channel
        if isinstance(output, Delivered):
            if not channel.initiator:
                self._follow(message)
            self._deliver(output.message)
        elif isinstance(output, Send):
            channel.push(Message(channel.route, (self.address,), output.data, WANTS_ERRORS, None))
        elif isinstance(output, Opened):
            channel.opened(output.peer)
        elif isinstance(output, Refreshed):
            channel.prove(output.peer)
        elif isinstance(output, Closed):
            channel.end(ConnectionLost("The other side closed the secure channel"))

    def _follow(self, message: Message) -> None:
        """A responder answers on the way by which the newest message came; the first one does not count."""
        channel = self._channel
        final = channel.route[-1:]
        route = message.return_route if message.return_route[-1:] == final else message.return_route + final
        if route == channel.route and channel.open_now:
            return
        counter = int.from_bytes(message.payload[:_COUNTER_BYTES], "big")
        if counter and self.core is not None and self.core.is_newest(counter):
            channel.take_route(route)

    def _deliver(self, message: Message) -> None:
        self._channel.check_expiry()
        node = self._node
        full: "Endpoint | None" = None
        if node.depth < _INLINE_DEPTH:
            node.depth += 1
            try:
                full = node.take(message)
            finally:
                node.depth -= 1
            if full is None:
                return
        self._arriving = True
        node.spawn("secure channel", self._deliver_later(message, full))

    async def _deliver_later(self, message: Message, full: "Endpoint | None") -> None:
        while True:
            if full is not None:
                await full.room()
            full = self._node.take(message)
            if full is None:
                break
        self._arriving = False
        self._channel.wake()


def _drop(error: Error) -> None:
    if enabled(DEBUG):
        log(DEBUG, "uockam.secure", "dropped: %s" % error)
