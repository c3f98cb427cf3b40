"""Relays of a project whose node runs in several processes: a name leads to one gateway at most.

Who wants a name listens at its subject on the bus, and claims it there. Who has it lets go when the same identity
claims it, for a device that comes by another gateway has lost its former connection; and refuses other identities.
After a gap of the bus everyone claims again what it has: of one identity the newest stays, of two the oldest.
"""

import asyncio
import time
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import cbor2

from uockam.bare import encode_text
from uockam.errors import NoSuchAddress, ProtocolError
from uockam.log import DEBUG, WARNING, log, safe
from uockam.message import Message
from uockam.node import Node
from uockam.port import random_name
from uockam.secure.session import SecureChannel
from uockam.services.relay import Relay, RelayService
from uockam.services.relay_names import ANY_NAME
from uockam.worker import Context

from .bus import Bus, BusError, NobodyError, Subscription

if TYPE_CHECKING:
    from uockam.access import Access
    from uockam.services.relay import MayRelay

_WHERE, _CLAIM, _AGAIN = range(3)
_ANSWER_S = 2.0
_YES, _NO = b"yes", b"no"
_AT_ONCE = 32  # claims after a gap


class _Claim(NamedTuple):
    """What is asked at the subject of a name: kind, who asks, for which identity, since when (Unix ms)."""

    kind: int
    gateway: str
    identifier: bytes = b""
    since: int = 0


class SharedRelays(RelayService):
    """See RelayService. project: what subjects of this project begin with."""

    def __init__(self, node: Node, bus: Bus, project: str, may_relay: "MayRelay", access: "Access") -> None:
        super().__init__(node, may_relay, access)
        self.project = project
        self._bus = bus
        self._allows = may_relay
        self._claims: dict[str, _Claim] = {}  # of relays that are here, or about to be
        self._subscriptions: dict[str, Subscription] = {}
        self._wanted = ""  # the name that is being registered

    async def find(self, name: str) -> str:
        """The gateway that has a relay; "" for none. Raises BusError."""
        try:
            return (await self._request(name, _Claim(_WHERE, self._bus.name))).decode()
        except NobodyError:
            return ""

    async def started(self, context: Context) -> None:
        self._bus.watch(self._claim_again)

    async def stopped(self, context: Context) -> None:
        self._bus.unwatch(self._claim_again)
        await super().stopped(context)
        for name in tuple(self._subscriptions):
            await self._let_go(name)

    async def handle_message(self, context: Context, message: Message) -> None:
        name = message.text
        if name == ANY_NAME:
            name = random_name().decode()
            message = message._replace(payload=encode_text(name))
        identifier = message.identifier
        if identifier is None or not self._allows(message, name):
            await super().handle_message(context, message)  # refuses it
            return
        self._wanted = name
        try:
            if await self._may_have(name, identifier, message):
                await super().handle_message(context, message)
        finally:
            self._wanted = ""
            await self._let_go_unless_here(name)

    async def _may_have(self, name: str, identifier: bytes, message: Message) -> bool:
        if name in self.relays or await self._claim(name, identifier):
            if name not in self.relays or self.relays[name].identifier == identifier:
                self._claims[name] = self._new_claim(identifier)
            return True
        text = f"the relay '{safe(name)}' belongs to another identity"
        log(WARNING, "uockam.relay", f"refused: {text}")
        self._node.tell_undelivered(message, NoSuchAddress(text))
        return False

    def end(self, relay: Relay, reason: str) -> None:
        """The relay forwards nothing from now on."""
        super().end(relay, reason)
        self._node.spawn("relay", self._ended(relay.name))

    async def _ended(self, name: str) -> None:
        await asyncio.sleep(0)  # it may be there again by then
        await self._let_go_unless_here(name)

    # -- claims -------------------------------------------------------------------------------------------------------

    async def _claim(self, name: str, identifier: bytes) -> bool:
        claim = self._claims[name] = self._new_claim(identifier)
        if name not in self._subscriptions:
            self._subscriptions[name] = await self._bus.subscribe(self._subject(name), partial(self._asked, name))
        return await self._ask(name, claim)

    async def _ask(self, name: str, claim: _Claim) -> bool:
        """Whether nobody objects. One that cannot answer now is asked again after the gap, or has died."""
        try:
            return await self._request(name, claim) == _YES
        except BusError as error:
            if not isinstance(error, NobodyError):
                log(DEBUG, "uockam.relay", f"'{safe(name)}' is taken unasked: {error}")
            return True

    async def _asked(self, name: str, data: bytes) -> bytes | None:
        claim = _decode(data)
        if claim.gateway == self._bus.name:
            return None
        here = name in self.relays
        if claim.kind == _WHERE:
            return self._bus.name.encode() if here else b""
        mine = self._claims.get(name)
        if mine is not None and not _yields(mine, claim, here):
            return _NO
        if here:
            end = self._cut if claim.kind == _AGAIN else self.end
            end(self.relays[name], "it was registered at another gateway")
        return _YES

    async def _claim_again(self) -> None:
        """After a gap of the bus."""
        free = asyncio.Semaphore(_AT_ONCE)

        async def one(name: str, claim: _Claim) -> None:
            async with free:
                kept = await self._ask(name, claim._replace(kind=_AGAIN))
            if not kept and self._claims.get(name) is claim and name in self.relays:
                self._cut(self.relays[name], "it is registered at another gateway")

        await asyncio.gather(*(one(name, claim) for name, claim in self._claims.items() if name in self.relays))

    def _cut(self, relay: Relay, reason: str) -> None:
        """End a relay and the channel behind it: which one of two is newer is known by clocks of gateways, so its owner
        may be there after all, and then comes again.
        """
        self.end(relay, reason)
        channel = self._node.router.endpoints.get(relay.way[0].value)
        if isinstance(channel, SecureChannel):
            channel.close()

    async def _let_go_unless_here(self, name: str) -> None:
        if name not in self.relays and name != self._wanted:
            await self._let_go(name)

    async def _let_go(self, name: str) -> None:
        self._claims.pop(name, None)
        subscription = self._subscriptions.pop(name, None)
        if subscription is not None:
            await subscription.close()

    def _new_claim(self, identifier: bytes) -> _Claim:
        return _Claim(_CLAIM, self._bus.name, identifier, time.time_ns() // 1_000_000)

    async def _request(self, name: str, claim: _Claim) -> bytes:
        return await self._bus.request(self._subject(name), cbor2.dumps(claim), _ANSWER_S)

    def _subject(self, name: str) -> str:
        return f"{self.project}.relay.{name.encode().hex()}"


def _yields(mine: _Claim, other: _Claim, here: bool) -> bool:
    """Whether who has a name, or is about to have it, leaves it to another gateway."""
    if not here:
        return other.gateway < mine.gateway  # both want it at this moment
    same = mine.identifier == other.identifier
    if other.kind == _CLAIM:
        return same
    return other.since > mine.since if same else other.since < mine.since


def _decode(data: bytes) -> _Claim:
    try:
        claim = _Claim(*cbor2.loads(data))
    except (cbor2.CBORDecodeError, TypeError, ValueError) as error:
        raise ProtocolError(f"no claim of a gateway: {error}") from None
    if [type(each) for each in claim] != [int, str, bytes, int]:
        raise ProtocolError("a claim of a gateway with parts of other types")
    return claim
