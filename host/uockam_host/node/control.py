"""The library behind the commands: every function does one thing to nodes and prints nothing.

Nodes are named `n1` or `/node/n1`; None means the default node. Every failure is a HostError with a remedy.
"""

from pathlib import Path

from .info import (
    DeleteResult,
    NodeDetails,
    NodeInfo,
    ResetResult,
    ServiceInfo,
    StartResult,
    StopResult,
    TransportInfo,
)

DEFAULT_LISTENER = "127.0.0.1:0"


def create_node(
    name: str | None = None,
    *,
    listener: str = DEFAULT_LISTENER,
    port: str | None = None,
    board: str | None = None,
    verbose: bool = False,
) -> NodeInfo:
    """Make a node and start its process; returns when it answers.

    name: None picks a random pet name. listener: "host:port", port 0 picks a free one. port: serial port of a board.
    board: "virtual" for the virtual board. A stopped or killed node of that name is made again with these settings.
    Raises InvalidArgument, NodeExists, SpawnError (with the process's own words), StateError.
    """
    raise NotImplementedError


def create_foreground(
    name: str | None = None,
    *,
    listener: str = DEFAULT_LISTENER,
    port: str | None = None,
    board: str | None = None,
    verbose: bool = False,
) -> str:
    """Write down a node that the calling process will run itself, and return its name; raises as create_node."""
    raise NotImplementedError


def list_nodes() -> list[NodeInfo]:
    """All nodes in order of creation, each with its present status; a broken entry is a DOWN one."""
    raise NotImplementedError


def show_node(name: str | None = None) -> NodeDetails:
    """Everything about one node; a stopped one has no transports and no services. Raises NodeNotFound, NoDefaultNode."""
    raise NotImplementedError


def start_node(name: str | None = None) -> StartResult:
    """Start a stopped node with the settings it was made with, on the same TCP port; a running one is left alone."""
    raise NotImplementedError


def stop_node(name: str | None = None) -> StopResult:
    """End the process and keep the state; a node that was not running is no error. Raises StopError."""
    raise NotImplementedError


def delete_node(name: str | None = None) -> str:
    """Stop the node, forget it, remove its folder; returns its name. Raises NodeNotFound, StopError."""
    raise NotImplementedError


def delete_all() -> list[DeleteResult]:
    """Delete every node, going on after failures."""
    raise NotImplementedError


def get_default() -> str:
    """Name of the default node. Raises NoDefaultNode."""
    raise NotImplementedError


def set_default(name: str) -> bool:
    """Make this node the default; False when it was already. Raises NodeNotFound."""
    raise NotImplementedError


def node_logs(name: str | None = None) -> Path:
    """Path of the node's log file (it may not exist yet). Raises NodeNotFound, NoDefaultNode."""
    raise NotImplementedError


def workers(at: str | None = None) -> list[str]:
    """Worker addresses of a running node, without the type. Raises NodeNotRunning."""
    raise NotImplementedError


def services(at: str | None = None) -> list[ServiceInfo]:
    """Services of a running node. Raises NodeNotRunning."""
    raise NotImplementedError


def start_hop(at: str | None = None, address: str = "hop") -> str:
    """Start a hop service and return its address. Raises ApiError when the address is taken."""
    raise NotImplementedError


def create_tcp_listener(address: str, at: str | None = None) -> TransportInfo:
    """Listen on "host:port" too. Raises InvalidArgument, ApiError when the port is taken."""
    raise NotImplementedError


def list_tcp_listeners(at: str | None = None) -> list[TransportInfo]:
    """All TCP listeners of a running node."""
    raise NotImplementedError


def show_tcp_listener(address: str, at: str | None = None) -> TransportInfo:
    """One listener, by socket or worker address. Raises ApiError when there is none."""
    raise NotImplementedError


def delete_tcp_listener(address: str, at: str | None = None) -> None:
    """Close one listener. Raises ApiError when there is none."""
    raise NotImplementedError


def create_tcp_connection(to: str, at: str | None = None) -> TransportInfo:
    """Connect a node to "host:port"; `worker` of the answer is the address that sends there."""
    raise NotImplementedError


def list_tcp_connections(at: str | None = None) -> list[TransportInfo]:
    """All TCP connections of a running node."""
    raise NotImplementedError


def show_tcp_connection(address: str, at: str | None = None) -> TransportInfo:
    """One connection, by worker or socket address. Raises ApiError when there is none."""
    raise NotImplementedError


def delete_tcp_connection(address: str, at: str | None = None) -> None:
    """Close one connection. Raises ApiError when there is none."""
    raise NotImplementedError


def send_message(to: str, payload: bytes, *, from_node: str | None = None, timeout_ms: int = 10_000) -> bytes:
    """Send payload along a route (multiaddr text) and return the payload of the reply.

    from_node: the node that sends; None sends from the node that the route starts with, or straight from this process when it
    starts with /ip4, /ip6 or /dnsaddr. The payload is sent as it is: wrapping text is the caller's business.
    Raises InvalidArgument, NodeNotFound, NodeNotRunning, ApiError.
    """
    raise NotImplementedError


def reset() -> ResetResult:
    """Stop every process of this home that can be proved ours and remove the folder, whatever is in it."""
    raise NotImplementedError


def is_loopback(listener: str) -> bool:
    """Whether "host:port" can be reached from this machine only."""
    raise NotImplementedError
