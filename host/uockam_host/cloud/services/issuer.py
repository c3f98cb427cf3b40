"""The worker `credential_issuer` of an authority: members get the credential that says what they are."""

from typing import Any

from uockam import api

from .accounts import Issue
from .membership import Changes, Membership
from .service import Caller, Service, forbidden


class CredentialIssuer(Service):
    """Answers POST / and POST /credential."""

    def __init__(self, membership: Membership, issue: Issue, changes: Changes) -> None:
        super().__init__((api.POST, "", self._give), (api.POST, "credential", self._give))
        self._membership = membership
        self._issue = issue
        self._changes = changes

    async def _give(self, caller: Caller, parts: list[str], body: object) -> Any:
        standing = await self._membership.standing(caller)
        if standing.attributes is None:
            raise forbidden("you are not a member of this project: ask for a ticket")
        if standing.is_admin and await self._membership.added.is_superseded(caller.identifier):
            await self._changes.changed()  # it may administer the project again
        return self._issue(caller.identifier, self._membership.said(standing.attributes))
