"""Ways: what has to be there before a message can follow a MultiAddr - a connection, and secure channels (wire.md 2.4).

`/secure/X` in a route is a channel to X over all that stands before it; `/project/NAME`, at its beginning, is one to
the project's node. What encrypts is loaded when there is one.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from uockam import multiaddr
from uockam.address import Address
from uockam.errors import ConnectionLost, ProtocolError, ReplyTimeout
from uockam.identifier import identifier_text
from uockam.node import Node
from uockam.secure.policy import ANYONE, Anyone, Only
from uockam.transport.reconnect import Reconnecting
from uockam.transport.tcp import Tcp

from .routes import Pairs

if TYPE_CHECKING:
    from uockam.secure.credential import Issued
    from uockam.secure.session import SecureChannel
    from uockam.secure.workers import SecureChannels

    from ..projects.membership import Entrance, Membership

Hops = tuple[Address, ...]

_CONFIRM_MS = 1000  # for an echo through a new channel: in vain where there is no echo, or where refusal is silent


class Terms(NamedTuple):
    """Of a channel: who may be at its other end, who this side is, what it shows, how long it may take, and whether it
    is kept.
    """

    policy: "Anyone | Only"
    identifier: "bytes | None"
    credentials: "tuple[Issued, ...] | None"
    timeout_ms: int
    keep: bool


class Way:
    """Hops that can be sent along; `close` ends the channels and the connection that were made for them."""

    def __init__(self) -> None:
        self.hops: Hops = ()
        self.listener: Hops = ()  # where its last channel was made to
        self.channels: list[SecureChannel] = []
        self._opened: list[Any] = []

    def add(self, opened: Any) -> None:
        """Go on through a connection or a channel; what is added last is closed first."""
        self.on_close(opened)
        self.hops = (opened.address,)

    def on_close(self, opened: Any) -> None:
        """Close this too, and before what was added earlier."""
        self._opened.append(opened)

    def check(self) -> None:
        """Raises why a channel has ended, if one has: the other side says only after a while that it was refused."""
        for channel in self.channels:
            if channel.error is not None:
                raise channel.error

    def close(self) -> None:
        """End everything that was opened for it."""
        for opened in reversed(self._opened):
            opened.close()


class Ways:
    """Makes them at one node."""

    def __init__(self, node: Node, tcp: Tcp, secure: "Callable[[], SecureChannels]") -> None:
        """secure: the channels of the node; called when some are needed."""
        self._node = node
        self._tcp = tcp
        self._secure = secure
        self._membership: Membership | None = None

    async def open(
        self,
        pairs: Pairs,
        timeout_ms: int,
        *,
        policy: "Anyone | Only" = ANYONE,
        identifier: "bytes | None" = None,
        credentials: "tuple[Issued, ...] | None" = None,
        keep: bool = False,
    ) -> Way:
        """The way along the parts of a MultiAddr without nodes.

        policy: who may be at the end of the last channel. identifier: who this side is in every channel, the node's own
        identity if None. credentials: what it shows there, instead of what the node shows. keep: what is lost is made
        again, at the same addresses, until the way is closed. A project has terms of its own.
        Raises ConnectionLost, ReplyTimeout, ProtocolError for a peer that is not who it should be, InvalidAddress, and
        as Membership.entrance.
        """
        way = Way()
        making = self._make(way, pairs, Terms(policy, identifier, credentials, timeout_ms, keep))
        try:
            await asyncio.wait_for(making, timeout_ms / 1000)
        except BaseException as error:
            way.close()
            if isinstance(error, asyncio.TimeoutError):
                raise _no_channel(pairs, timeout_ms) from None
            raise
        return way

    async def ask(
        self,
        pairs: Pairs,
        payload: bytes,
        timeout_ms: int,
        *,
        policy: "Anyone | Only" = ANYONE,
        identifier: "bytes | None" = None,
        credentials: "tuple[Issued, ...] | None" = None,
    ) -> bytes:
        """Send a payload along such a route and return that of the reply; the way is gone then. Raises as `open`."""
        deadline = time.monotonic() + timeout_ms / 1000
        way = await self.open(pairs, timeout_ms, policy=policy, identifier=identifier, credentials=credentials)
        left_ms = max(1, int((deadline - time.monotonic()) * 1000))
        try:
            way.check()
            reply = await self._node.ask_message(way.hops, payload, left_ms)
        except ReplyTimeout:
            if not way.channels:
                raise
            raise _no_reply(way.channels[-1], timeout_ms) from None
        finally:
            way.close()
        return bytes(reply.payload)

    async def _make(self, way: Way, pairs: Pairs, terms: Terms) -> None:
        if pairs[0][0] == "project":
            pairs = await self._enter(way, pairs, terms)
        elif pairs[0][0] in multiaddr.HOSTS:
            pairs = await self._connect(way, pairs, terms.keep)
        *legs, rest = _legs(pairs)
        on_the_way = terms._replace(policy=ANYONE, credentials=None)
        for number, leg in enumerate(legs, 1):
            await self._create(way, leg, terms if number == len(legs) else on_the_way)
        if terms.keep and way.channels:
            await self._confirm(way.channels[-1])
        if rest:
            way.hops += multiaddr.to_route(rest)

    async def _enter(self, way: Way, pairs: Pairs, terms: Terms) -> Pairs:
        """Go into the project at the beginning; what is left of the route then."""
        entrance = await self._entrance(pairs[0][1], terms)
        leg = await self._connect(way, entrance.pairs, terms.keep)
        await self._create(way, leg, terms._replace(policy=entrance.policy, credentials=entrance.credentials))
        way.on_close(entrance.keep_shown(way.channels[-1]))
        return pairs[1:]

    async def _entrance(self, name: str, terms: Terms) -> "Entrance":
        if self._membership is None:
            from ..projects.membership import Membership

            self._membership = Membership(self._node, self, self._secure)
        return await self._membership.entrance(name, terms.identifier, terms.timeout_ms)

    async def _create(self, way: Way, leg: Pairs, terms: Terms) -> None:
        route = (*way.hops, *multiaddr.to_route(leg))
        try:
            channel = await self._secure().create(
                route,
                terms.policy,
                terms.identifier,
                timeout_ms=terms.timeout_ms,
                credentials=terms.credentials,
                keep=terms.keep,
            )
        except ProtocolError as error:
            raise ProtocolError(f"The other side was refused: {error}", error.remedy) from error
        way.listener = route
        way.channels.append(channel)
        way.add(channel)

    async def _confirm(self, channel: "SecureChannel") -> None:
        """Let the other side say that it does not want the channel: when we have proved who we are it is open for us.

        Nodes echo, so most answer at once. Raises ConnectionLost with what a node says; Ockam's says nothing.
        """
        with suppress(ReplyTimeout):
            await self._node.ask_message((channel.address, "echo"), b"", _CONFIRM_MS)

    async def _connect(self, way: Way, pairs: Pairs, keep: bool) -> Pairs:
        """Connect to the host and port at the beginning; what is left of the route then."""
        target = multiaddr.to_route(pairs[:2])[0].value.decode()
        way.add(await (self._supervised(target) if keep else self._tcp.connect(target)))
        return pairs[2:]

    async def _supervised(self, target: str) -> Reconnecting:
        supervised = Reconnecting(self._node, self._tcp, target)
        supervised.start()
        try:
            await supervised.tried()
            if supervised.reason:
                raise ConnectionLost(supervised.reason)
        except BaseException:
            supervised.close()
            raise
        return supervised


def _legs(pairs: Pairs) -> list[Pairs]:
    """What leads to each channel, its listener included, and at last what comes after all of them."""
    legs: list[Pairs] = [()]
    for pair in pairs:
        legs[-1] += (pair,)
        if pair[0] == "secure":
            legs.append(())
    return legs


def _no_channel(pairs: Pairs, timeout_ms: int) -> ReplyTimeout:
    return ReplyTimeout(f"No secure channel along {multiaddr.format(pairs)} within {timeout_ms} ms")


def _no_reply(channel: "SecureChannel", timeout_ms: int) -> ReplyTimeout:
    """Ockam's nodes say neither that there is no such service nor that they do not trust somebody."""
    return ReplyTimeout(
        f"No reply through the secure channel within {timeout_ms} ms: either nobody answers at the end of the route, "
        f"or {identifier_text(channel.identifier)} is not trusted at the end of the channel"
    )


def policy_of(authorized: "list[bytes] | None") -> "Anyone | Only":
    """Whom a list of identifiers lets in, None everybody."""
    return ANYONE if authorized is None else Only(*authorized)
