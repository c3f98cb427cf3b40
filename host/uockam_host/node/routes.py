"""From the route that a person writes to whoever sends the message and the way it takes from there."""

from collections.abc import Callable
from typing import NamedTuple

from uockam import multiaddr
from uockam.address import Address
from uockam.errors import InvalidAddress

from ..errors import InvalidArgument
from ..names import check_name

Pairs = tuple[tuple[str, str], ...]

_EXAMPLE = "Write a route such as /node/n1/service/echo or /ip4/127.0.0.1/tcp/4000/service/echo"

_CHANNELS = ("secure", "project")

DEVICE = "device"  # begins a route to a board by its name; it is of this machine only, and on no wire


class Plan(NamedTuple):
    """Who sends: the node of that name; or, when node is None, this process, which connects to dial ("host:port").

    pairs: the route from there, as the parts of a MultiAddr. One that begins with a project has no dial. authorized:
    the identifier that has to be at the other end of the last channel, "" for any.
    """

    node: "str | None"
    dial: str
    pairs: Pairs
    authorized: str = ""

    @property
    def secure(self) -> bool:
        """Whether the route leads through secure channels, which somebody has to make before anything can be sent."""
        return is_secure(self.pairs)

    @property
    def whole(self) -> Pairs:
        """The route from this process."""
        return (*pairs_to(self.dial), *self.pairs) if self.dial else self.pairs

    @property
    def onward(self) -> tuple[Address, ...]:
        """The hops of a route without secure channels. Raises InvalidArgument for one with them: a person who writes
        /secure expects that nobody can read what is sent.
        """
        if self.secure:
            raise InvalidArgument(
                "A route for this cannot lead through /secure or /project", "Write /service to go unencrypted"
            )
        return to_hops(self.pairs)


def plan(to: str, from_node: "str | None", default: Callable[[], str], listener_of: Callable[[str], str]) -> Plan:
    """How a message for the route `to` travels.

    default: name of the default node, which sends when the route names neither a node nor a host. listener_of: the TCP
    address of a node, for those that the route passes on its way. What is to be encrypted is sent by this process
    unless from_node says otherwise, so that nobody on the way can read it, the first node included.
    Raises InvalidArgument, and what these two raise.
    """
    pairs = parse(to)
    if from_node is None and pairs[0][0] == "node" and pairs[1:] and pairs[1][0] == "project":
        from_node = pairs[0][1]
    if from_node is None and (pairs[0][0] in multiaddr.HOSTS or is_secure(pairs)):
        return _from_here(to, pairs, default, listener_of)
    sender = from_node or (pairs[0][1] if pairs[0][0] == "node" else default())
    if pairs[0] == ("node", sender):
        pairs = pairs[1:]
    return Plan(sender, "", _spelled(to, pairs, listener_of))


def _from_here(to: str, pairs: Pairs, default: Callable[[], str], listener_of: Callable[[str], str]) -> Plan:
    if pairs[0][0] == "project":
        return Plan(None, "", _spelled(to, pairs, listener_of))
    if pairs[0][0] not in ("node", *multiaddr.HOSTS):
        pairs = (("node", default()), *pairs)
    host, port, *rest = _spelled(to, pairs, listener_of)
    if not rest:
        raise _no_service(to)
    return Plan(None, to_hops((host, port))[0].value.decode(), tuple(rest))


def begins_with_device(to: str) -> bool:
    """Whether a route as a person writes it is `/device/NAME...`, which devices.py spells out."""
    return to.removeprefix("/").partition("/")[0] == DEVICE


def is_secure(pairs: Pairs) -> bool:
    """Whether it leads through secure channels: there is a `/secure/` or a `/project/` part."""
    return any(name in _CHANNELS for name, _ in pairs)


def to_hops(pairs: Pairs) -> tuple[Address, ...]:
    """The hops of these parts. Raises InvalidArgument."""
    try:
        return multiaddr.to_route(pairs)
    except InvalidAddress as error:
        raise InvalidArgument(
            f"The route {multiaddr.format(pairs)} cannot be followed: {error}", error.remedy
        ) from error


def of_address(address: str) -> str:
    """The MultiAddr text of "host:port", as Ockam shows it: localhost for what listens on this machine."""
    return multiaddr.format(pairs_of(address))


def pairs_of(address: str) -> Pairs:
    """The parts of that MultiAddr."""
    host, _, port = address.rpartition(":")
    return (("dnsaddr", "localhost") if host in _HERE else _host(host), ("tcp", port))


def pairs_to(address: str) -> Pairs:
    """The parts that lead to "host:port" as it is."""
    host, _, port = address.rpartition(":")
    return (_host(host), ("tcp", port))


def reachable(listener: str) -> str:
    """The "host:port" to dial from this machine for a listener that may be bound to every address."""
    host, _, port = listener.rpartition(":")
    return f"{_WILDCARDS.get(host, host)}:{port}"


_HERE = ("127.0.0.1", "localhost", "0.0.0.0")
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}


def parse(to: str) -> Pairs:
    """The parts of a route as a person writes it. Raises InvalidArgument."""
    try:
        pairs = multiaddr.parse(to)
    except InvalidAddress as error:
        raise InvalidArgument(str(error), error.remedy) from error
    for name, value in pairs:
        if name == "space":
            raise InvalidArgument(f"A route cannot lead through /space/{value}", "Name a project: /project/NAME")
        if name == "node":
            check_name(value)
    return pairs


def _spelled(to: str, pairs: Pairs, listener_of: Callable[[str], str]) -> Pairs:
    """The parts with a host and a port for each node. Raises InvalidArgument when they are no route."""
    if not pairs:
        raise _no_service(to)
    spelled = tuple(part for pair in pairs for part in _spell(pair, listener_of))
    rest = spelled[1:] if spelled[0][0] == "project" else spelled
    if rest or rest is spelled:
        to_hops(rest)
    return spelled


def _no_service(to: str) -> InvalidArgument:
    return InvalidArgument(f"The route {to} names no service", _EXAMPLE)


def _spell(pair: tuple[str, str], listener_of: Callable[[str], str]) -> Pairs:
    return pairs_to(reachable(listener_of(pair[1]))) if pair[0] == "node" else (pair,)


def _host(host: str) -> tuple[str, str]:
    if host.startswith("["):
        return "ip6", host.strip("[]")
    return ("ip4" if host.replace(".", "").isdigit() else "dnsaddr"), host
