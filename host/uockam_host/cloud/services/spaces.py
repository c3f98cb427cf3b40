"""The worker `spaces` of the controller (controller.md 3.1)."""

import uuid
from typing import Any

from uockam import api

from ...projects.records import SPACE, SUBSCRIPTION
from ..tables.accounts import Account, Accounts
from ..tables.projects import Projects
from ..tables.spaces import Space, Spaces
from .bodies import NEW_SPACE, emails, name
from .fleet import Fleet
from .people import PeopleService, add_admin, list_admins, remove_admin
from .service import Caller, bad, missing

_MAX_SPACES = 100  # of one account
_SUBSCRIPTION = SUBSCRIPTION.pack(name="Gold", is_free_trial=False)  # without one, `ockam enroll` waits for ever


class SpacesService(PeopleService):
    """Answers those who administer spaces."""

    def __init__(self, accounts: Accounts, spaces: Spaces, projects: Projects, fleet: Fleet) -> None:
        super().__init__(
            accounts,
            (api.GET, "v0", self._list),
            (api.POST, "v0", self._create),
            (api.GET, "v0/*", self._show),
            (api.DELETE, "v0/*", self._delete),
            (api.GET, "v0/*/admins", self._list_admins),
            (api.PUT, "v0/*/admins/*", self._add_admin),
            (api.DELETE, "v0/*/admins/*", self._remove_admin),
        )
        self._spaces = spaces
        self._projects = projects
        self._fleet = fleet

    async def _list(self, caller: Caller, parts: list[str], body: object) -> Any:
        account = await self.account(caller)
        return [await self._body(space) for space in await self._spaces.of(account.who)]

    async def _show(self, caller: Caller, parts: list[str], body: object) -> Any:
        return await self._body(await self._find(caller, parts[0]))

    async def _create(self, caller: Caller, parts: list[str], body: object) -> Any:
        account = await self.account(caller)
        values: dict[str, Any] = NEW_SPACE.unpack(body)
        await self._check_new(account, name(values["name"]))
        space = Space(str(uuid.uuid4()), values["name"])
        await self._spaces.make(space, [account.who, *emails(values["admins"])])
        return await self._body(space)

    async def _check_new(self, account: Account, wanted: str) -> None:
        names = [space.name for space in await self._spaces.of(account.who)]
        if wanted in names:
            raise api.Reject(api.CONFLICT, f"there is already a space named {wanted}")
        if len(names) >= _MAX_SPACES:
            raise bad(f"{_MAX_SPACES} spaces at most")

    async def _delete(self, caller: Caller, parts: list[str], body: object) -> None:
        space = await self._find(caller, parts[0])
        names = await self._projects.names(space.id)
        if names:
            raise api.Reject(api.CONFLICT, f"the space has projects, delete them first: {', '.join(names[:5])}")
        await self._spaces.delete(space.id)

    async def _list_admins(self, caller: Caller, parts: list[str], body: object) -> Any:
        return await list_admins(self._spaces.admins, (await self._find(caller, parts[0])).id)

    async def _add_admin(self, caller: Caller, parts: list[str], body: object) -> Any:
        return await add_admin(self._spaces.admins, (await self._find(caller, parts[0])).id, parts[1])

    async def _remove_admin(self, caller: Caller, parts: list[str], body: object) -> Any:
        space = await self._find(caller, parts[0])
        left = await remove_admin(self._spaces.admins, space.id, parts[1])
        for id in await self._projects.ids_in(space.id):
            await self._fleet.admin_removed(id, parts[1])
        return left

    async def _find(self, caller: Caller, id: str) -> Space:
        space = await self._spaces.get(id, (await self.account(caller)).who)
        if space is None:
            raise missing("space")
        return space

    async def _body(self, space: Space) -> Any:
        users = await self._spaces.admins.all(space.id)
        return SPACE.pack(id=space.id, name=space.name, users=users, subscription=_SUBSCRIPTION)
