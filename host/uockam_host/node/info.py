"""What the host tools know about nodes, as plain values; to_dict gives the JSON field names of Ockam Command."""

from dataclasses import dataclass, field
from typing import Any

STOPPED = "No process running"
_MODES = {"listening": "Listen", "incoming": "Incoming", "outgoing": "Outgoing"}


@dataclass(frozen=True)
class NodeInfo:
    """One node of `node list`: up means that it answers; reason says why not ("" when up)."""

    name: str
    is_default: bool
    kind: str
    up: bool
    reason: str = ""
    pid: int | None = None
    listener: str = ""
    port: str | None = None
    board: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON of one item of `node list`."""
        status = {"status": "running", "pid": self.pid} if self.up else {"status": "stopped"}
        item = {
            "node_name": self.name,
            "status": status,
            "pid": self.pid,
            "is_default": self.is_default,
            **self.place(),
        }
        return item if self.up else {**item, "reason": self.reason}

    def place(self) -> dict[str, Any]:
        """JSON of the board behind the node, "serial" or "virtual" and which; nothing for a process of its own."""
        place = {"kind": self.kind, "port": self.port, "board": self.board}
        return {} if self.kind == "host" else {name: value for name, value in place.items() if value}


@dataclass(frozen=True)
class TransportInfo:
    """A listener or connection; mode is 'listening', 'incoming' or 'outgoing', socket is 'host:port'."""

    kind: str
    mode: str
    socket: str
    worker: str
    processor: str
    flow_control_id: str

    def to_dict(self) -> dict[str, Any]:
        """JSON of one item of `tcp-listener list` and `tcp-connection list`, with the words of Ockam Command 0.150."""
        return {
            "type": self.kind.capitalize(),
            "mode": _MODES[self.mode],
            "socket_addr": self.socket,
            "worker_addr": self.worker,
            "processor_address": self.processor,
            "flow_control_id": self.flow_control_id,
        }


@dataclass(frozen=True)
class ServiceInfo:
    """A service: its address without type, and what it does ('echo', 'hop', ..)."""

    address: str
    kind: str

    def to_dict(self) -> dict[str, Any]:
        """JSON of one item of `service list`."""
        return {"addr": self.address, "type": self.kind}


@dataclass(frozen=True)
class ChannelListenerInfo:
    """Where a node takes secure channels; `authorized` are the identifiers that may make one, None for everybody.

    identifier: of the identity that the node proves there, "" when it was never asked for yet.
    """

    address: str
    flow_control_id: str
    identifier: str = ""
    authorized: list[str] | None = None

    @property
    def route(self) -> str:
        """Its address as a route."""
        return f"/service/{self.address}"

    def to_dict(self) -> dict[str, Any]:
        """JSON of one item of `secure-channel-listener list`."""
        return {
            "address": self.route,
            "flow_control_id": self.flow_control_id,
            "is_key_exchange_only": False,
            "identifier": self.identifier or None,
            "authorized_identifiers": self.authorized,
        }


@dataclass(frozen=True)
class ChannelInfo:
    """A secure channel that a node made; address and route are multiaddr text, reason is "" while it is up."""

    address: str
    route: str
    flow_control_id: str
    peer: str = ""
    peer_history: str = ""
    authorized: list[str] | None = None
    reason: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON of one item of `secure-channel list`, with the names of Ockam Command 0.150."""
        item = {
            "address": self.address,
            "authorized_identifiers": self.authorized,
            "flow_control_id": self.flow_control_id,
            "route": self.route,
            "their_change_history": self.peer_history,
            "their_identifier": self.peer,
        }
        return {**item, "reason": self.reason} if self.reason else item


@dataclass(frozen=True)
class Standing:
    """How a board stands in its project. reason: why it cannot be reached there, "" when it can.

    expires_at: Unix seconds, of its credential; by: what leads there, "cable" or "network".
    """

    project: str
    relay: str
    trying: bool
    reason: str
    expires_at: int | None
    by: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return vars(self).copy()


@dataclass(frozen=True)
class NodeDetails:
    """What `node show` shows; routes are multiaddr text, route_verbose is "" without a TCP listener.

    identity_name is "" for a board, whose identity has no name; identifier is "" when the node has no identity yet.
    project: of a board that is in one.
    """

    node: NodeInfo
    route_short: str
    route_verbose: str
    identity_name: str = ""
    identifier: str = ""
    transports: list[TransportInfo] = field(default_factory=list)
    channel_listeners: list[ChannelListenerInfo] = field(default_factory=list)
    services: list[ServiceInfo] = field(default_factory=list)
    project: Standing | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON of `node show`."""
        return {
            "name": self.node.name,
            "identity_name": self.identity_name or None,
            "identifier": self.identifier or None,
            "is_default": self.node.is_default,
            "status": "running" if self.node.up else "stopped",
            "pid": self.node.pid,
            **self.node.place(),
            **({} if self.node.up else {"reason": self.node.reason}),
            "route": {"short": self.route_short, "verbose": self.route_verbose or None},
            "http_server_address": None,
            "transports": [item.to_dict() for item in self.transports],
            "secure_channel_listeners": [item.to_dict() for item in self.channel_listeners],
            "inlets": [],
            "outlets": [],
            "services": [item.to_dict() for item in self.services],
            **({"project": self.project.to_dict()} if self.project else {}),
        }


@dataclass(frozen=True)
class StartResult:
    """Of start_node: was_running means that nothing had to be done."""

    node: NodeInfo
    was_running: bool


@dataclass(frozen=True)
class StopResult:
    """Of stop_node: how is 'asked', 'terminated' or 'killed', or "" when it was not running."""

    name: str
    was_running: bool
    how: str = ""


@dataclass(frozen=True)
class DeleteResult:
    """Of delete_all: one node, and why it could not be deleted ("" when it was)."""

    name: str
    error: str = ""


@dataclass(frozen=True)
class ResetResult:
    """Of reset: processes stopped, and what could not be stopped or removed."""

    stopped_pids: list[int]
    failures: list[str]
