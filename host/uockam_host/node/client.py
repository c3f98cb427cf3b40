"""Asking a node from a command: one blocking socket, Ockam's framing, no event loop to start."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from uockam import api, wire
from uockam.address import Address, random_address
from uockam.errors import LimitError, ProtocolError
from uockam.message import WANTS_ERRORS, Message, error_of
from uockam.route import format as format_route

from ..errors import ApiError, EndpointError, MessageError

MANAGER = (Address(0, b"_internal.nodemanager"),)
REQUEST_TIMEOUT_MS = 15_000  # for a node on this machine: the longest thing it may do for a request is to dial a peer
_CHUNK = 65536


class NoReply(MessageError):
    """Nothing came in time."""


class Client:
    """A connection to a node, for one request after the other; close it or use it in a `with`."""

    def __init__(self, connected: socket.socket, peer: str, greeting: bytes = b"") -> None:
        """peer: for texts. greeting: what goes before the version byte."""
        self._socket = connected
        self._peer = peer
        self._reader = wire.StreamReader()
        self._unsent = greeting + wire.VERSION
        self._received: list[Message] = []

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the node."""
        self._socket.close()

    def ask(self, onward: tuple[Address, ...], payload: bytes, timeout_ms: int) -> bytes:
        """Send along the route, as seen from the node, and return the payload of the reply.

        Raises MessageError when a node says that it cannot deliver, when the connection ends, or after timeout_ms.
        """
        return self.receive(self.send(onward, payload, timeout_ms), onward, timeout_ms)

    def send(
        self, onward: tuple[Address, ...], payload: bytes, timeout_ms: int, own: "Address | None" = None
    ) -> Address:
        """Send along the route; answers come to the address that is returned, a new one if `own` is None.

        Raises MessageError as `ask`.
        """
        own = own or random_address()
        with self._explained(onward, timeout_ms) as deadline:
            self._send(wire.frame(Message(onward, (own,), payload, WANTS_ERRORS, None)), deadline)
        return own

    def receive(self, own: Address, onward: tuple[Address, ...], timeout_ms: int) -> bytes:
        """The payload of the next message for `own`; onward: where it is expected from, for texts.

        Raises NoReply after timeout_ms, and MessageError as `ask`.
        """
        return self.receive_any((own,), onward, timeout_ms)[1]

    def receive_any(
        self, own: tuple[Address, ...], onward: tuple[Address, ...], timeout_ms: int
    ) -> tuple[Address, bytes]:
        """As `receive`, for the next message for one of several addresses: which, and the payload.

        A message for another address that comes before it is forgotten.
        """
        with self._explained(onward, timeout_ms) as deadline:
            reply = self._receive(own, deadline)
        reason = error_of(reply)
        if reason is not None:
            raise MessageError(_sentence(reason), remedy_for(reason, _SEE_LOG))
        return reply.onward_route[0], bytes(reply.payload)

    @contextmanager
    def _explained(self, onward: tuple[Address, ...], timeout_ms: int) -> Iterator[float]:
        """The deadline; what goes wrong inside becomes a MessageError."""
        try:
            yield time.monotonic() + timeout_ms / 1000
        except TimeoutError:
            raise _late(onward, timeout_ms) from None
        except LimitError as error:
            raise MessageError(_sentence(str(error)), error.remedy) from error
        except ProtocolError as error:
            raise MessageError(f"{self._peer} does not speak Ockam: it sent {error}", _NOT_OCKAM) from error
        except OSError as error:
            raise MessageError(f"The connection to {self._peer} was lost: {error.strerror}", _LOST) from error

    def request(self, method: int, path: str, body: object = None, timeout_ms: int = REQUEST_TIMEOUT_MS) -> Any:
        """Ask the management service; returns the body of the answer. Raises ApiError and as `ask`."""
        payload = self.ask(MANAGER, encode(method, path, body), timeout_ms)
        try:
            return decode(payload)
        except ProtocolError as error:
            raise MessageError(f"{self._peer} sent {error}", _NOT_OCKAM) from error

    def _send(self, data: bytes, deadline: float) -> None:
        self._socket.settimeout(_left(deadline))
        self._socket.sendall(self._unsent + data)
        self._unsent = b""

    def _receive(self, own: tuple[Address, ...], deadline: float) -> Message:
        while True:
            while self._received:
                message = self._received.pop(0)
                if message.onward_route[0] in own:
                    return message
            self._socket.settimeout(_left(deadline))
            data = self._socket.recv(_CHUNK)
            if not data:
                raise ConnectionResetError(0, "the other side closed it")
            self._received = self._reader.feed(data)


