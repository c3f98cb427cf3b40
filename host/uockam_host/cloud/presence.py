"""Who is here: the channels of a project's node know it, and the worker `devices` tells it to who manages members."""

import asyncio
import secrets
from typing import Any, cast

from uockam import api, cbor
from uockam.errors import Error
from uockam.log import WARNING, log
from uockam.records import Record
from uockam.secure.session import SecureChannel
from uockam.secure.workers import SecureChannels
from uockam.services.relay import RelayService

from .bus import Bus, LocalBus, Subscription
from .services.membership import RELAY, Membership
from .services.service import Caller, Service
from .tables.mailboxes import Device, Mailboxes
from .tables.members import Member

DEVICE = Record(
    "a device",
    (1, "identifier", bytes, True),
    (2, "name", str, True),  # of its mailbox, or of its relay; "" for none
    (3, "online", bool, True),
    (4, "gateway", str, True),  # where it is connected; "" while it is not
    (5, "seen_at", int, True),  # Unix seconds; 0 for never
    (6, "version", str, True),
    (7, "waiting", int, True),  # messages
)
_MOST_LISTED = 10_000  # in one answer
_ANSWER_S = 0.3  # within which gateways have answered, or are not counted


class Watched(SecureChannels):
    """Channels that tell when a member comes, and when it goes."""

    mailboxes: Mailboxes | None = None

    def opened(self, channel: SecureChannel) -> None:
        """Its handshake is through."""
        super().opened(channel)
        self._note(channel)

    def forget(self, channel: SecureChannel) -> None:
        """It has ended."""
        super().forget(channel)
        self._note(channel)

    def here(self) -> set[bytes]:
        """The members that are connected."""
        return {
            each.peer.identifier for each in self.all.values() if each.open_now and each.peer and each.flow.attributes
        }

    def _note(self, channel: SecureChannel) -> None:
        if self.mailboxes is not None and channel.peer is not None and channel.flow.attributes:
            self.node.spawn("presence", self._seen(self.mailboxes, channel.peer.identifier))

    async def _seen(self, mailboxes: Mailboxes, identifier: bytes) -> None:
        try:
            await mailboxes.seen(identifier)
        except Error as error:
            log(WARNING, "uockam.cloud", f"it is not written down who is here: {error}")


class Presence:
    """Which member is at which gateway: each of those answers for the channels that it has.

    gateway: what people call this one.
    """

    def __init__(self, bus: Bus, subject: str, channels: Watched, gateway: str) -> None:
        self._bus = bus
        self._subject = f"{subject}.who"
        self._channels = channels
        self._gateway = gateway
        self._subscription: Subscription | None = None

    async def open(self) -> None:
        """Answer for this gateway."""
        self._subscription = await self._bus.subscribe(self._subject, self._asked)

    async def close(self) -> None:
        """Answer no more."""
        if self._subscription is not None:
            await self._subscription.close()

    async def gateways(self) -> dict[bytes, str]:
        """The gateway of each member that is connected. Raises BusError."""
        found: dict[bytes, str] = {}

        async def heard(answer: bytes) -> None:
            gateway, *members = cast("list[Any]", cbor.decode(answer))
            found.update(dict.fromkeys(members, gateway))

        back = f"{self._subject}.{secrets.token_hex(8)}"
        subscription = await self._bus.subscribe(back, heard)
        try:
            await self._bus.publish(self._subject, back.encode())
            if type(self._bus) is not LocalBus:  # where everybody has answered already
                await asyncio.sleep(_ANSWER_S)
        finally:
            await subscription.close()
        return found

    async def _asked(self, back: bytes) -> None:
        here = sorted(self._channels.here())[:_MOST_LISTED]
        await self._bus.publish(back.decode(), cbor.encode([self._gateway, *here]))


class DevicesService(Service):
    """The worker `devices`: tells enrollers of each member whether it is here, and what waits for it."""

    def __init__(self, membership: Membership, mailboxes: Mailboxes, presence: Presence, relays: RelayService) -> None:
        super().__init__((api.GET, "", self._list))
        self._membership = membership
        self._mailboxes = mailboxes
        self._presence = presence
        self._relays = relays

    async def _list(self, caller: Caller, parts: list[str], body: object) -> Any:
        await self._membership.enroller(caller)
        members = (await self._membership.all())[:_MOST_LISTED]
        devices, waiting = await self._mailboxes.devices(), await self._mailboxes.counts()
        gateways = await self._presence.gateways()
        relays = {relay.identifier: name for name, relay in self._relays.relays.items()}
        return [
            self._describe(
                member,
                devices.get(member.identifier),
                relays.get(member.identifier, ""),
                gateways.get(member.identifier, ""),
                waiting.get(member.identifier, 0),
            )
            for member in members
        ]

    def _describe(self, member: Member, device: Device | None, relay: str, gateway: str, waiting: int) -> Any:
        allowed = member.attributes.get(RELAY, "")
        return DEVICE.pack(
            identifier=member.identifier,
            name=(device.name if device else "") or relay or ("" if allowed == "*" else allowed),
            online=gateway != "",
            gateway=gateway,
            seen_at=device.seen_at if device else 0,
            version=device.version if device else "",
            waiting=waiting,
        )
