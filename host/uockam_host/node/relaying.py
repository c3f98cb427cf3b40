"""The library behind `uockam relay`, as control.py is behind the other commands. Every failure is a HostError."""

from uockam import api, multiaddr
from uockam.identifier import parse_identifier

from ..errors import InvalidArgument
from ..names import check_name
from . import control, routes
from .client import Client
from .relay_info import AT_ONCE, CREATE_RELAY, WHEN_CONNECTED, RelayInfo, unpack

_CREATE_MS = 40_000  # what a node takes at most to be sure that a relay cannot be had (relays.py)


def create(
    name: str,
    at: str,
    to: "str | None" = None,
    *,
    authorized: "str | None" = None,
    relay_address: "str | None" = None,
    wait: bool = True,
) -> RelayInfo:
    """Have a node register a relay, and keep it registered, also after it was started again.

    name: of the relay on the node `to`, and at the node that forwards if relay_address is None. at: the route to that
    node. authorized: the identifier that has to be at the end of the route's last channel. wait: until it is there.
    Raises InvalidArgument, NodeNotFound, NodeNotRunning, and ApiError with what stands against it.
    """
    node = check_name(to) if to else control.get_default()
    way = control.plan_route(at, node)
    pairs = way.pairs
    if authorized and not routes.is_secure(pairs):
        raise InvalidArgument(
            "--authorized is about the other end of a secure channel, and the route has none",
            f"Write {at.rstrip('/')}/secure/api",
        )
    who = authorized or way.authorized
    body = CREATE_RELAY.pack(
        at=multiaddr.encode(pairs),
        name=name,
        authorized=parse_identifier(who) if who else None,
        relay_address=relay_address,
        wait=WHEN_CONNECTED if wait else AT_ONCE,
    )
    return control.asked(node, lambda client: unpack(client.request(api.POST, "node/relay", body, _CREATE_MS)))


def list_all(at: "str | None" = None) -> list[RelayInfo]:
    """All relays of a node."""
    return control.asked(at, lambda client: [unpack(item) for item in client.request(api.GET, "node/relay") or []])


def show(name: str, at: "str | None" = None) -> RelayInfo:
    """One of them. Raises ApiError when there is none."""
    return control.asked(at, lambda client: unpack(client.request(api.GET, _path(name))))


def delete(name: str, at: "str | None" = None) -> None:
    """Let go of one of them. Raises ApiError when there is none."""
    control.asked(at, lambda client: _delete(client, name))


def _delete(client: Client, name: str) -> None:
    client.request(api.DELETE, _path(name))


def _path(name: str) -> str:
    return f"node/relay/{name}"
