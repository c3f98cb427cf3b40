"""Who is here, at whichever gateway, and the worker `devices`, which tells it to who manages members."""

import asyncio
import secrets
from typing import Any, cast

from uockam import api, cbor
from uockam.records import Record
from uockam.services.relay import RelayService

from .bus import Bus, Hearer, LocalBus
from .services.membership import RELAY, Membership
from .services.service import Caller, Service
from .tables.mailboxes import Device, Mailboxes
from .tables.members import Member
from .watched import Watched

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


class Presence(Hearer):
    """Which member is at which gateway: each of those answers for the channels that it has."""

    def __init__(self, bus: Bus, project: str, channels: Watched, gateway: str) -> None:
        """project: what its subjects begin with. gateway: what people call this one."""
        self.subject = f"{project}.who"
        self._bus = bus
        self._channels = channels
        self._gateway = gateway

    async def gateways(self) -> dict[bytes, str]:
        """The gateway of each member that is connected. Raises BusError."""
        found: dict[bytes, str] = {}

        async def heard(answer: bytes) -> None:
            gateway, *members = cast("list[Any]", cbor.decode(answer))
            found.update(dict.fromkeys(members, gateway))

        back = f"{self.subject}.{secrets.token_hex(8)}"
        subscription = await self._bus.subscribe(back, heard)
        try:
            await self._bus.publish(self.subject, back.encode())
            if type(self._bus) is not LocalBus:  # where everybody has answered already
                await asyncio.sleep(_ANSWER_S)
        finally:
            await subscription.close()
        return found

    async def heard(self, back: bytes) -> None:
        """Somebody asks, and takes answers at this subject."""
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
