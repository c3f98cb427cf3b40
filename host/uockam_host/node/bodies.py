"""Bodies of the management service that only a host's node has (wire.md 5.4); the others are in uockam's manager.py."""

from typing import Any

from uockam.errors import ProtocolError
from uockam.records import Record
from uockam.services.manager import SERVICE

from .info import ServiceInfo, TransportInfo

NO_WORKER = "<none>"  # Ockam's worker of a listener
MODES = ("listening", "incoming", "outgoing")
_TCP = 0

TRANSPORT = Record(
    "a transport status",
    (1, "kind", int, True),
    (2, "mode", list, True),
    (3, "socket", str, True),
    (4, "worker", str, True),
    (5, "processor", str, True),
    (6, "flow", dict, True),
)
FLOW = Record("a flow control id", (1, "id", str, True))
SOCKET = Record("a socket address", (1, "address", str, True))
SEND_MESSAGE = Record("a message to send", (1, "route", str, True), (2, "message", list, True))
ROUTE = Record("a route to a node", (1, "short", bytes, True), (2, "verbose", bytes, False))
RESOURCES = Record(
    "the resources of a node",
    (1, "name", str, True),
    (3, "is_default", bool, True),
    (4, "process", list, True),
    (5, "route", dict, True),
    (7, "transports", list, True),
    (8, "secure_channel_listeners", list, True),
    (9, "inlets", list, True),
    (10, "outlets", list, True),
    (11, "services", list, True),
)


def pack_transport(info: TransportInfo) -> Any:
    """TransportStatus of a listener or connection."""
    return TRANSPORT.pack(
        kind=_TCP,
        mode=[MODES.index(info.mode), []],
        socket=info.socket,
        worker=info.worker,
        processor=info.processor,
        flow=FLOW.pack(id=info.flow_control_id),
    )


def unpack_transport(body: object) -> TransportInfo:
    """The listener or connection in a TransportStatus. Raises ProtocolError."""
    values: dict[str, Any] = TRANSPORT.unpack(body)
    flow: dict[str, Any] = FLOW.unpack(values["flow"])
    return TransportInfo(
        "tcp", _mode(values["mode"]), values["socket"], values["worker"], values["processor"], flow["id"]
    )


def _mode(body: list[object]) -> str:
    for number, name in enumerate(MODES):
        if body[:1] == [number]:
            return name
    raise ProtocolError("a transport status with an unknown mode")


def unpack_service(body: object) -> ServiceInfo:
    """The service in a ServiceStatus. Raises ProtocolError."""
    values: dict[str, Any] = SERVICE.unpack(body)
    return ServiceInfo(values["address"], values["kind"])
