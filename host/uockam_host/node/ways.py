"""Ways: what has to be there before a message can follow a MultiAddr - a connection, and secure channels (wire.md 2.4).

`/secure/X` in a route is a channel to X over all that stands before it. What encrypts is loaded when there is one.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

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
    from uockam.secure.session import SecureChannel
    from uockam.secure.workers import SecureChannels

Hops = tuple[Address, ...]

_CONFIRM_MS = 1000  # for an echo through a new channel: in vain where there is no echo, or where refusal is silent


class Way:
    """Hops that can be sent along; `close` ends the channels and the connection that were made for them."""

    def __init__(self) -> None:
        self.hops: Hops = ()
        self.listener: Hops = ()  # where its last channel was made to
        self.channels: list[SecureChannel] = []
        self._opened: list[Any] = []

    def add(self, opened: Any) -> None:
        """Go on through a connection or a channel; what is added last is closed first."""
        self._opened.append(opened)
        self.hops = (opened.address,)

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

    async def open(
        self,
        pairs: Pairs,
        timeout_ms: int,
        *,
        policy: "Anyone | Only" = ANYONE,
        identifier: "bytes | None" = None,
        keep: bool = False,
    ) -> Way:
        """The way along the parts of a MultiAddr without nodes.

        policy: who may be at the end of the last channel. identifier: who this side is in every channel, the node's own
        identity if None. keep: what is lost is made again, at the same addresses, until the way is closed.
        Raises ConnectionLost, ReplyTimeout, ProtocolError for a peer that is not who it should be, InvalidAddress.
        """
        way = Way()
        making = self._make(way, pairs, timeout_ms, policy, identifier, keep)
        try:
            await asyncio.wait_for(making, timeout_ms / 1000)
        except BaseException as error:
            way.close()
            if isinstance(error, asyncio.TimeoutError):
                raise _no_channel(pairs, timeout_ms) from None
            raise
        return way

    async def ask(self, pairs: Pairs, payload: bytes, timeout_ms: int, *, identifier: "bytes | None" = None) -> bytes:
        """Send a payload along such a route and return that of the reply; the way is gone then. Raises as `open`."""
        deadline = time.monotonic() + timeout_ms / 1000
        way = await self.open(pairs, timeout_ms, identifier=identifier)
        left_ms = max(1, int((deadline - time.monotonic()) * 1000))
        try:
            reply = await self._node.ask_message(way.hops, payload, left_ms)
        except ReplyTimeout:
            raise _no_reply(way.channels[-1], timeout_ms) from None
        finally:
            way.close()
        return bytes(reply.payload)

    async def _make(
        self,
        way: Way,
        pairs: Pairs,
        timeout_ms: int,
        policy: "Anyone | Only",
        identifier: "bytes | None",
        keep: bool,
    ) -> None:
        if pairs[0][0] in multiaddr.HOSTS:
            way.add(await self._connect(_dialled(pairs[:2]), keep))
            pairs = pairs[2:]
        *legs, rest = _legs(pairs)
        for number, leg in enumerate(legs, 1):
            trusted = policy if number == len(legs) else ANYONE
            route = (*way.hops, *multiaddr.to_route(leg))
            channel = await self._create(route, trusted, identifier, timeout_ms, keep)
            way.listener = route
            way.channels.append(channel)
            way.add(channel)
        if keep and way.channels:
            await self._confirm(way.channels[-1])
        if rest:
            way.hops += multiaddr.to_route(rest)

    async def _create(
        self, route: Hops, policy: "Anyone | Only", identifier: "bytes | None", timeout_ms: int, keep: bool
    ) -> "SecureChannel":
        try:
            return await self._secure().create(route, policy, identifier, timeout_ms=timeout_ms, keep=keep)
        except ProtocolError as error:
            raise ProtocolError(f"The other side was refused: {error}", error.remedy) from error

    async def _confirm(self, channel: "SecureChannel") -> None:
        """Let the other side say that it does not want the channel: when we have proved who we are it is open for us.

        Nodes echo, so most answer at once. Raises ConnectionLost with what a node says; Ockam's says nothing.
        """
        with suppress(ReplyTimeout):
            await self._node.ask_message((channel.address, "echo"), b"", _CONFIRM_MS)

    async def _connect(self, target: str, keep: bool) -> Any:
        if not keep:
            return await self._tcp.connect(target)
        supervised = Reconnecting(self._node, self._tcp, target)
        supervised.start()
        await supervised.tried()
        reason = supervised.reason
        if reason:
            supervised.close()
            raise ConnectionLost(reason)
        return supervised


def _dialled(pairs: Pairs) -> str:
    return multiaddr.to_route(pairs)[0].value.decode()  # type: ignore[no-any-return]


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
