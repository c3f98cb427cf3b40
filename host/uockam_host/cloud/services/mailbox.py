"""The worker `mailbox` of a project's node: sealed messages for members that are away (docs/mailbox.md).

It cannot read them. A message is acknowledged when the database has it on disk, and goes when its receiver has
acknowledged it, or when its time is over.
"""

import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

from uockam import api
from uockam.crypto.steps import last
from uockam.errors import InvalidAddress, LimitError
from uockam.identifier import parse_identifier
from uockam.secure.oneway import ID_BYTES, MOST_BYTES, card_steps
from uockam.services.mailbox import CARD, EXCHANGE, KEPT, MAIL, PUT, STATUS

from ..signin.limits import Limit
from ..tables.mailboxes import Device, Mail, Mailboxes, NotTheReader
from . import bodies
from .membership import RELAY, Membership, may_have
from .service import Caller, Service, bad, forbidden, missing

MOST_AT_A_TIME = 32  # messages of one exchange, and answers: fewer than a receiver remembers to drop repeats
_MOST_ROOM = 16 * 1024 * 1024  # bytes: no transport takes larger answers
_MOST_NUMBER = (1 << 63) - 1  # that a database holds
_MOST_VERSION = 64  # characters
_MAX_REQUESTS = 6000  # of one identity within a minute: its channel lasts, so each costs little
_WINDOW_S = 60.0


class MailboxService(Service):
    """Answers members."""

    def __init__(
        self, mailboxes: Mailboxes, membership: Membership, tell: Callable[[bytes], Awaitable[object]]
    ) -> None:
        """tell: is called with the receiver of each message that is kept."""
        super().__init__(
            (api.POST, "messages", self._put),
            (api.POST, "exchange", self._exchange),
            (api.GET, "status", self._status),
            (api.GET, "cards/*", self._card),
        )
        self._limit = Limit(_MAX_REQUESTS, _WINDOW_S)
        self._mailboxes = mailboxes
        self._membership = membership
        self._tell = tell

    async def _put(self, caller: Caller, parts: list[str], body: object) -> Any:
        mail = self._mail(caller, body)
        if await self._membership.get(mail.receiver) is None:
            raise missing("member in this project")
        device = await self._mailboxes.device(mail.receiver)
        if device is not None and 0 < device.room < len(mail.sealed):
            raise bad(
                f"the receiver takes messages of at most {device.room} bytes, and this one has {len(mail.sealed)}"
            )
        try:
            number, expires_at = await self._mailboxes.put(mail)
        except LimitError as error:
            raise api.Reject(api.CONFLICT, f"{error}: send again when the receiver has fetched some") from None
        await self._tell(mail.receiver)
        return KEPT.pack(number=number, expires_at=expires_at)

    def _mail(self, caller: Caller, body: object) -> Mail:
        values: dict[str, Any] = PUT.unpack(body)
        ttl_s, most = values["ttl_s"], self._mailboxes.quota.age_s
        if not 0 < ttl_s <= most:
            raise bad(f"a message is kept for 1 to {most} seconds, not for {ttl_s}")
        if len(values["id"]) != ID_BYTES or not 0 < len(values["sealed"]) <= MOST_BYTES:
            raise bad(f"a message has an id of {ID_BYTES} bytes, and at most {MOST_BYTES} of its own")
        return Mail(values["receiver"], caller.identifier, values["id"], values["sealed"], ttl_s)

    async def _exchange(self, caller: Caller, parts: list[str], body: object) -> Any:
        values: dict[str, Any] = EXCHANGE.unpack(body)
        answers = values["answers"] or []
        if len(answers) > MOST_AT_A_TIME or not 0 < values["room"] <= _MOST_ROOM or values["after"] > _MOST_NUMBER:
            raise bad(f"an exchange has at most {MOST_AT_A_TIME} answers, and room for 1 to {_MOST_ROOM} bytes")
        reader = None if values["after"] else caller.channel  # who fetches anew is the one who reads, from now on
        version = (values["version"] or "")[:_MOST_VERSION]
        await self._mailboxes.seen(caller.identifier, version, values["room"], reader)
        refused = await self._settle(caller, values["after"], answers)
        if values["card"] is not None:
            name = values["name"]
            await self._register(caller, values["card"], bodies.name(name) if name else "")
        messages = await self._mailboxes.waiting(caller.identifier, values["room"], MOST_AT_A_TIME)
        device = await self._mailboxes.device(caller.identifier)
        return MAIL.pack(
            messages=messages,
            left=(await self._mailboxes.load(caller.identifier))[0] - len(messages),
            wants_card=_digest(device) != values["digest"],
            now=await self._mailboxes.now(),
            refused=refused,
        )

    async def _settle(self, caller: Caller, after: int, answers: list[object]) -> int:
        if not after and not answers:
            return 0
        mails = [self._mail(caller, each) for each in answers]
        known = [mail for mail in mails if await self._membership.get(mail.receiver) is not None]
        try:
            refused = await self._mailboxes.settle(caller.identifier, caller.channel, after, known)
        except NotTheReader as error:
            raise api.Reject(api.CONFLICT, f"{error}: fetch them again") from None
        for receiver in {mail.receiver for mail in known}:
            await self._tell(receiver)
        return refused + len(mails) - len(known)

    async def _register(self, caller: Caller, card: bytes, name: str) -> None:
        last(card_steps(card, caller.identifier, {}, int(time.time())))
        if name and not may_have(caller.attributes, name):
            raise forbidden(f"the name {name} is not allowed: it takes the attribute {RELAY}")
        if not await self._mailboxes.register(caller.identifier, card, name):
            await self._take_over(caller, card, name)

    async def _take_over(self, caller: Caller, card: bytes, name: str) -> None:
        """The name of a device that may not have it any more is free."""
        holder = await self._mailboxes.holder(name)
        member = None if holder is None else await self._membership.get(holder)
        if member is not None and may_have(member.attributes, name):
            raise api.Reject(api.CONFLICT, f"the name {name} belongs to another member of the project")
        await self._mailboxes.release(name)
        await self._mailboxes.register(caller.identifier, card, name)

    async def _status(self, caller: Caller, parts: list[str], body: object) -> Any:
        count, size = await self._mailboxes.load(caller.identifier)
        quota = self._mailboxes.quota
        most = {"most_count": quota.messages, "most_bytes": quota.size, "most_age_s": quota.age_s}
        return STATUS.pack(count=count, bytes=size, **most)

    async def _card(self, caller: Caller, parts: list[str], body: object) -> Any:
        identifier = await self._find(parts[0])
        if identifier is None or await self._membership.get(identifier) is None:
            raise missing("device in this project: it registers at its first visit of the mailbox")
        device = await self._mailboxes.device(identifier)
        if device is None or device.card is None:
            raise missing("mailbox yet: its owner has never visited it")
        return CARD.pack(identifier=identifier, card=device.card)

    async def _find(self, who: str) -> bytes | None:
        try:
            return parse_identifier(who)
        except InvalidAddress:
            return await self._mailboxes.holder(who)


def _digest(device: Device | None) -> bytes:
    return hashlib.sha256(device.card).digest() if device and device.card else b""
