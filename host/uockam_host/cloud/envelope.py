"""What gateways send one another: a message with who its sender proved to be.

CBOR: [kind, gateway, message as on every wire or an address, identifier or null, {attribute: value}]. In front of the
address of a mark are the eight bytes of its number.
"""

from typing import Any, NamedTuple

import cbor2

from uockam import wire
from uockam.errors import ProtocolError
from uockam.message import Message

RELAY = 0  # for a relay that the other gateway has
CHANNEL = 1  # for a channel that the other gateway has
MOVED = 2  # returned: the relay is not here
GONE = 3  # a channel of the sending gateway has ended
PING = 4  # a question whether the other gateway lives, which any answer answers
MARK = 5  # behind messages for an endpoint that the other gateway has (windows.py)
BACK = 6  # a mark returns
_ALL = (RELAY, CHANNEL, MOVED, GONE, PING, MARK, BACK)
_MESSAGES = (RELAY, CHANNEL, MOVED)
_NUMBER_BYTES = 8

_NOTHING = Message((), (), b"", None, None)


class Envelope(NamedTuple):
    """gateway: that sent it. message: has no origin; address: of a channel that has ended, or the endpoint of a mark,
    otherwise b"". number: of a mark.
    """

    kind: int
    gateway: str
    message: Message
    address: bytes
    identifier: bytes | None
    attributes: dict[str, str]
    number: int = 0

    @property
    def proven(self) -> tuple[bytes | None, dict[str, str]]:
        """(identifier, attributes)."""
        return self.identifier, self.attributes


def encode(kind: int, gateway: str, message: Message) -> bytes:
    """A message with what its origin says."""
    return cbor2.dumps((kind, gateway, wire.encode(message), message.identifier, message.attributes))


def encode_gone(gateway: str, address: bytes) -> bytes:
    """That a channel has ended."""
    return cbor2.dumps((GONE, gateway, address, None, {}))


def encode_ping(gateway: str) -> bytes:
    """The question whether the other gateway lives."""
    return cbor2.dumps((PING, gateway, b"", None, {}))


def encode_mark(kind: int, gateway: str, number: int, address: bytes) -> bytes:
    """A mark, on its way out or back."""
    return cbor2.dumps((kind, gateway, number.to_bytes(_NUMBER_BYTES, "big") + address, None, {}))


def decode(data: bytes) -> Envelope:
    """Raises ProtocolError."""
    try:
        kind, gateway, body, identifier, attributes = _checked(cbor2.loads(data))
    except (cbor2.CBORDecodeError, TypeError, ValueError) as error:
        raise ProtocolError(f"no message of a gateway: {error}") from None
    if kind in (MARK, BACK):
        number, address = int.from_bytes(body[:_NUMBER_BYTES], "big"), body[_NUMBER_BYTES:]
        return Envelope(kind, gateway, _NOTHING, address, None, {}, number)
    if kind not in _MESSAGES:
        return Envelope(kind, gateway, _NOTHING, body, None, {})
    message = wire.decode(body)
    if not message.onward_route:
        raise ProtocolError("a message of a gateway with an empty route")
    return Envelope(kind, gateway, message, b"", identifier, attributes)


def _checked(values: Any) -> tuple[int, str, bytes, bytes | None, dict[str, str]]:
    kind, gateway, body, identifier, attributes = values
    right = (
        kind in _ALL
        and isinstance(gateway, str)
        and isinstance(body, bytes)
        and isinstance(identifier, bytes | None)
        and isinstance(attributes, dict)
        and all(isinstance(each, str) for pair in attributes.items() for each in pair)
    )
    if not right:
        raise ValueError("parts of other types")
    return kind, gateway, body, identifier, attributes
