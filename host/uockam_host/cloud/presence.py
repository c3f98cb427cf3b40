"""Who is here: the channels of a project's node know it, and the worker `devices` tells it to who manages members."""

import asyncio
from typing import Any

from uockam import api
from uockam.errors import Error
from uockam.log import WARNING, log
from uockam.records import Record
from uockam.secure.session import SecureChannel
from uockam.secure.workers import SecureChannels
from uockam.services.relay import RelayService

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
        except (Error, asyncio.CancelledError) as error:
            log(WARNING, "uockam.cloud", f"it is not written down who is here: {error}")


class DevicesService(Service):
    """The worker `devices`: tells enrollers of each member whether it is here, and what waits for it."""

    def __init__(
        self, membership: Membership, mailboxes: Mailboxes, channels: Watched, relays: RelayService, gateway: str
    ) -> None:
        super().__init__((api.GET, "", self._list))
        self._membership = membership
        self._mailboxes = mailboxes
        self._channels = channels
        self._relays = relays
        self._gateway = gateway

    async def _list(self, caller: Caller, parts: list[str], body: object) -> Any:
        await self._membership.enroller(caller)
        members = (await self._membership.all())[:_MOST_LISTED]
        devices, waiting = await self._mailboxes.devices(), await self._mailboxes.counts()
        here = self._channels.here()
        relays = {relay.identifier: name for name, relay in self._relays.relays.items()}
        return [
            self._describe(
                member,
                devices.get(member.identifier),
                relays.get(member.identifier, ""),
                member.identifier in here,
                waiting.get(member.identifier, 0),
            )
            for member in members
        ]

    def _describe(self, member: Member, device: Device | None, relay: str, online: bool, waiting: int) -> Any:
        allowed = member.attributes.get(RELAY, "")
        return DEVICE.pack(
            identifier=member.identifier,
            name=(device.name if device else "") or relay or ("" if allowed == "*" else allowed),
            online=online,
            gateway=self._gateway if online else "",
            seen_at=device.seen_at if device else 0,
            version=device.version if device else "",
            waiting=waiting,
        )
