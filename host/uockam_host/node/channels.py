"""The library behind the commands about secure channels, as control.py is behind the others.

Identifiers are text, `I` and 64 hex digits; addresses are `NAME` or `/service/NAME`. Every failure is a HostError.
"""

from typing import Any

from uockam import api, multiaddr
from uockam.services.listeners import ADDRESS, LISTENER_REQUEST, unpack_address

from ..errors import InvalidArgument
from . import control, routes
from .bodies import (
    CHANNEL_MADE,
    CHANNEL_REQUEST,
    SEND_MESSAGE,
    bare_name,
    pack_address,
    pack_duration,
    pack_identifiers,
    unpack_channel,
    unpack_listener,
)
from .client import REQUEST_TIMEOUT_MS, Client
from .info import ChannelInfo, ChannelListenerInfo

_MARGIN_MS = 5000  # beyond the time that was allowed, within which a node says that it has passed


def create(
    to: str,
    from_node: str,
    *,
    authorized: "list[str] | None" = None,
    identity: "str | None" = None,
    timeout_ms: int = 10_000,
) -> str:
    """Have a node make a secure channel to a listener; returns the address that leads into it, as `/service/HEX`.

    to: the route of the listener. authorized: who may be at the other end, None for everybody. identity: name of the
    identity that the node proves there, by default its own. Raises InvalidArgument, NodeNotFound, NodeNotRunning,
    IdentityNotFound, and ApiError with what stood against it.
    """
    way = control.plan_route(to, from_node)
    body = CHANNEL_REQUEST.pack(
        route=multiaddr.encode(way.pairs),
        authorized=pack_identifiers(authorized or _pinned(way)),
        timeout=pack_duration(timeout_ms),
        identity=identity,
    )
    made = control.asked(from_node, lambda client: _post(client, "node/secure_channel", body, timeout_ms))
    return f"/service/{unpack_address(CHANNEL_MADE.unpack(made)['address']).value.decode()}"


def list_all(at: "str | None" = None) -> list[ChannelInfo]:
    """The channels that were made on a node by command."""
    return control.asked(at, lambda client: [_show(client, address) for address in _addresses(client)])


def show(address: str, at: "str | None" = None) -> ChannelInfo:
    """One of them. Raises ApiError when there is none."""
    return control.asked(at, lambda client: _show(client, pack_address(address)))


def delete(address: str, at: "str | None" = None) -> str:
    """End one of them; returns its address, as `/service/HEX`. Raises ApiError when there is none."""
    body = ADDRESS.pack(address=pack_address(address))
    control.asked(at, lambda client: client.request(api.DELETE, "node/secure_channel", body))
    return f"/service/{bare_name(address)}"


def listen(
    address: str,
    at: "str | None" = None,
    *,
    authorized: "list[str] | None" = None,
    identity: "str | None" = None,
) -> ChannelListenerInfo:
    """Have a node take secure channels at an address, also after it was started again; as `create` otherwise."""
    body = LISTENER_REQUEST.pack(
        address=pack_address(address), authorized=pack_identifiers(authorized), identity=identity
    )
    control.asked(at, lambda client: client.request(api.POST, "node/secure_channel_listener", body))
    return show_listener(address, at)


def list_listeners(at: "str | None" = None) -> list[ChannelListenerInfo]:
    """All listeners of a node."""
    return control.asked(
        at, lambda client: [unpack_listener(item) for item in _only(client, "node/secure_channel_listener")]
    )


def show_listener(address: str, at: "str | None" = None) -> ChannelListenerInfo:
    """One of them. Raises ApiError when there is none."""
    body = ADDRESS.pack(address=pack_address(address))
    return control.asked(
        at, lambda client: unpack_listener(client.request(api.GET, "node/show_secure_channel_listener", body))
    )


def delete_listener(address: str, at: "str | None" = None) -> str:
    """Take no more channels there; those that there are go on. Returns the address. Raises ApiError."""
    body = ADDRESS.pack(address=pack_address(address))
    control.asked(at, lambda client: client.request(api.DELETE, "node/secure_channel_listener", body))
    return bare_name(address)


def send(way: routes.Plan, payload: bytes, *, identity: "str | None" = None, timeout_ms: int = 10_000) -> bytes:
    """Send a payload along a route through secure channels and return the payload of the reply.

    They are made by the node that sends, or by this process when the plan names none, and are gone afterwards.
    identity: what this process proves. Raises InvalidArgument, MessageError and as `create`.
    """
    if way.pairs[-1][0] in ("secure", "project"):
        raise InvalidArgument(
            f"The route ends at a secure channel: {multiaddr.format(way.pairs)}",
            "Add the service that gets the message, for example /service/echo",
        )
    if way.node is not None:
        if identity:
            raise InvalidArgument(
                f"The node '{way.node}' sends, and proves its own identity", "Leave out --from or --identity"
            )
        return _send_by_node(way, payload, timeout_ms)
    from .temporary import send_once

    return send_once(way.whole, payload, identity, timeout_ms, _pinned(way))


def _send_by_node(way: routes.Plan, payload: bytes, timeout_ms: int) -> bytes:
    body = SEND_MESSAGE.pack(
        route=multiaddr.format(way.pairs),
        message=list(payload),
        timeout_ms=timeout_ms,
        authorized=pack_identifiers(_pinned(way)),
    )
    return bytes(control.asked(way.node, lambda client: _post(client, "v0/message", body, timeout_ms)))


def _pinned(way: routes.Plan) -> "list[str] | None":
    return [way.authorized] if way.authorized else None


def _post(client: Client, path: str, body: object, timeout_ms: int) -> Any:
    return client.request(api.POST, path, body, max(REQUEST_TIMEOUT_MS, timeout_ms + _MARGIN_MS))


def _addresses(client: Client) -> list[object]:
    return _only(client, "node/secure_channel")


def _only(client: Client, path: str) -> list[Any]:
    """The list in a body that is a list of it alone, as Ockam 0.150 writes these."""
    found = client.request(api.GET, path)
    return found[0] if found and isinstance(found[0], list) else []


def _show(client: Client, address: object) -> ChannelInfo:
    return unpack_channel(client.request(api.GET, "node/show_secure_channel", ADDRESS.pack(address=address)))
