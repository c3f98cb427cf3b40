"""Who is what in a project, which its authority's services share (controller.md 6, secure.md 4.4)."""

from dataclasses import dataclass
from typing import Protocol

from ..tables.members import Member, Members
from ..tables.projects import Projects
from .service import Caller, forbidden

ROLE = "ockam-role"
ENROLLER = "enroller"
RELAY = "ockam-relay"
PROJECT = "trust_context_id"  # what older Ockam nodes look for, and what no credential is without
ANY_RELAY = "*"
_ADMIN_ATTRIBUTES = {ROLE: ENROLLER, RELAY: ANY_RELAY}


class Changes(Protocol):
    """Who has to know that the members of a project are others now; the database says so already."""

    async def changed(self) -> None:
        """Who is one no more has to lose what it holds open."""
        ...


@dataclass(frozen=True)
class Standing:
    """What a caller is: attributes is None for strangers."""

    attributes: dict[str, str] | None
    is_admin: bool

    @property
    def is_enroller(self) -> bool:
        """Whether members and tokens are this one's business."""
        return self.is_admin or (self.attributes or {}).get(ROLE) == ENROLLER


class Membership:
    """The members of one project: those who were added, and the identities of those who administer it."""

    def __init__(self, project_id: str, authority: bytes, members: Members, projects: Projects) -> None:
        """authority: the identifier that vouches for administrators."""
        self.project_id = project_id
        self.authority = authority
        self.added = members
        self._projects = projects

    async def standing(self, caller: Caller) -> Standing:
        """What the caller is now. The credential with which Ockam's command shows that it is an administrator's is not
        needed: whose identity it is, is known here, and until when.
        """
        if await self._projects.administers(self.project_id, caller.identifier):
            return Standing(_ADMIN_ATTRIBUTES, True)
        member = await self.added.get(caller.identifier)
        return Standing(member.attributes if member else None, False)

    async def enroller(self, caller: Caller) -> Standing:
        """The standing of a caller who is an enroller. Raises api.Reject for everyone else."""
        standing = await self.standing(caller)
        if not standing.is_enroller:
            raise forbidden("Non-enroller is trying to manage the members of the project")
        return standing

    async def get(self, identifier: bytes) -> Member | None:
        """The member with this identifier."""
        return (await self.administrators()).get(identifier) or await self.added.get(identifier)

    async def all(self) -> list[Member]:
        """Every member, administrators first."""
        administrators = await self.administrators()
        added = [member for member in await self.added.all() if member.identifier not in administrators]
        return [*administrators.values(), *added]

    def said(self, attributes: dict[str, str]) -> dict[str, str]:
        """What the credential of such a member says."""
        return {**attributes, PROJECT: self.project_id}

    async def superseded(self) -> dict[bytes, dict[str, str] | None]:
        """What a credential would say now of those who may hold one that says something else; None for no members."""
        found = await self.added.superseded()
        administrators = await self.administrators() if found else {}
        now = {
            identifier: administrators[identifier].attributes if identifier in administrators else attributes
            for identifier, attributes in found.items()
        }
        return {
            identifier: None if attributes is None else self.said(attributes) for identifier, attributes in now.items()
        }

    async def administrators(self) -> dict[bytes, Member]:
        """The identities of those who administer the project, as the members that they are."""
        found = await self._projects.admin_identities(self.project_id)
        return {
            identifier: Member(identifier, _ADMIN_ATTRIBUTES, self.authority, enrolled_at)
            for identifier, enrolled_at in found.items()
        }


def may_have(attributes: dict[str, str], name: str) -> bool:
    """Whether a relay of this name, and the name of a mailbox, may be that of a member."""
    return attributes.get(RELAY) in (ANY_RELAY, name)


def check_grant(standing: Standing, wanted: dict[str, str]) -> None:
    """Raises api.Reject for an enroller who would make another one: only administrators do."""
    if wanted.get(ROLE) == ENROLLER and not standing.is_admin:
        raise forbidden("Only an administrator of the project can make enrollers")
