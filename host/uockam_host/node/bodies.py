"""Bodies of the management service that only a host's node has (wire.md 5.4); the others are in uockam's manager.py."""

from typing import Any

from uockam import multiaddr
from uockam.address import LOCAL
from uockam.errors import ProtocolError
from uockam.identifier import identifier_text, parse_identifier
from uockam.message import name_of
from uockam.records import Record
from uockam.services.listeners import FLOW, LISTENER, unpack_address, unpack_identifiers
from uockam.services.manager import SERVICE

from .info import ChannelInfo, ChannelListenerInfo, ServiceInfo, TransportInfo

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
SOCKET = Record("a socket address", (1, "address", str, True))
SEND_MESSAGE = Record(
    "a message to send",
    (1, "route", str, True),
    (2, "message", list, True),
    (100, "timeout_ms", int, False),  # ours
    (101, "authorized", list, False),  # ours: who may be at the end of the last channel
)
ROUTE = Record("a route to a node", (1, "short", bytes, True), (2, "verbose", bytes, False))
RESOURCES = Record(
    "the resources of a node",
    (1, "name", str, True),
    (2, "identity_name", str, False),
    (3, "is_default", bool, True),
    (4, "process", list, True),
    (5, "route", dict, True),
    (7, "transports", list, True),
    (8, "secure_channel_listeners", list, True),
    (9, "inlets", list, True),
    (10, "outlets", list, True),
    (11, "services", list, True),
    (100, "identifier", bytes, False),  # ours
)
CHANNEL_REQUEST = Record(
    "a secure channel to create",
    (1, "route", bytes, True),
    (2, "authorized", list, False),
    (4, "timeout", list, False),  # [seconds, nanoseconds]
    (5, "identity", str, False),
)
CHANNEL_MADE = Record("a secure channel that was created", (1, "address", list, True), (2, "flow", dict, True))
CHANNEL = Record(
    "a secure channel",
    (1, "address", bytes, True),
    (2, "route", bytes, True),
    (3, "authorized", list, False),
    (4, "flow", dict, True),
    (5, "peer", bytes, True),
    (6, "peer_history", str, True),  # hex
    (100, "reason", str, False),  # ours: why it is down
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


def pack_address(text: str) -> list[object]:
    """The Address of a local worker, given as `NAME`, `0#NAME`, `/service/NAME` or `/worker/NAME`."""
    return [LOCAL, bare_name(text).encode()]


def bare_name(text: str) -> str:
    """The name in such a text."""
    return text.rpartition("/")[2].removeprefix("0#")


def pack_duration(milliseconds: int) -> list[int]:
    """Seconds and nanoseconds."""
    return [milliseconds // 1000, milliseconds % 1000 * 1_000_000]


def unpack_duration(body: list[object]) -> int:
    """The milliseconds. Raises ProtocolError."""
    if len(body) != 2 or not all(isinstance(item, int) and 0 <= item < 1 << 32 for item in body):
        raise ProtocolError("a duration that is not seconds and nanoseconds")
    seconds, nanoseconds = body
    return int(seconds) * 1000 + int(nanoseconds) // 1_000_000  # type: ignore[call-overload,no-any-return]


def pack_identifiers(texts: "list[str] | None") -> "list[bytes] | None":
    """Identifiers as they are in bodies. Raises InvalidAddress."""
    return None if texts is None else [parse_identifier(text) for text in texts]


def text_of(identifier: "bytes | None") -> str:
    """The text of an identifier, "" for none."""
    return identifier_text(identifier) if identifier else ""


def _texts(found: "list[bytes] | None") -> "list[str] | None":
    return None if found is None else [identifier_text(item) for item in found]


def unpack_listener(body: object) -> ChannelListenerInfo:
    """The listener in a body. Raises ProtocolError."""
    values: dict[str, Any] = LISTENER.unpack(body)
    flow: dict[str, Any] = FLOW.unpack(values["flow"])
    return ChannelListenerInfo(
        name_of(unpack_address(values["address"])),
        flow["id"],
        text_of(values["identifier"]),
        _texts(unpack_identifiers(values["authorized"])),
    )


def unpack_channel(body: object) -> ChannelInfo:
    """The channel in a body. Raises ProtocolError."""
    values: dict[str, Any] = CHANNEL.unpack(body)
    flow: dict[str, Any] = FLOW.unpack(values["flow"])
    return ChannelInfo(
        multiaddr.format(multiaddr.decode(values["address"])),
        multiaddr.format(multiaddr.decode(values["route"])),
        flow["id"],
        identifier_text(values["peer"]),
        values["peer_history"],
        _texts(unpack_identifiers(values["authorized"])),
        values["reason"] or "",
    )
