"""Asking the services of controllers and authorities: each request has a connection and a channel of its own, as
Ockam's clients do (controller.md 1.2).
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from uockam import multiaddr
from uockam.errors import InvalidAddress, ProtocolError
from uockam.identifier import parse_identifier
from uockam.secure.policy import Only

from ..errors import InvalidArgument, MessageError
from ..node.client import decode, encode
from ..node.routes import Pairs

if TYPE_CHECKING:
    from uockam.secure.credential import Issued

    from ..node.ways import Ways

TIMEOUT_MS = 30_000  # for the connection, the channel and the answer together


class Place(NamedTuple):
    """Where services answer over a secure channel: the way to its listener, and the identifier that has to be there."""

    pairs: Pairs
    identifier: bytes


def place(route: str, identifier: "str | bytes") -> Place:
    """The place at the end of a route whose last part is the listener. Raises InvalidArgument."""
    try:
        pairs = multiaddr.parse(route)
        wanted = parse_identifier(identifier) if isinstance(identifier, str) else identifier
    except InvalidAddress as error:
        raise InvalidArgument(str(error), error.remedy) from error
    name, listener = pairs[-1]
    if name not in multiaddr.WORKERS or len(pairs) < _SHORTEST:
        raise InvalidArgument(f"The route {route} names no secure channel listener", "It ends with /service/api")
    return Place((*pairs[:-1], ("secure", listener)), wanted)


_SHORTEST = 3  # host, port, listener


async def ask(
    ways: "Ways",
    at: Place,
    worker: str,
    method: int,
    path: str,
    body: object = None,
    *,
    identifier: "bytes | None" = None,
    credentials: "tuple[Issued, ...]" = (),
    timeout_ms: int = TIMEOUT_MS,
) -> Any:
    """The body with which a worker at this place answers the request.

    identifier: who asks, the identity of the node if None. credentials: what it shows. Raises ApiError with what the
    worker says against it, MessageError for an answer without sense, and as Ways.ask.
    """
    payload = await ways.ask(
        (*at.pairs, ("service", worker)),
        encode(method, path, body),
        timeout_ms,
        identifier=identifier,
        policy=Only(at.identifier),
        credentials=credentials,
    )
    try:
        return decode(payload)
    except ProtocolError as error:
        raise MessageError(f"The service {worker} sent {error}", "Use the same version of uockam for both") from error
