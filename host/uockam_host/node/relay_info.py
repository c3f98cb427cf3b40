"""Relays of a node as plain values, and the bodies in which its management service tells of them (wire.md 5.4, 6.3)."""

from dataclasses import dataclass
from typing import Any

from uockam import multiaddr
from uockam.errors import ProtocolError
from uockam.records import Record

CREATE_RELAY = Record(
    "a relay to create",
    (1, "at", bytes, True),
    (2, "name", str, True),
    (3, "authorized", bytes, False),
    (4, "relay_address", str, False),
    (5, "wait", list, True),
)
AT_ONCE = [1, []]
WHEN_CONNECTED = [2, []]

RELAY = Record(
    "a relay",
    (1, "forwarding_route", str, False),
    (2, "remote_address", str, False),
    (3, "worker", str, False),
    (4, "flow", dict, False),
    (5, "status", list, True),
    (6, "destination", bytes, True),
    (7, "name", str, True),
    (8, "failure", str, False),
)
_DOWN, _UP = [0, []], [1, []]


@dataclass(frozen=True)
class RelayInfo:
    """at: the route of the node that forwards. address: of the relay there, "" before the first time. worker: here.

    reason: why there is no relay now, "" when there is one.
    """

    name: str
    at: str
    address: str = ""
    worker: str = ""
    reason: str = ""

    @property
    def up(self) -> bool:
        """Whether messages are forwarded now."""
        return not self.reason

    @property
    def service(self) -> str:
        """The relay's address as the next part of a route."""
        return f"/service/{self.address}" if self.address else ""

    def to_dict(self) -> dict[str, Any]:
        """JSON of one item of `relay list`, with the names of Ockam Command 0.150."""
        return {
            "connection_status": "Up" if self.up else "Down",
            "destination_address": self.at,
            "last_failure": self.reason or None,
            "name": self.name,
            "remote_address": self.address or None,
            "worker_address": f"0#{self.worker}",
        }


def pack(info: RelayInfo) -> Any:
    """The body of a relay."""
    return RELAY.pack(
        remote_address=info.address or None,
        worker=f"0#{info.worker}",
        status=_UP if info.up else _DOWN,
        destination=multiaddr.encode(multiaddr.parse(info.at)),
        name=info.name,
        failure=info.reason or None,
    )


def unpack(body: object) -> RelayInfo:
    """The relay in a body. Raises ProtocolError."""
    values: dict[str, Any] = RELAY.unpack(body)
    up = values["status"] == _UP
    if not up and values["status"] != _DOWN:
        raise ProtocolError("a relay with an unknown status")
    return RelayInfo(
        values["name"],
        multiaddr.format(multiaddr.decode(values["destination"])),
        values["remote_address"] or "",
        (values["worker"] or "").removeprefix("0#"),
        "" if up else values["failure"] or "it is not connected",
    )
