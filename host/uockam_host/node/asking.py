"""What commands ask the management service of a running node (wire.md 5.4), and its answers as plain values.

Raises ApiError and MessageError as Client.request, and ProtocolError for an answer that makes no sense.
"""

from typing import Any

from uockam import api, multiaddr
from uockam.services.enrollment import STANDING
from uockam.services.manager import NODE_STATUS, SERVICE_ADDRESS, WORKER, WORKER_LIST

from ..errors import ApiError
from .bodies import RESOURCES, ROUTE, SOCKET, text_of, unpack_listener, unpack_service, unpack_transport
from .client import Client
from .info import NodeDetails, NodeInfo, ServiceInfo, Standing, TransportInfo

_STATUS_TIMEOUT_MS = 2000  # a list should not wait long for a node that hangs


def why_down(client: Client) -> str:
    """Why the node cannot do its work, such as a board that is unplugged; "" when it can."""
    return str(NODE_STATUS.unpack(client.request(api.GET, "node", timeout_ms=_STATUS_TIMEOUT_MS))["reason"] or "")


def details(info: NodeInfo, client: Client) -> NodeDetails:
    """Routes, identity, transports, listeners and services of the node that `info` is about."""
    values: dict[str, Any] = RESOURCES.unpack(client.request(api.GET, "node/resources"))
    route: dict[str, Any] = ROUTE.unpack(values["route"])
    return NodeDetails(
        info,
        multiaddr.format(multiaddr.decode(route["short"])),
        multiaddr.format(multiaddr.decode(route["verbose"] or b"")),
        values["identity_name"] or "",
        text_of(values["identifier"]),
        [unpack_transport(item) for item in values["transports"]],
        [unpack_listener(item) for item in values["secure_channel_listeners"]],
        [unpack_service(item) for item in values["services"]],
        standing(client) if info.kind != "host" and info.up else None,
    )


def standing(client: Client) -> "Standing | None":
    """How the board behind the node stands in its project; None for one that is in none."""
    try:
        body = client.request(api.GET, "node/project")
    except ApiError as error:
        if error.status == api.NOT_FOUND:
            return None
        raise
    values: dict[str, Any] = STANDING.unpack(body)
    reason, by = values["reason"] or "", values["by"] or ""
    return Standing(values["name"], values["relay"], values["trying"], reason, values["expires_at"], by)


def workers(client: Client) -> list[str]:
    """Addresses without type."""
    values: dict[str, Any] = WORKER_LIST.unpack(client.request(api.GET, "node/workers"))
    return [str(WORKER.unpack(item)["address"]) for item in values["workers"]]


def services(client: Client) -> list[ServiceInfo]:
    """All services."""
    return [unpack_service(item) for item in client.request(api.GET, "node/services") or []]


def start_hop(client: Client, address: str) -> str:
    """The address, once a hop service is there."""
    client.request(api.POST, "node/services/hop", SERVICE_ADDRESS.pack(address=address))
    return address


def create_tcp(client: Client, noun: str, address: str) -> TransportInfo:
    """A new 'listener' or 'connection'."""
    return unpack_transport(client.request(api.POST, f"node/tcp/{noun}", SOCKET.pack(address=address)))


def list_tcp(client: Client, noun: str) -> list[TransportInfo]:
    """All of them."""
    return [unpack_transport(item) for item in client.request(api.GET, f"node/tcp/{noun}") or []]


def show_tcp(client: Client, noun: str, address: str) -> TransportInfo:
    """The one with this socket or worker address."""
    return unpack_transport(client.request(api.GET, f"node/tcp/{noun}/{address.rpartition('/')[2]}"))


def delete_tcp(client: Client, noun: str, address: str) -> None:
    """Close the one with this socket or worker address."""
    client.request(api.DELETE, f"node/tcp/{noun}", SOCKET.pack(address=address))
