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
class NodeDetails:
    """What `node show` shows; routes are multiaddr text, route_verbose is "" without a TCP listener."""

    node: NodeInfo
    route_short: str
    route_verbose: str
    transports: list[TransportInfo] = field(default_factory=list)
    services: list[ServiceInfo] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """JSON of `node show`."""
        return {
            "name": self.node.name,
            "identity_name": None,
            "is_default": self.node.is_default,
            "status": "running" if self.node.up else "stopped",
            "pid": self.node.pid,
            **self.node.place(),
            **({} if self.node.up else {"reason": self.node.reason}),
            "route": {"short": self.route_short, "verbose": self.route_verbose or None},
            "http_server_address": None,
            "transports": [item.to_dict() for item in self.transports],
            "secure_channel_listeners": [],
            "inlets": [],
            "outlets": [],
            "services": [item.to_dict() for item in self.services],
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
