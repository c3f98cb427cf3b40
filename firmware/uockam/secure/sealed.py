"""What is inside a sealed message of a channel: a message, a refresh of credentials, or a farewell (secure.md 5.4).

CBOR = [[index, [fields]], padding]
"""

from .. import cbor, wire
from ..errors import LimitError, ProtocolError
from ..message import is_ours
from ..port import TYPE_CHECKING, const
from ..route import MAX_HOPS

if TYPE_CHECKING:
    from typing import Any

    from ..address import Address
    from ..flow import Flow
    from ..message import Message
    from .credential import Issued
    from .identity import History

# Indexes.
MESSAGE = const(0)
REFRESH = const(1)
CLOSE = const(2)

REFRESH_START = b"\x82\x82\x01"  # unless somebody writes arrays in another way, which is right too
FAREWELL = b"\x82\x82\x02\x80\x40"
_MESSAGE_HEAD = b"\x82\x82\x00\x81\x83"
_TRACED_HEAD = b"\x82\x82\x00\x81\x84"
_REFRESH_HEAD = b"\x82\x82\x01\x81"
_NO_PADDING = b"\x40"


def encode_message(message: "Message") -> bytes:
    """A message, whose routes are those it has at the far end. Raises LimitError for a route that is too long.

    What nodes of this kind tell each other about delivery is a fourth field, which Ockam's skip.
    """
    onward, back, payload = message.onward_route, message.return_route, message.payload
    if len(onward) > MAX_HOPS or len(back) > MAX_HOPS:
        raise LimitError("a message with a route of more than %d hops" % MAX_HOPS, "look for a loop in the route")
    head = cbor.encode_head(cbor.BYTES, len(payload))
    parts = [_MESSAGE_HEAD, wire.encode_route(onward), wire.encode_route(back), head, payload]
    if is_ours(message):
        parts[0] = _TRACED_HEAD
        parts.append(cbor.encode(message.tracing))
    parts.append(_NO_PADDING)
    return b"".join(parts)


def encode_refresh(history: "History", credentials: "tuple[Issued, ...]") -> bytes:
    """The current history and credentials of the sender."""
    both = cbor.encode((history.item(), [issued.item() for issued in credentials]))
    return _REFRESH_HEAD + both + _NO_PADDING


def decode(data: bytes, origin: "Flow | None" = None, via: "tuple[Address, ...]" = ()) -> "tuple[int, Any]":
    """(MESSAGE, it), (REFRESH, (history, items of credentials)) or (CLOSE, None). Raises ProtocolError.

    origin: what a message carries as its own. via: the hops in front of its return route.
    """
    kind, position = _index(data)
    if kind == MESSAGE:
        return kind, wire.decode(data[_enter(data, position, 1) :], origin, via)
    if kind == REFRESH:
        from . import identity, signed
        from .proof import shown

        item, _ = cbor.decode_item(data, _enter(data, position, 1))
        history, credentials = signed.fields(item, "a refresh of credentials", identity.read, shown)
        return kind, (history, credentials)
    if kind == CLOSE:
        _enter(data, position, 0)
        return kind, None
    raise ProtocolError("a sealed message of an unknown kind")


def _index(data: bytes) -> "tuple[int, int]":
    major, kind, position = cbor.head(data, _enter(data, _enter(data, 0, 2), 2))
    if major != cbor.UINT:
        raise ProtocolError("a sealed message without a kind")
    return kind, position


def _enter(data: bytes, position: int, least: int) -> int:
    """The position after the head of an array of at least so many items."""
    major, count, position = cbor.head(data, position)
    if major != cbor.ARRAY or (count < least and count != cbor.INDEFINITE):
        raise ProtocolError("a sealed message that is cut short")
    return position
