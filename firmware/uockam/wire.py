"""Messages as bytes on a stream: the version byte, u32 frames and their CBOR (wire.md 1.1 and 1.2).

stream  = 0x01 frame*
frame   = u32 big-endian length, that many bytes of CBOR
CBOR    = [onward route, return route, payload bytes, tracing text or null]
route   = [[type, bytes], ...]
"""

from . import cbor
from .address import MAX_VALUE, Address
from .errors import LimitError, ProtocolError
from .message import Message
from .port import MESSAGE_LIMIT, const
from .route import MAX_HOPS

VERSION = b"\x01"

_LENGTH_BYTES = const(4)
_MAX_TRACING = const(4096)  # W3C trace headers are under 600 bytes
_ARRAY_OF_4 = b"\x84"
_NULL = b"\xf6"


def encode(message: Message, onward: "tuple[Address, ...] | None" = None) -> bytes:
    """The CBOR of a message, or of it with another onward route: always four elements, as Elixir's nodes demand."""
    payload = message.payload
    tracing = message.tracing
    return b"".join(
        (
            _ARRAY_OF_4,
            encode_route(message.onward_route if onward is None else onward),
            encode_route(message.return_route),
            _short_head(0x40, len(payload)),
            payload,
            _NULL if tracing is None else cbor.encode(tracing),
        )
    )


def frame(message: Message, limit: int = MESSAGE_LIMIT, onward: "tuple[Address, ...] | None" = None) -> bytes:
    """Length and the CBOR that `encode` makes. Raises LimitError when the peer's or our own limit would be passed."""
    if len(message.onward_route) > MAX_HOPS or len(message.return_route) > MAX_HOPS:
        raise LimitError("a message with a route of more than %d hops" % MAX_HOPS, "look for a loop in the route")
    body = encode(message, onward)
    size = len(body)
    if size > limit:
        raise LimitError("a message of %d bytes is larger than the limit of %d" % (size, limit), "send it in parts")
    return size.to_bytes(4, "big") + body


def encode_route(hops: "tuple[Address, ...]") -> bytes:
    """The CBOR of a route."""
    parts = [_short_head(0x80, len(hops))]
    for kind, value in hops:
        size = len(value)
        if kind > 23 or size > 255:
            parts += (b"\x82", cbor.encode_head(0, kind), cbor.encode_head(2, size))
        elif size < 24:
            parts.append(bytes((0x82, kind, 0x40 | size)))
        else:
            parts.append(bytes((0x82, kind, 0x58, size)))
        parts.append(value)
    return b"".join(parts)


def _short_head(base: int, value: int) -> bytes:
    return bytes((base | value,)) if value < 24 else cbor.encode_head(base >> 5, value)


def decode(data: bytes, origin: "object | None" = None, via: "tuple[Address, ...]" = ()) -> Message:
    """The message in one frame's CBOR, `via` in front of its return route; three elements are accepted too.

    Raises ProtocolError.
    """
    kind, count, position = cbor.head(data, 0)
    if kind != cbor.ARRAY:
        raise ProtocolError("a frame that is not a message")
    onward, position = decode_route(data, position)
    back, position = decode_route(data, position)
    kind, size, position = cbor.head(data, position)
    if kind != cbor.BYTES:
        raise ProtocolError("a message whose payload is not bytes")
    payload, position = cbor.string(data, position, size)
    tracing = None
    if count > 3 or (count == cbor.INDEFINITE and not cbor.at_break(data, position)):
        tracing = _decode_tracing(data, position)
    elif count < 3 and count != cbor.INDEFINITE:
        raise ProtocolError("a message with too few parts")
    return Message(onward, via + back, payload, tracing, origin)


def _decode_tracing(data: bytes, position: int) -> "str | None":
    value, position = cbor.decode_item(data, position)
    if value is not None and not isinstance(value, str):
        raise ProtocolError("a message whose tracing context is not text")
    return None if value is None or len(value) > _MAX_TRACING else value


