"""Requests to a service of the board behind a running node (docs/services.md)."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from uockam import api
from uockam.address import LOCAL, Address
from uockam.errors import ProtocolError

from ..errors import ApiError, MessageError
from ..node.client import Client, decode, encode

TIMEOUT_MS = 15_000  # a board that hashes a large file, or runs short of memory, takes its time
_MOST_ON_THE_WAY = 6  # requests that were not answered yet: fewer than wait in a board's mailbox (MAILBOX_LIMIT)


class Request(NamedTuple):
    """One request; `size` is for progress: the bytes that it moves."""

    method: int
    path: str
    body: Any = None
    size: int = 0


class Service:
    """A service of a board, started when it does not run yet. Raises MessageError and ApiError in every method."""

    def __init__(self, client: Client, kind: str, timeout_ms: int = TIMEOUT_MS) -> None:
        """client: of the node that has the board, as its owner."""
        self._client = client
        self._route = (Address(LOCAL, kind.encode()),)
        client.request(api.POST, f"node/services/{kind}", timeout_ms=timeout_ms)

    def ask(self, method: int, path: str, body: Any = None, timeout_ms: int = TIMEOUT_MS) -> Any:
        """The body of the answer."""
        return _body(self._client.ask(self._route, encode(method, path, body), timeout_ms))

    def ask_each(self, requests: Iterable[Request], timeout_ms: int = TIMEOUT_MS) -> "Iterator[tuple[Request, Any]]":
        """Each request with the body of its answer, in order; several are on their way at a time."""
        waiting: deque[tuple[Request, Address]] = deque()
        for request in requests:
            if len(waiting) >= _MOST_ON_THE_WAY:
                yield self._answered(*waiting.popleft(), timeout_ms)
            payload = encode(request.method, request.path, request.body)
            waiting.append((request, self._client.send(self._route, payload, timeout_ms)))
        while waiting:
            yield self._answered(*waiting.popleft(), timeout_ms)

    def _answered(self, request: Request, own: Address, timeout_ms: int) -> "tuple[Request, Any]":
        return request, _body(self._client.receive(own, self._route, timeout_ms))


def _body(payload: bytes) -> Any:
    try:
        return decode(payload)
    except ProtocolError as error:
        raise MessageError(f"The board sent {error}", "Install the same version of uockam on it") from error


def missing(error: ApiError) -> bool:
    """Whether the answer says that what was asked for does not exist."""
    return error.status == api.NOT_FOUND
