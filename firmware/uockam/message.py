"""Messages as workers see them (wire.md 2.2)."""

from collections import namedtuple

from .address import LOCAL, Address
from .bare import decode_bytes, decode_text, encode_bytes, encode_text
from .port import TYPE_CHECKING

if TYPE_CHECKING:
    from .flow import Flow

# An asker puts this into the tracing field, which other Ockam nodes ignore: a uockam node that cannot deliver the
# message says so on its return route. Whoever did not ask never gets such an answer (docs/protocol.md).
WANTS_ERRORS = '{"uockam":"1"}'
_OURS = '{"uockam'
_ERROR_PREFIX = '{"uockam-error":"'
_MAX_ERROR = 160  # longest reason that is sent back: one sentence


class Message(namedtuple("Message", ("onward_route", "return_route", "payload", "tracing", "origin"))):
    """Two routes, the payload bytes, the tracing text (or None) and where it came from.

    `origin` is None for a message made on this node, else the Flow of the transport that brought it; it never
    crosses a wire and cannot be set by a peer.
    """

    @property
    def text(self) -> str:
        """The payload read as a BARE String, as Rust workers send it. Raises ProtocolError."""
        return decode_text(self.payload)

    @property
    def body(self) -> bytes:
        """The payload read as BARE bytes. Raises ProtocolError."""
        return decode_bytes(self.payload)

    @property
    def identifier(self) -> "bytes | None":
        """Who sent it, as a secure channel proved; None for every message that came another way."""
        return None if self.origin is None else self.origin.identifier

    @property
    def attributes(self) -> "dict[str, str]":
        """What an authority of this node attests of its sender; {} for a sender without a credential."""
        return {} if self.origin is None else self.origin.attributes

    def step(self) -> "Message":
        """The message without the first onward hop, as a worker passes it on."""
        return Message(self.onward_route[1:], self.return_route, self.payload, self.tracing, _guest(self.origin))

    def step_forward(self, own: Address) -> "Message":
        """`step`, with `own` in front of the return route so that replies come back this way."""
        back = (own,) + self.return_route
        return Message(self.onward_route[1:], back, self.payload, self.tracing, _guest(self.origin))


def _guest(origin: "Flow | None") -> "Flow | None":
    return None if origin is None else origin.guest()


def payload_of(value: "bytes | str") -> bytes:
    """Payload bytes as they are; a str as the BARE String that Ockam's text services expect.

    Raises TypeError for anything else: bytes() would make zeros of a number.
    """
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return encode_text(value)
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    raise TypeError("a payload is bytes or str, not %s" % type(value).__name__)


def text_payload(value: bytes) -> bytes:
    """Bytes as the length-prefixed payload that `ockam message send` makes (wire.md 4)."""
    return encode_bytes(value)


def is_ours(message: Message) -> bool:
    """Whether its tracing text is for uockam nodes: a wish to hear of errors, or an error."""
    return message.tracing is not None and message.tracing.startswith(_OURS)


def wants_errors(message: Message) -> bool:
    """Whether the sender asked to be told when this message cannot be delivered."""
    return message.tracing is not None and '"uockam":"1"' in message.tracing and bool(message.return_route)


def error_reply(message: Message, reason: str) -> Message:
    """What tells the sender of `message` why it was not delivered."""
    plain = "".join([char for char in reason[:_MAX_ERROR] if char not in '"\\' and " " <= char <= "~"])
    return Message(message.return_route, (), b"", _ERROR_PREFIX + plain + '"}', None)


def error_of(message: Message) -> "str | None":
    """The reason inside an error reply; None for any other message."""
    tracing = message.tracing
    if tracing is None or not tracing.startswith(_ERROR_PREFIX) or not tracing.endswith('"}'):
        return None
    return str(tracing[len(_ERROR_PREFIX) : -2])[:_MAX_ERROR]


def local(onward: "tuple[Address, ...]", return_route: "tuple[Address, ...]", payload: bytes) -> Message:
    """A message made on this node."""
    return Message(onward, return_route, payload, None, None)


def name_of(hop: Address) -> str:
    """How people write a hop: the bare name of a local address, `TYPE#VALUE` otherwise."""
    text = str(hop)
    return text[2:] if hop.type == LOCAL else text
