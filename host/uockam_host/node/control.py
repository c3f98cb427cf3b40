"""The library behind the commands: every function does one thing to nodes and prints nothing.

Nodes are named `n1` or `/node/n1`; None means the default node. Every failure is a HostError with a remedy.
Modules that cost start-up time are imported by the functions that need them: a command waits for this import.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from uockam.errors import ProtocolError

from ..errors import (
    EndpointError,
    HostError,
    InvalidArgument,
    MessageError,
    NoDefaultNode,
    NodeNotFound,
    NodeNotRunning,
)
from ..names import check_name
from . import running
from .client import Client, dial, open_endpoint

if TYPE_CHECKING:
    from uockam.address import Address

    from ..state.nodes import NodeRecord, Nodes
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
    from .routes import Plan

DEFAULT_LISTENER = "127.0.0.1:0"
TcpNoun = Literal["listener", "connection"]
_Answer = TypeVar("_Answer")


def create_node(
    name: str | None = None,
    *,
    listener: str = DEFAULT_LISTENER,
    port: str | None = None,
    board: str | None = None,
    identity: str | None = None,
    verbose: bool = False,
) -> "NodeInfo":
    """Make a node and start its process; returns when it answers.

    name: None picks a random pet name. listener: "host:port", port 0 picks a free one. port: serial port of a board.
    board: "virtual" for the virtual board. identity: name of the one that the node proves over secure channels, by
    default the default identity. A stopped or killed node of that name is made again with these settings.
    Raises InvalidArgument, IdentityNotFound, NodeExists, SpawnError (with the process's own words), StateError.
    """
    from . import lifecycle

    with _state() as nodes:
        record = lifecycle.new_record(name, nodes, listener, port, board, identity, verbose)
        process = lifecycle.create(record, nodes)
        return _up(_record(record.name, nodes), process.pid)


def create_foreground(
    name: str | None = None,
    *,
    listener: str = DEFAULT_LISTENER,
    port: str | None = None,
    board: str | None = None,
    identity: str | None = None,
    verbose: bool = False,
) -> str:
    """Write down a node that the calling process will run itself, and return its name; raises as create_node."""
    from . import lifecycle

    with _state() as nodes:
        record = lifecycle.new_record(name, nodes, listener, port, board, identity, verbose)
        with running.starting_or_ending(record.name):
            lifecycle.write_down(record, nodes)
        return record.name


def list_nodes() -> "list[NodeInfo]":
    """All nodes in order of creation, each with its present status; a broken entry is a DOWN one."""
    with _state() as nodes:
        return [_status(record) for record in nodes.all()]


def show_node(name: str | None = None) -> "NodeDetails":
    """Everything about one node; a stopped one has no transports and services. Raises NodeNotFound, NoDefaultNode."""
    from . import asking
    from .info import NodeDetails

    with _state() as nodes:
        record = _record(name, nodes)
    info = _status(record)
    hangs = info.kind == "host" and not info.up  # a board's process answers also when the board is away
    if info.pid is None or hangs:
        return NodeDetails(info, f"/node/{record.name}", "")
    return asked(record.name, lambda client: asking.details(info, client))


def node_info(name: str | None = None) -> "NodeInfo":
    """One node of list_nodes. Raises NodeNotFound, NoDefaultNode."""
    with _state() as nodes:
        return _status(_record(name, nodes))


def start_node(name: str | None = None) -> "StartResult":
    """Start a stopped node with the settings it was made with, on the same TCP port; a running one is left alone."""
    from . import lifecycle
    from .info import StartResult

    with _state() as nodes:
        chosen = _record(name, nodes).name
        process, was_running = lifecycle.start(chosen)
        record = _record(chosen, nodes)
        return StartResult(_status(record) if was_running else _up(record, process.pid), was_running)


def stop_node(name: str | None = None) -> "StopResult":
    """End the process and keep the state; a node that was not running is no error. Raises StopError."""
    from . import lifecycle
    from .info import StopResult

    with _state() as nodes:
        chosen = _record(name, nodes).name
    how = lifecycle.stop(chosen)
    return StopResult(chosen, bool(how), how)


def delete_node(name: str | None = None) -> str:
    """Stop the node, forget it, remove its folder; returns its name. Raises NodeNotFound, StopError."""
    from . import lifecycle

    with _state() as nodes:
        chosen = _record(name, nodes).name
        lifecycle.delete(chosen, nodes)
    return chosen


def delete_all() -> "list[DeleteResult]":
    """Delete every node, going on after failures."""
    with _state() as nodes:
        return [_delete(name, nodes) for name in nodes.names()]


def get_default() -> str:
    """Name of the default node. Raises NoDefaultNode."""
    with _state() as nodes:
        return _record(None, nodes).name


def set_default(name: str) -> bool:
    """Make this node the default; False when it was already. Raises NodeNotFound."""
    with _state() as nodes:
        record = _record(name, nodes)
        if not record.is_default:
            nodes.set_default(record.name)
        return not record.is_default


def node_logs(name: str | None = None) -> Path:
    """Path of the node's log file (it may not exist yet). Raises NodeNotFound, NoDefaultNode."""
    from .logs import log_file

    with _state() as nodes:
        return log_file(_record(name, nodes).name)


def workers(at: str | None = None) -> list[str]:
    """Worker addresses of a running node, without the type. Raises NodeNotRunning."""
    from . import asking

    return asked(at, asking.workers)


def services(at: str | None = None) -> "list[ServiceInfo]":
    """Services of a running node. Raises NodeNotRunning."""
    from . import asking

    return asked(at, asking.services)


def start_hop(at: str | None = None, address: str = "hop") -> str:
    """Start a hop service and return its address. Raises ApiError when the address is taken."""
    from . import asking

    return asked(at, lambda client: asking.start_hop(client, address))


def create_tcp(noun: TcpNoun, address: str, at: str | None = None) -> "TransportInfo":
    """Listen at "host:port" too, or connect there; `worker` of a new connection is the address that sends there.

    Raises InvalidArgument, and ApiError when the port is taken or nobody answers.
    """
    from ..names import check_socket_address
    from . import asking

    check_socket_address(address)
    return asked(at, lambda client: asking.create_tcp(client, noun, address))


def list_tcp(noun: TcpNoun, at: str | None = None) -> "list[TransportInfo]":
    """All TCP listeners or connections of a running node."""
    from . import asking

    return asked(at, lambda client: asking.list_tcp(client, noun))


def show_tcp(noun: TcpNoun, address: str, at: str | None = None) -> "TransportInfo":
    """One of them, by socket or worker address. Raises ApiError when there is none."""
    from . import asking

    return asked(at, lambda client: asking.show_tcp(client, noun, address))


def delete_tcp(noun: TcpNoun, address: str, at: str | None = None) -> None:
    """Close one of them. Raises ApiError when there is none."""
    from . import asking

    asked(at, lambda client: asking.delete_tcp(client, noun, address))


def send_message(
    to: str,
    payload: bytes,
    *,
    from_node: str | None = None,
    identity: str | None = None,
    timeout_ms: int = 10_000,
) -> bytes:
    """Send payload along a route (multiaddr text) and return the payload of the reply.

    from_node: the node that sends; None sends from the node that the route starts with, straight from this process when
    it starts with /ip4, /ip6 or /dnsaddr or leads through /secure, else from the default node. identity: what this
    process proves to the other side of /secure, the default identity if None. The payload is sent as it is.
    Raises InvalidArgument, NodeNotFound, NodeNotRunning, IdentityNotFound, MessageError.
    """
    way = plan_route(to, from_node)
    if way.secure:
        from . import channels

        return channels.send(way, payload, identity=identity, timeout_ms=timeout_ms)
    if identity:
        raise InvalidArgument("An identity is proved over a secure channel only", "Write /secure/api into the route")
    with _open_way(way, timeout_ms) as client:
        return client.ask(way.onward, payload, timeout_ms)


def open_route(
    to: str, *, from_node: str | None = None, timeout_ms: int = 10_000
) -> "tuple[Client, tuple[Address, ...]]":
    """A client, to be closed, and the route that leads from it to `to`, which has no /secure; as send_message."""
    way = plan_route(to, from_node)
    onward = way.onward
    return _open_way(way, timeout_ms), onward


def plan_route(to: str, from_node: "str | None") -> "Plan":
    """Who sends along the route, and the rest of it from there. Raises as send_message."""
    from .routes import begins_with_device, plan

    sender = check_name(from_node) if from_node else None
    authorized = ""
    if begins_with_device(to):
        from .devices import spelled

        to, authorized = spelled(to)
    return plan(to, sender, get_default, listener_of)._replace(authorized=authorized)


def _open_way(way: "Plan", timeout_ms: int) -> Client:
    return open_node(way.node) if way.node else dial(way.dial, timeout_ms)


def reset() -> "ResetResult":
    """Stop every process that runs a node of this home and remove all that uockam made there, whatever its state."""
    from .reset import reset

    return reset()


@contextmanager
def _state() -> Iterator["Nodes"]:
    from ..state.database import Database
    from ..state.nodes import Nodes

    with Database() as database:
        yield Nodes(database)


def _record(name: "str | None", nodes: "Nodes") -> "NodeRecord":
    if name is None:
        record = nodes.default()
        if record is None:
            raise NoDefaultNode
        return record
    record = nodes.get(check_name(name))
    if record is None:
        raise NodeNotFound(check_name(name), nodes.names())
    return record


def _up(record: "NodeRecord", pid: int) -> "NodeInfo":
    return _info(record, True, "", pid)


def _status(record: "NodeRecord") -> "NodeInfo":
    from .asking import why_down

    pid = None
    try:
        process = running.find(record.name)
        if process is None:
            return _info(record, False, _why_stopped(record), None)
        pid = process.pid
        with _connect(process, record.name) as client:
            reason = why_down(client)
    except HostError as error:
        reason = str(error)
    return _info(record, not reason, reason, pid)


def _why_stopped(record: "NodeRecord") -> str:
    from .info import STOPPED

    try:
        record.check()
    except HostError as error:
        return str(error)
    return STOPPED


def _info(record: "NodeRecord", up: bool, reason: str, pid: "int | None") -> "NodeInfo":
    from .info import NodeInfo

    return NodeInfo(
        record.name, record.is_default, record.kind, up, reason, pid, record.listener, record.port, record.board
    )


def _delete(name: str, nodes: "Nodes") -> "DeleteResult":
    from . import lifecycle
    from .info import DeleteResult

    try:
        lifecycle.delete(name, nodes)
    except HostError as error:
        return DeleteResult(name, str(error))
    return DeleteResult(name)


def asked(at: "str | None", question: Callable[[Client], _Answer]) -> _Answer:
    """What a running node answers to requests. Raises NodeNotFound, NodeNotRunning, MessageError, ApiError."""
    with open_node(check_name(at) if at else get_default()) as client:
        try:
            return question(client)
        except ProtocolError as error:
            raise MessageError(f"The node answered with {error}", "Use the same version of uockam for both") from error


def open_node(name: str) -> Client:
    """Connect to the management endpoint of a node; the state file is read only to explain why that is impossible."""
    process = running.find(name)
    if process is None or not process.endpoint:
        with _state() as nodes:
            _record(name, nodes)
        raise NodeNotRunning(name, "it is still starting" if process else "")
    return _connect(process, name)


def _connect(process: running.Running, name: str) -> Client:
    if not process.endpoint:
        raise EndpointError(f"The node '{name}' is still starting", "Try again in a moment")
    return open_endpoint(process.endpoint, name)


def listener_of(name: str) -> str:
    """Where a running node takes TCP connections, "host:port". Raises NodeNotFound, NodeNotRunning, MessageError."""
    with _state() as nodes:
        record = _record(name, nodes)
    if running.find(name) is None:
        raise NodeNotRunning(name)
    listeners = [record.listener, *record.options.get("listeners", [])]
    for listener in listeners:
        if listener:
            return str(listener)
    raise MessageError(
        f"The node '{name}' has no TCP listener", f"Make one with `uockam tcp-listener create 127.0.0.1:0 --at {name}`"
    )
