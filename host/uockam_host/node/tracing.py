"""Which way a route takes, hop by hop, and how long a message needs to each hop and back."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from uockam import api, multiaddr
from uockam.address import Address
from uockam.errors import Error
from uockam.identifier import identifier_text

from . import control, routes
from .bodies import pack_identifiers
from .client import Client, dial
from .devices import split

if TYPE_CHECKING:
    from .temporary import Here
    from .ways import Way

_TIMES = 3  # that each hop is asked; the quickest answer counts
_ECHO = Address(0, b"echo")
_ASK_MS = 5_000
_OPEN_MS = 30_000  # for the connection and the channels


@dataclass(frozen=True)
class Hop:
    """One on the way. to: the part of the route that leads there; who: what is there.

    ms: from here to there and back, None when it does not answer a message that all nodes of uockam answer.
    """

    to: str
    who: str
    ms: float | None


@dataclass(frozen=True)
class Trace:
    """route: what is followed, spelled out as far as this machine does that."""

    route: str
    hops: list[Hop]

    def to_dict(self) -> dict[str, Any]:
        """JSON of `route show`."""
        return asdict(self)


def trace(to: str, from_node: "str | None" = None, identity: "str | None" = None) -> Trace:
    """Follow a route to a node, or to a service of one. Raises as control.send_message."""
    if routes.begins_with_device(to):
        split(to)
    way = control.plan_route(_to_echo(to), from_node)
    route = multiaddr.format(way.pairs[:-1])
    if way.node is not None:
        return Trace(f"/node/{way.node}{route}", _by_node(way))
    whole = multiaddr.format(way.whole[:-1])
    return Trace(whole, _through_channels(way, identity) if way.secure else _over_tcp(way))


def _to_echo(to: str) -> str:
    """The same route, to the echo service of its last node."""
    to = to.rstrip("/")
    return f"{to.rpartition('/service/')[0] if _names_service(to) else to}/service/echo"


def _names_service(to: str) -> bool:
    return to.rpartition("/")[0].endswith("/service")


# -- from a node of this machine --------------------------------------------------------------------------------------


def _by_node(way: routes.Plan) -> list[Hop]:
    name = way.node or ""
    info = control.node_info(name)
    with control.open_node(name) as client:
        hops = [Hop(f"/node/{name}", f"process id {info.pid} on this computer", _least(lambda: _ask_process(client)))]
        if way.secure:
            hops.append(Hop(multiaddr.format(way.pairs[:-1]), "the end of the route", _least(lambda: _ask_by(way))))
        elif way.pairs[:-1]:
            hops.append(
                Hop(
                    multiaddr.format(way.pairs[:-1]),
                    "the end of the route",
                    _least(lambda: _ask_echo(client, way.onward)),
                )
            )
        elif info.kind != "host":
            where = info.port or f"{info.board} board"
            hops.append(Hop(where, "the board, over the cable", _least(lambda: _ask_echo(client, way.onward))))
    return hops


def _ask_process(client: Client) -> None:
    client.request(api.GET, "node", timeout_ms=_ASK_MS)


def _ask_echo(client: Client, onward: tuple[Address, ...]) -> None:
    client.ask(onward, b"", _ASK_MS)


def _ask_by(way: routes.Plan) -> None:
    from .channels import send

    send(way, b"", timeout_ms=_OPEN_MS)


# -- from this process ------------------------------------------------------------------------------------------------


def _over_tcp(way: routes.Plan) -> list[Hop]:
    with dial(way.dial, _ASK_MS) as client:
        end = Hop(
            multiaddr.format(way.pairs[:-1]) or "/service/echo",
            "the end of the route",
            _least(lambda: _ask_echo(client, way.onward)),
        )
    return [_tcp(way.dial), end]


def _tcp(address: str) -> Hop:
    return Hop(routes.of_address(address), "a TCP connection", _least(lambda: dial(address, _ASK_MS).close()))


def _through_channels(way: routes.Plan, identity: "str | None") -> list[Hop]:
    from .temporary import run
    from .ways import policy_of

    policy = policy_of(pack_identifiers([way.authorized] if way.authorized else None))

    async def follow(here: "Here") -> list[Hop]:
        first = _tcp(_target(way))
        opened = await here.ways.open(way.whole[:-1], _OPEN_MS, policy=policy)
        try:
            return [first, *await _channels(here, opened, way)]
        finally:
            opened.close()

    return run(follow, identity)


def _target(way: routes.Plan) -> str:
    """The "host:port" that the route begins at."""
    if way.dial:
        return way.dial
    from ..projects.known import find_project

    pairs = multiaddr.parse(find_project(way.pairs[0][1]).access_route)
    return str(routes.to_hops(pairs[:2])[0].value.decode())


async def _channels(here: "Here", opened: "Way", way: routes.Plan) -> list[Hop]:
    hops = []
    *legs, rest = _legs(way.pairs)
    for leg, channel in zip(legs, opened.channels, strict=True):
        ms = await _least_later(here, (channel.address, _ECHO))
        hops.append(Hop(multiaddr.format(leg), _who(channel), ms))
    if rest:
        hops.append(
            Hop(multiaddr.format(rest), "the end of the route", await _least_later(here, (*opened.hops, _ECHO)))
        )
    return hops


def _legs(pairs: routes.Pairs) -> list[routes.Pairs]:
    """The parts up to each channel, and those after the last one."""
    legs: list[routes.Pairs] = [()]
    for pair in pairs[:-1]:
        legs[-1] += (pair,)
        if pair[0] in ("project", "secure"):
            legs.append(())
    return legs


def _who(channel: Any) -> str:
    return identifier_text(channel.peer.identifier) if channel.peer else "nobody"


async def _least_later(here: "Here", hops: tuple[Address, ...]) -> float | None:
    found = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        with suppress(Error):
            await here.node.ask_message(hops, b"", _ASK_MS)
            found.append(_since(began))
    return min(found, default=None)


def _least(ask: Callable[[], object]) -> float | None:
    found = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        with suppress(Error):
            ask()
            found.append(_since(began))
    return min(found, default=None)


def _since(began: float) -> float:
    """Milliseconds."""
    return round((time.perf_counter() - began) * 1000, 3)
