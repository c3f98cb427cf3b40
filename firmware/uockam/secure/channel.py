"""One side of a secure channel, from its first handshake message to its farewell (secure.md 5). Sans-IO.

Events go in by fire_steps, which gives what is to be done: bytes for the peer, messages from it, and who it is.
"""

from collections import namedtuple

from ..errors import ConnectionLost, Error, ProtocolError
from ..port import TYPE_CHECKING, const
from . import sealed
from .nonces import Opener, Sealer

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from ..address import Address
    from ..flow import Flow
    from ..message import Message
    from .noise import Handshake
    from .peer import KeyPair, Party, Rules

    Outputs = tuple[object, ...]
    Doing = Generator[None, None, Outputs]

# States.
NEW = const("new")
AWAITING_1 = const("waiting for message 1")
AWAITING_2 = const("waiting for message 2")
AWAITING_3 = const("waiting for message 3")
WORKING = const("busy with its handshake")
READY = const("ready")
CLOSED = const("closed")
STATES = (NEW, AWAITING_1, AWAITING_2, AWAITING_3, WORKING, READY, CLOSED)

# Events, and the value that comes with each.
OPEN = const("open")  # the initiator begins
RECEIVED = const("received")  # bytes from the peer
MESSAGE = const("message")  # a Message for the peer, its routes as they are to be at the far end
REFRESH = const(
    "refresh"
)  # this side's Party as it is now: of the same identity, with other credentials or a newer key
CLOSE = const("close")  # this side ends the channel
EVENTS = (OPEN, RECEIVED, MESSAGE, REFRESH, CLOSE)

# What an event does in which state, by method name, and the state after it.
# What is not here is refused and changes nothing.
TABLE = {
    (NEW, OPEN): ("_begin_steps", AWAITING_2),
    (AWAITING_1, RECEIVED): ("_answer_steps", AWAITING_3),
    (AWAITING_2, RECEIVED): ("_conclude_steps", READY),
    (AWAITING_3, RECEIVED): ("_accept_steps", READY),
    (READY, RECEIVED): ("_receive_steps", READY),
    (READY, MESSAGE): ("_send_steps", READY),
    (READY, REFRESH): ("_show_steps", READY),
    (READY, CLOSE): ("_farewell_steps", CLOSED),
    (NEW, CLOSE): ("_abandon_steps", CLOSED),
    (AWAITING_1, CLOSE): ("_abandon_steps", CLOSED),
    (AWAITING_2, CLOSE): ("_abandon_steps", CLOSED),
    (AWAITING_3, CLOSE): ("_abandon_steps", CLOSED),
    (WORKING, CLOSE): ("_abandon_steps", CLOSED),
    (CLOSED, CLOSE): ("_abandon_steps", CLOSED),
}
_LONG = (NEW, AWAITING_1, AWAITING_2, AWAITING_3)  # while their events are worked on, the state is WORKING

# Outputs.


Send = namedtuple("Send", ("data",))  # bytes for the peer
Opened = namedtuple("Opened", ("peer",))  # the channel is ready, and this is proven to be the other side
Delivered = namedtuple("Delivered", ("message",))  # a Message from the peer
Refreshed = namedtuple("Refreshed", ("peer",))  # the peer shows these credentials from now on
Closed = namedtuple("Closed", ())  # the peer ended the channel


