"""The worker `projects` of the controller (controller.md 3.2 and 3.6)."""

from typing import Any

from uockam import api

from ... import __version__
from ...projects.records import PROJECT, ROLE
from ..tables.accounts import Accounts
from ..tables.projects import Project, Projects
from ..tables.spaces import Spaces
from .bodies import NEW_PROJECT, ROLE_ADMIN, SCOPE_PROJECT, SCOPE_SPACE, emails, name
from .fleet import Fleet
from .people import PeopleService, add_admin, list_admins, remove_admin
from .service import Caller, bad, missing

_MAX_PROJECTS = 100  # of one space


class ProjectsService(PeopleService):
    """Answers those who administer projects. A project runs when its creation is answered, so there are no operations
    to poll."""

    def __init__(self, accounts: Accounts, spaces: Spaces, projects: Projects, fleet: Fleet) -> None:
        super().__init__(
            accounts,
            (api.GET, "v0", self._list),
            (api.GET, "v0/*", self._show),
            (api.POST, "v1/spaces/*/projects", self._create),
            (api.GET, "v0/*/admins", self._list_admins),
            (api.PUT, "v0/*/admins/*", self._add_admin),
            (api.DELETE, "v0/*/admins/*", self._remove_admin),
            (api.DELETE, "v0/*/*", self._delete),
            (api.GET, "v1/operations/*", self._operation),
        )
        self._spaces = spaces
        self._projects = projects
        self._fleet = fleet

    async def _list(self, caller: Caller, parts: list[str], body: object) -> Any:
        account = await self.account(caller)
        return [await self._body(project) for project in await self._projects.of(account.who)]

    async def _show(self, caller: Caller, parts: list[str], body: object) -> Any:
        return await self._body(await self._find(caller, parts[0]))

    async def _create(self, caller: Caller, parts: list[str], body: object) -> Any:
        account = await self.account(caller)
        values: dict[str, Any] = NEW_PROJECT.unpack(body)
        space = await self._spaces.get(parts[0], account.who)
        if space is None:
            raise missing("space")
        if len(await self._projects.names(space.id)) >= _MAX_PROJECTS:
            raise bad(f"a space has {_MAX_PROJECTS} projects at most")
        admins = [account.who, *emails(values["admins"])]
        project = await self._fleet.make(space.id, space.name, name(values["name"]), admins)
        if project is None:
            raise api.Reject(api.CONFLICT, f"there is already a project named {values['name']} in this space")
        return await self._body(project)

    async def _delete(self, caller: Caller, parts: list[str], body: object) -> None:
        project = await self._find(caller, parts[1])
        if project.space_id != parts[0]:
            raise missing("project")
        await self._fleet.delete(project.id)

    async def _operation(self, caller: Caller, parts: list[str], body: object) -> Any:
        raise missing("operation")

    async def _list_admins(self, caller: Caller, parts: list[str], body: object) -> Any:
        return await list_admins(self._projects.admins, (await self._find(caller, parts[0])).id)

    async def _add_admin(self, caller: Caller, parts: list[str], body: object) -> Any:
        project = await self._find(caller, parts[0])
        return await add_admin(self._projects.admins, project.id, parts[1])

    async def _remove_admin(self, caller: Caller, parts: list[str], body: object) -> Any:
        project = await self._find(caller, parts[0])
        left = await remove_admin(self._projects.admins, project.id, parts[1])
        await self._fleet.admin_removed(project.id, parts[1])
        return left

    async def _find(self, caller: Caller, id: str) -> Project:
        await self.account(caller)
        if not await self._projects.administers(id, caller.identifier):
            raise missing("project")
        project = await self._projects.get(id)
        if project is None:
            raise missing("project")
        return project

    async def _body(self, project: Project) -> Any:
        route, authority_route = self._fleet.routes(project.id)
        roles = await self._roles(project)
        return PROJECT.pack(
            id=project.id,
            name=project.name,
            space_name=project.space_name,
            access_route=route,
            users=list(roles),
            space_id=project.space_id,
            identity=project.history.identifier,
            authority_access_route=authority_route,
            authority_identity=project.authority.encode().hex(),
            version=__version__,
            running=True,
            user_roles=list(roles.values()),
            project_change_history=project.history.encode().hex(),
        )

    async def _roles(self, project: Project) -> dict[str, object]:
        """By e-mail, the administrators of the project first."""
        scopes: dict[str, int] = {}
        for admins, id, scope in (
            (self._projects.admins, project.id, SCOPE_PROJECT),
            (self._spaces.admins, project.space_id, SCOPE_SPACE),
        ):
            for each in await admins.all(id):
                scopes.setdefault(each.lower(), scope)
        numbers = await self.accounts.numbers(list(scopes))
        return {
            who: ROLE.pack(email=who, id=numbers.get(who, 0), role=ROLE_ADMIN, scope=scope)
            for who, scope in scopes.items()
        }
