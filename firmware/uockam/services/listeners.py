"""What the management of a node says and is told of its secure channel listeners (wire.md 5.4)."""

from ..address import LOCAL, Address
from ..errors import ProtocolError
from ..port import TYPE_CHECKING, const
from ..records import Record

if TYPE_CHECKING:
    from typing import Any

    from ..cbor import Map

ADDRESS = Record("an address", (1, "address", list, True))
FLOW = Record("a flow control id", (1, "id", str, True))
LISTENER_REQUEST = Record(
    "a secure channel listener to create",
    (1, "address", list, True),
    (2, "authorized", list, False),
    (3, "identity", str, False),
)
LISTENER = Record(
    "a secure channel listener",
    (1, "address", list, True),
    (2, "flow", dict, True),
    (3, "key_exchange_only", bool, True),
    (100, "identifier", bytes, False),  # ours, as is the next
    (101, "authorized", list, False),
)

_IDENTIFIER_BYTES = const(32)


def pack_listener(name: bytes, flow_id: str, identifier: "bytes | None", authorized: "list[bytes] | None") -> "Map":
    """The body of a listener: its local address, who the node is there, and who may make channels, None for all."""
    return LISTENER.pack(
        address=(LOCAL, name),
        flow=FLOW.pack(id=flow_id),
        key_exchange_only=False,
        identifier=identifier,
        authorized=authorized,
    )


def unpack_address(body: object) -> Address:
    """The local Address in a body. Raises ProtocolError."""
    if isinstance(body, list) and len(body) > 1 and body[0] == LOCAL and isinstance(body[1], bytes) and body[1]:
        return Address(LOCAL, body[1])
    raise ProtocolError("something that is not the address of a worker")


def addressed(body: object) -> Address:
    """The local Address that a whole body names. Raises ProtocolError."""
    values: "dict[str, Any]" = ADDRESS.unpack(body)
    return unpack_address(values["address"])


def unpack_identifiers(body: "list[object] | None") -> "list[bytes] | None":
    """The identifiers in a body. Raises ProtocolError."""
    if body is None:
        return None
    found = [item for item in body if isinstance(item, bytes) and len(item) == _IDENTIFIER_BYTES]
    if len(found) != len(body):
        raise ProtocolError("something that is not an identifier")
    return found
