"""From the route that a person writes to whoever sends the message and the hops it takes from there."""

from collections.abc import Callable
from typing import NamedTuple

from uockam import multiaddr
from uockam.address import Address
from uockam.errors import InvalidAddress

from ..errors import InvalidArgument
from ..names import check_name

Pairs = tuple[tuple[str, str], ...]

_EXAMPLE = "Write a route such as /node/n1/service/echo or /ip4/127.0.0.1/tcp/4000/service/echo"

_NOT_YET = {  # never sent as if they were something else: a person who writes /secure expects encryption
    "project": "uockam has no projects; write the route of a node, such as /node/n1/service/echo",
    "space": "uockam has no spaces; write the route of a node, such as /node/n1/service/echo",
    "secure": "uockam has no secure channels; /service sends without encryption",
}


class Plan(NamedTuple):
    """Who sends: the node of that name; or, when node is None, this process, which connects to dial ("host:port")."""

    node: "str | None"
    dial: str
    onward: tuple[Address, ...]


def plan(to: str, from_node: "str | None", default: Callable[[], str], listener_of: Callable[[str], str]) -> Plan:
    """How a message for the route `to` travels.

    default: name of the default node, which sends when the route names neither a node nor a host. listener_of: the TCP
    address of a node, for those that the route passes on its way. Raises InvalidArgument, and what these two raise.
    """
    pairs = _parse(to)
    if from_node is None and pairs[0][0] in multiaddr.HOSTS:
        first, *rest = _hops(to, pairs, listener_of)
        if not rest:
            raise InvalidArgument(f"The route {to} names no service", _EXAMPLE)
        return Plan(None, first.value.decode(), tuple(rest))
    sender = from_node or (pairs[0][1] if pairs[0][0] == "node" else default())
    if pairs[0] == ("node", sender):
        pairs = pairs[1:]
    if not pairs:
        raise InvalidArgument(f"The route {to} names no service", _EXAMPLE)
    return Plan(sender, "", _hops(to, pairs, listener_of))


def of_address(address: str) -> str:
    """The MultiAddr text of "host:port", as Ockam shows it: localhost for what listens on this machine."""
    return multiaddr.format(pairs_of(address))


def pairs_of(address: str) -> Pairs:
    """The parts of that MultiAddr."""
    host, _, port = address.rpartition(":")
    return (("dnsaddr", "localhost") if host in _HERE else _host(host), ("tcp", port))


def reachable(listener: str) -> str:
    """The "host:port" to dial from this machine for a listener that may be bound to every address."""
    host, _, port = listener.rpartition(":")
    return f"{_WILDCARDS.get(host, host)}:{port}"


_HERE = ("127.0.0.1", "localhost", "0.0.0.0")
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}


def _parse(to: str) -> Pairs:
    try:
        pairs = multiaddr.parse(to)
    except InvalidAddress as error:
        raise InvalidArgument(str(error), error.remedy) from error
    for name, value in pairs:
        if name in _NOT_YET:
            raise InvalidArgument(f"A route cannot lead through /{name}/{value}", _NOT_YET[name])
        if name == "node":
            check_name(value)
    return pairs


def _hops(to: str, pairs: Pairs, listener_of: Callable[[str], str]) -> tuple[Address, ...]:
    spelled = [part for pair in pairs for part in _spell(pair, listener_of)]
    try:
        return multiaddr.to_route(tuple(spelled))
    except InvalidAddress as error:
        raise InvalidArgument(f"The route {to} cannot be followed: {error}", error.remedy) from error


def _spell(pair: tuple[str, str], listener_of: Callable[[str], str]) -> Pairs:
    if pair[0] != "node":
        return (pair,)
    host, _, port = reachable(listener_of(pair[1])).rpartition(":")
    return (_host(host), ("tcp", port))


def _host(host: str) -> tuple[str, str]:
    if host.startswith("["):
        return "ip6", host.strip("[]")
    return ("ip4" if host.replace(".", "").isdigit() else "dnsaddr"), host