def decode_route(data: bytes, position: int) -> "tuple[tuple[Address, ...], int]":
    """(route, position after it). Raises ProtocolError."""
    kind, count, position = cbor.head(data, position)
    if kind != cbor.ARRAY or count > MAX_HOPS:
        raise ProtocolError("a route that is not a list of at most %d hops" % MAX_HOPS)
    hops: "list[Address]" = []
    while len(hops) != count:
        if count == cbor.INDEFINITE:
            if cbor.at_break(data, position):
                position += 1
                break
            if len(hops) == MAX_HOPS:
                raise ProtocolError("a route of more than %d hops" % MAX_HOPS)
        hop, position = _decode_hop(data, position)
        hops.append(hop)
    return tuple(hops), position


def _decode_hop(data: bytes, position: int) -> "tuple[Address, int]":
    if data[position : position + 2] == b"\x82\x00":  # the usual local address
        kind = 0
        position += 2
    else:
        kind, position = _decode_hop_type(data, position)
    major, size, position = cbor.head(data, position)
    if major != cbor.BYTES or size > MAX_VALUE:
        raise ProtocolError("an address that is not at most %d bytes" % MAX_VALUE)
    value, position = cbor.string(data, position, size)
    return Address(kind, value), position


def _decode_hop_type(data: bytes, position: int) -> "tuple[int, int]":
    major, count, position = cbor.head(data, position)
    if major != cbor.ARRAY or count != 2:
        raise ProtocolError("an address that is not a type and bytes")
    major, kind, position = cbor.head(data, position)
    if major != cbor.UINT or kind > 255:
        raise ProtocolError("an address whose type is not 0 to 255")
    return kind, position


class StreamReader:
    """Turns a peer's byte stream into messages, however it is split.

    origin: what the messages carry as theirs. via: the hops that lead back to this stream, put in front of their
    return routes (wire.md 1.3).
    """

    def __init__(
        self, limit: int = MESSAGE_LIMIT, origin: "object | None" = None, via: "tuple[Address, ...]" = ()
    ) -> None:
        self.error: "ProtocolError | None" = None  # what ended the stream
        self._limit = limit
        self._origin = origin
        self._via = via
        self._held = bytearray()
        self._wanted = 1
        self._versioned = False

    def feed(self, data: bytes) -> "list[Message]":
        """The messages that `data` completes, heartbeats left out.

        Raises ProtocolError when the stream breaks the protocol, but first gives what was whole before that.
        """
        if self.error is not None:
            raise self.error
        if self._held:
            self._held += data
            if len(self._held) < self._wanted:
                return []
            data = bytes(self._held)
        messages: "list[Message]" = []
        try:
            position = self._frames(data, messages)
        except ProtocolError as error:
            self.error = error
            position = len(data)
            if not messages:
                raise
        self._held = bytearray(data[position:])
        return messages

    def _frames(self, data: bytes, messages: "list[Message]") -> int:
        position = 0
        if not self._versioned and data:
            self._check_version(data[0])
            position = 1
        end = len(data)
        while end - position >= _LENGTH_BYTES:
            start = position + _LENGTH_BYTES
            size = int.from_bytes(data[position:start], "big")
            if size > self._limit:
                raise ProtocolError("a message of %d bytes, the limit is %d" % (size, self._limit))
            if end - start < size:
                self._wanted = _LENGTH_BYTES + size
                return position
            position = start + size
            message = decode(data[start:position], self._origin, self._via)
            if message.onward_route:  # an empty one is a heartbeat (wire.md 1.4)
                messages.append(message)
        self._wanted = _LENGTH_BYTES
        return position

    def _check_version(self, version: int) -> None:
        if version != VERSION[0]:
            raise ProtocolError("protocol version %d, this node speaks %d" % (version, VERSION[0]))
        self._versioned = True
