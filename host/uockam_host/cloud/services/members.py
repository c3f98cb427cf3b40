"""The worker `direct_authenticator` of an authority: enrollers manage the members of the project."""

from typing import Any

from uockam import api, cbor
from uockam.errors import InvalidAddress
from uockam.identifier import identifier_text, parse_identifier

from .bodies import NEW_MEMBER, attributes, entry
from .membership import ENROLLER, ROLE, Changes, Membership, Standing, check_grant
from .service import Caller, Service, bad, forbidden

_MAX_MEMBERS = 1_000_000  # of one project; a list of them all does not fit a message long before
_MAX_LISTED = 10_000  # members in one answer: as many as fit, with usual attributes, into the largest message
_ID_BYTES = 32


class MembersService(Service):
    """Answers enrollers."""

    def __init__(self, membership: Membership, changes: Changes) -> None:
        super().__init__(
            (api.POST, "", self._add),
            (api.POST, "members", self._add),
            (api.GET, "", self._list),
            (api.GET, "members", self._list),
            (api.GET, "member_ids", self._list_ids),
            (api.DELETE, "members", self._delete_all),
            (api.GET, "members/*", self._show),
            (api.DELETE, "members/*", self._delete),
            (api.GET, "*", self._show),
            (api.DELETE, "*", self._delete),
        )
        self._membership = membership
        self._changes = changes

    async def _add(self, caller: Caller, parts: list[str], body: object) -> None:
        standing = await self._membership.enroller(caller)
        values: dict[str, Any] = NEW_MEMBER.unpack(body)
        identifier, wanted = values["identifier"], attributes(values["attributes"])
        if len(identifier) != _ID_BYTES:
            raise bad(f"an identifier has {_ID_BYTES} bytes")
        check_grant(standing, wanted)
        await self._check_target(standing, identifier)
        if await self._membership.added.count() >= _MAX_MEMBERS:
            raise bad(f"a project has {_MAX_MEMBERS} members at most")
        await self._membership.added.put(identifier, wanted, caller.identifier)
        await self._changes.changed()

    async def _list(self, caller: Caller, parts: list[str], body: object) -> Any:
        await self._membership.enroller(caller)
        members = (await self._membership.all())[:_MAX_LISTED]
        return cbor.Map(*[(member.identifier, entry(member)) for member in members])

    async def _list_ids(self, caller: Caller, parts: list[str], body: object) -> Any:
        await self._membership.enroller(caller)
        return [member.identifier for member in (await self._membership.all())[:_MAX_LISTED]]

    async def _show(self, caller: Caller, parts: list[str], body: object) -> Any:
        await self._membership.enroller(caller)
        member = await self._membership.get(_identifier(parts[0]))
        if member is None:
            raise forbidden(f"Member {parts[0]} not found")
        return entry(member)

    async def _delete(self, caller: Caller, parts: list[str], body: object) -> None:
        standing = await self._membership.enroller(caller)
        identifier = _identifier(parts[0])
        await self._check_target(standing, identifier)
        if not await self._membership.added.remove(identifier):
            raise forbidden(f"Member {parts[0]} not found")
        await self._changes.changed()

    async def _delete_all(self, caller: Caller, parts: list[str], body: object) -> None:
        standing = await self._membership.enroller(caller)
        for member in await self._membership.added.all():
            spared = member.attributes.get(ROLE) == ENROLLER and not standing.is_admin
            if member.identifier != caller.identifier and not spared:
                await self._membership.added.remove(member.identifier)
        await self._changes.changed()

    async def _check_target(self, standing: Standing, identifier: bytes) -> None:
        """Administrators are no business of enrollers, and other enrollers only that of administrators."""
        member = await self._membership.get(identifier)
        if member is None:
            return
        if member.added_by == self._membership.authority:
            text = f"{identifier_text(identifier)} belongs to an administrator of the project"
            raise forbidden(f"{text}: use `project-admin delete`")
        if member.attributes.get(ROLE) == ENROLLER and not standing.is_admin:
            raise forbidden("Only an administrator of the project can change enrollers")


def _identifier(text: str) -> bytes:
    try:
        return parse_identifier(text)
    except InvalidAddress as error:
        raise bad(str(error)) from None