def encode(method: int, path: str, body: object = None) -> bytes:
    """The payload of a request to a service that speaks the envelope of wire.md 5.3."""
    return api.encode_request(int.from_bytes(os.urandom(4), "big") | 1, method, path, body)


def decode(payload: bytes) -> Any:
    """The body of the answer. Raises ApiError for an error status, ProtocolError."""
    response = api.decode_response(payload)
    if response.status != api.OK:
        reason = api.error_text(response.body)
        raise ApiError(response.status or api.INTERNAL, _sentence(reason), remedy_for(reason))
    return response.body


def dial(address: str, timeout_ms: int) -> Client:
    """Connect to a node's TCP listener at "host:port". Raises MessageError with the system's reason."""
    host, _, port = address.rpartition(":")
    try:
        connected = socket.create_connection((host.strip("[]"), int(port)), timeout_ms / 1000)
    except ConnectionRefusedError:
        raise MessageError(f"Connection refused by {address}", "Check that a node listens there") from None
    except TimeoutError:
        raise MessageError(
            f"No answer from {address} within {timeout_ms} ms", "Check the address and the network"
        ) from None
    except socket.gaierror:
        raise MessageError(f"The host name in {address} cannot be resolved", "Check its spelling") from None
    except OSError as error:
        raise MessageError(
            f"Cannot connect to {address}: {error.strerror}", "Check the address and the network"
        ) from error
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Client(connected, address)


def open_endpoint(endpoint: str, name: str) -> Client:
    """Connect to the management endpoint of a node: "unix:PATH" or "tcp:HOST:PORT:TOKEN" (endpoint.py).

    Raises EndpointError when nobody answers there.
    """
    kind, _, place = endpoint.partition(":")
    try:
        if kind == "unix":
            return Client(_connect_unix(place), f"node '{name}'")
        address, _, token = place.rpartition(":")
        host, _, port = address.rpartition(":")
        connected = socket.create_connection((host, int(port)), REQUEST_TIMEOUT_MS / 1000)
        return Client(connected, f"node '{name}'", token.encode() + b"\n")
    except (OSError, ValueError) as error:
        raise EndpointError(f"The node '{name}' does not answer: {error}", f"Run `uockam node start {name}`") from error


def _connect_unix(path: str) -> socket.socket:
    connected = socket.socket(socket.AF_UNIX)
    connected.settimeout(REQUEST_TIMEOUT_MS / 1000)
    try:
        connected.connect(path)
    except OSError:
        connected.close()
        raise
    return connected


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _late(onward: tuple[Address, ...], timeout_ms: int) -> NoReply:
    return NoReply(
        f"No reply from {format_route(onward)} within {timeout_ms} ms",
        "Check that the last address of the route is a service that answers, or allow more time with --timeout",
    )


_REMEDIES = (  # words of what a node says -> what to do
    ("its owner only", "Ask by the node that has the cable, with `--at NODE`, or as an owner: `--to ROUTE/secure/api`"),
    ("on command", "Give a node of this computer to --from; boards take channels at `api`"),
    ("the other side was refused", "Compare it with what --authorized says"),
    ("is not trusted", "Name it with --authorized where the channel is taken, or prove another identity"),
    ("no secure channel along", "Check that a listener is at its end, or allow more time with --timeout"),
    ("no worker at 'forward_to_", "See which devices are there with `uockam project devices`"),
    ("there is no worker", "See what a node offers with `uockam service list --at NODE`"),
    ("refused", "Check that a node listens there"),
    ("no answer from", "Check the address and the network"),
    ("larger than the limit", "Send it in parts"),
    ("address already in use", "Choose another port; port 0 is a free one"),
    ("cannot assign requested address", "Choose an address of this computer"),
    ("no tcp listener", "See which there are with `uockam tcp-listener list`"),
    ("no tcp connection", "See which there are with `uockam tcp-connection list`"),
    ("channel listener with address", "See which there are with `uockam secure-channel-listener list`"),
    ("secure channel with address", "See which there are with `uockam secure-channel list`"),
    ("relay with alias", "See which there are with `uockam relay list`"),
    ("already exists", "Choose another name, or use what is there"),
    ("there is already a worker", "Choose another name: `uockam worker list` shows those that are taken"),
    ("board", "See what keeps it away with `uockam node list`"),
)


def remedy_for(reason: str, other: str = "") -> str:
    """What to do about a reason that a node gives; `other` when nothing better is known."""
    return next((remedy for words, remedy in _REMEDIES if words in reason.lower()), other)


def _sentence(reason: str) -> str:
    return reason[:1].upper() + reason[1:]


_SEE_LOG = "See the log: `uockam node logs NODE`, or `uockam device logs` of a board"
_NOT_OCKAM = "Check that an Ockam node listens at this address"
_LOST = "Check with `uockam node list` that the node still runs"
