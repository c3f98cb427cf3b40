"""The values of node/info.py as lines of text."""

from uockam.log import safe

from ..node.bodies import NO_WORKER
from ..node.info import (
    STOPPED,
    ChannelInfo,
    ChannelListenerInfo,
    NodeDetails,
    NodeInfo,
    ServiceInfo,
    Standing,
    TransportInfo,
)
from ..node.relay_info import RelayInfo
from .output import colour


def node_item(node: NodeInfo) -> list[str]:
    """Item of `node list`. A node that is not the default has an empty mark, hence two spaces before UP."""
    mark = "(default)" if node.is_default else ""
    return [f"Node {node.name} {mark} {colour(_status(node))}", _process(node)]


def worker_item(address: str) -> list[str]:
    """Item of `worker list`."""
    return [f"Worker {safe(address)}"]


def service_item(service: ServiceInfo) -> list[str]:
    """Item of `service list`."""
    address = safe(service.address)
    return [f"Service {address}", f"Address /service/{address}"]


def transport_line(transport: TransportInfo) -> str:
    """One listener or connection on one line."""
    return f"{transport.kind.upper()}, {transport.mode.capitalize()} at {transport.socket}"


def transport_lines(transport: TransportInfo) -> list[str]:
    """All that is known of one listener or connection."""
    more = {"Worker": transport.worker, "Processor": transport.processor, "Flow control": transport.flow_control_id}
    known = [f"  {title} {value}" for title, value in more.items() if value and value != NO_WORKER]
    return [f"{transport_line(transport)}:", *known]


def channel_lines(channel: ChannelInfo) -> list[str]:
    """One secure channel."""
    lines = [
        f"Secure channel running at {channel.address}",
        f"With route to {channel.route}",
        f"Their identifier: {channel.peer}",
    ]
    return [*lines, f"It is down: {safe(channel.reason)}"] if channel.reason else lines


def channel_listener_item(listener: ChannelListenerInfo) -> list[str]:
    """Item of `secure-channel-listener list`."""
    return [f"Listener at {safe(listener.route)}"]


def channel_listener_lines(listener: ChannelListenerInfo) -> list[str]:
    """All that is known of one secure channel listener."""
    who = "Anybody" if listener.authorized is None else ", ".join(listener.authorized) or "Nobody"
    identifier = [f"Identifier: {listener.identifier}"] if listener.identifier else []
    return [*channel_listener_item(listener), *identifier, f"Authorized: {who}"]


def relay_lines(relay: RelayInfo) -> list[str]:
    """One relay of a node."""
    lines = [f"Relay {safe(relay.name)} is {colour('UP' if relay.up else 'DOWN')} at {relay.at}"]
    lines += [f"With address {safe(relay.service)}"] if relay.service else []
    return [*lines, f"It is down: {safe(relay.reason)}"] if relay.reason else lines


def node_lines(details: NodeDetails) -> list[str]:
    """The tree of `node show`."""
    node = details.node
    return [
        f"{node.name} (default):" if node.is_default else f"{node.name}:",
        *(f"  {line}" for line in _facts(details)),
        *_group("Transports", [transport_line(transport) for transport in details.transports]),
        *_group("Secure Channels", [channel_listener_item(one)[0] for one in details.channel_listeners]),
        *_group(
            "Services", [f"{safe(service.kind)} service at {safe(service.address)}" for service in details.services]
        ),
    ]


def _status(node: NodeInfo) -> str:
    return "UP" if node.up else "DOWN"


def _process(node: NodeInfo) -> str:
    return f"Process id {node.pid}" if node.up else _reason(node)


def _reason(node: NodeInfo) -> str:
    return safe(node.reason) or STOPPED


def _facts(details: NodeDetails) -> list[str]:
    node = details.node
    status = f"UP, with PID {node.pid}" if node.up else f"DOWN: {_reason(node)}"
    routes = [route for route in (details.route_short, details.route_verbose) if route]
    lines = [f"The node is {status}", f"With route {' or '.join(routes)}"]
    return [*lines, *_board(node), *_identity(details), *_project(details.project)]


def _identity(details: NodeDetails) -> list[str]:
    named = {"Identity": details.identity_name, "Identifier": details.identifier}
    return [f"{title}: {safe(value)}" for title, value in named.items() if value]


def _project(standing: "Standing | None") -> list[str]:
    if standing is None:
        return []
    how = "not tried yet" if standing.trying else f"DOWN: {safe(standing.reason)}" if standing.reason else "UP"
    by = f", by {standing.by}" if standing.by and not standing.reason else ""
    return [f"Project {safe(standing.project)}, as {safe(standing.relay)}: {how}{by}"]


def _board(node: NodeInfo) -> list[str]:
    if node.port:
        return [f"Board at {node.port}"]
    return [f"{node.board.capitalize()} board"] if node.board else []


def _group(title: str, lines: list[str]) -> list[str]:
    return [f"  {title}:", *(f"    {line}" for line in lines)] if lines else []