class Channel:
    """One side of one channel.

    ephemeral: a key for this channel alone. origin: what its messages carry as theirs. via: the hops in front of the
    return route of each message, which lead back into the channel.
    """

    def __init__(
        self,
        initiator: bool,
        party: "Party",
        ephemeral: "KeyPair",
        rules: "Rules",
        origin: "Flow | None" = None,
        via: "tuple[Address, ...]" = (),
    ) -> None:
        from .noise import Handshake  # which a board drops once there is no handshake any more

        self.state = NEW if initiator else AWAITING_1
        self.peer: "Any" = None  # the Peer, once it is proven
        self._party: "Any" = party
        self._rules = rules
        self._origin = origin
        self._via = via
        self._noise: "Any" = Handshake(initiator, party.static, ephemeral)
        self._sealer: "Any" = None
        self._opener: "Any" = None

    def fire_steps(self, event: str, value: object = None, now: "int | None" = None) -> "Doing":
        """The outputs of one event, which `last` or a loop with pauses takes from these steps.

        now: Unix seconds; None on a device that has no clock. Raises ProtocolError for bytes that the peer cannot have
        sent honestly: the channel is as it was, but for a handshake with somebody who is not trusted or proven, which
        closes it. Raises ConnectionLost for what only a channel that is ready can do, LimitError for what is too much.
        """
        before = self.state
        if (before, event) not in TABLE:
            raise _refusal(before, event)
        name, after = TABLE[before, event]
        meanwhile = WORKING if before in _LONG and event != CLOSE else before
        self.state = meanwhile
        try:
            outputs: "Outputs" = yield from getattr(self, name)(value, now)
        except Error:
            if self.state == meanwhile:
                self.state = before
            raise
        if self.state == meanwhile:
            self.state = after
        elif meanwhile == WORKING:  # it was closed between two steps
            self._forget()
            return ()
        return outputs

    def seal(self, message: "Message") -> bytes:
        """The bytes that MESSAGE gives, at once: what happens most often, and deepest in the stack of a board."""
        if self.state != READY:
            raise _refusal(self.state, MESSAGE)
        return self._sealer.seal(sealed.encode_message(message))  # type: ignore[no-any-return]

    def is_newest(self, counter: int) -> bool:
        """Whether no message with a later counter was opened."""
        return self._opener is not None and counter >= self._opener.highest

    # The handshake. Work is on a copy of its state, so that after a bad message the good one can still come.

    def _begin_steps(self, value: object, now: "int | None") -> "Doing":
        return (Send((yield from self._noise.write_steps())),)

    def _answer_steps(self, data: bytes, now: "int | None") -> "Doing":
        noise = self._noise.copy()
        yield from noise.read_steps(data)
        answer = yield from noise.write_steps(self._party.payload)
        self._noise = noise
        return (Send(answer),)

    def _conclude_steps(self, data: bytes, now: "int | None") -> "Doing":
        noise = self._noise.copy()
        yield from self._admit_steps(noise, data, now)
        answer = yield from noise.write_steps(self._party.payload)
        self._take_keys(noise)
        return Send(answer), Opened(self.peer)

    def _accept_steps(self, data: bytes, now: "int | None") -> "Doing":
        noise = self._noise.copy()
        yield from self._admit_steps(noise, data, now)
        self._take_keys(noise)
        return (Opened(self.peer),)

    def _admit_steps(self, noise: "Handshake", data: bytes, now: "int | None") -> "Generator[None, None, None]":
        payload = yield from noise.read_steps(data)
        try:
            self.peer = yield from self._rules.admit_steps(payload, noise.remote_static, now)
        except ProtocolError:
            self._end()
            raise

    def _take_keys(self, noise: "Handshake") -> None:
        sealing, opening = noise.keys()
        self._sealer = Sealer(sealing)
        self._opener = Opener(opening)
        self._noise = self._party = None

    # Afterwards.

    def _receive_steps(self, data: bytes, now: "int | None") -> "Doing":
        plain = self._opener.open(data)
        if plain.startswith(sealed.REFRESH_START):
            yield  # a board loads what this takes
        kind, value = sealed.decode(plain, self._origin, self._via)
        if kind == sealed.MESSAGE:
            return (Delivered(value),)
        if kind == sealed.REFRESH:
            history, issued = value
            self.peer = yield from self._rules.refresh_steps(history, issued, self.peer, now)
            return (Refreshed(self.peer),)
        self._end()
        return (Closed(),)

    def _send_steps(self, message: "Message", now: "int | None") -> "Doing":
        return (Send(self.seal(message)),)
        yield

    def _show_steps(self, party: "Party", now: "int | None") -> "Doing":
        return (Send(self._sealer.seal(sealed.encode_refresh(party.history, party.credentials))),)
        yield

    def _farewell_steps(self, value: object, now: "int | None") -> "Doing":
        farewell = self._sealer.seal(sealed.FAREWELL)
        self._forget()
        return (Send(farewell),)
        yield

    def _abandon_steps(self, value: object, now: "int | None") -> "Doing":
        self._forget()
        return ()
        yield

    def _end(self) -> None:
        self.state = CLOSED
        self._forget()

    def _forget(self) -> None:
        """Drop every key."""
        self._noise = self._sealer = self._opener = None


def _refusal(state: str, event: str) -> Error:
    if event == RECEIVED:
        return ProtocolError("a message for a secure channel that is %s" % state)
    return ConnectionLost("The secure channel is %s" % state)
