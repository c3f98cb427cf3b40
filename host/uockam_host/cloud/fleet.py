"""The projects that run in this process: each is opened when somebody first comes to it."""

import asyncio
import uuid
from collections.abc import Iterable

from uockam.endpoint import Endpoint
from uockam.errors import Error, NoSuchAddress
from uockam.log import ERROR, log
from uockam.message import Message
from uockam.node import Node

from .bus import Bus
from .database import Database, StoreError
from .identities import load_identity, make_identity
from .project import AUTHORITY, ProjectNode, members_subject
from .tables.accounts import Accounts
from .tables.members import Members
from .tables.projects import Project, Projects, key_owners

_MADE = "projects.made"  # bus subjects; the id follows as the data
_DELETED = "projects.deleted"


class ProjectFleet(Endpoint):
    """Makes, runs and ends projects. It is the front node's gateway: it takes what is for a project not open yet."""

    def __init__(self, front: Node, database: Database, bus: Bus, place: str) -> None:
        """place: the MultiAddr of the front node's port, which routes to projects begin with."""
        super().__init__()
        self.place = place
        self.open_projects: dict[str, ProjectNode] = {}
        self._front = front
        self._database = database
        self._bus = bus
        self._projects = Projects(database)
        self._known: set[str] = set()
        self._failed: set[str] = set()
        self._opening: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Take over what is for projects. Raises StoreError."""
        await self._bus.subscribe(_MADE, self._made)
        await self._bus.subscribe(_DELETED, self._deleted)
        self._bus.watch(self._read)
        await self._read()
        self._front.router.gateway = self

    async def stop(self) -> None:
        """End every project that runs here."""
        for task in self._opening.values():
            task.cancel()
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        for project in tuple(self.open_projects.values()):
            await project.close()

    # -- for the controller -------------------------------------------------------------------------------------------

    async def make(self, space_id: str, space_name: str, name: str, emails: list[str]) -> Project | None:
        """A new project that can be reached; None when the space has one of that name."""
        id = str(uuid.uuid4())
        own, authority = [await make_identity(self._database, owner) for owner in key_owners(id)]
        project = Project(id, name, space_id, space_name, own.history, authority.history)
        if not await self._projects.make(project, emails):
            await self._projects.delete(id)  # the keys
            return None
        await self._bus.publish(_MADE, id.encode())
        return project

    async def delete(self, id: str) -> None:
        """End a project, and forget it."""
        await self._projects.delete(id)
        await self._bus.publish(_DELETED, id.encode())

    async def admin_removed(self, id: str, email: str) -> None:
        """Somebody administers a project no more: the credentials that were given for that end."""
        for identifier in await Accounts(self._database).identities(email):
            if not await self._projects.administers(id, identifier):
                await Members(self._database, id).supersede(identifier)
        await self._bus.publish(members_subject(id), b"")

    def routes(self, id: str) -> tuple[str, str]:
        """MultiAddrs of the project's node and of its authority."""
        route = f"{self.place}/service/{id}"
        return f"{route}/service/api", f"{route}/service/{AUTHORITY}/service/api"

    def gauges(self) -> Iterable[tuple[str, str, int]]:
        """What can be counted (metrics.py)."""
        yield "projects", "Projects that there are.", len(self._known)
        yield "projects_open", "Projects that run in this process.", len(self.open_projects)
        sums = {"relays": 0, "channels": 0, "waiting": 0}
        for project in self.open_projects.values():
            for name, value in project.gauges():
                sums[name] += value
        yield "relays", "Relays that forward now.", sums["relays"]
        yield "channels", "Secure channels with projects.", sums["channels"]
        yield "waiting", "Messages of other gateways that wait for who reads slowly here.", sums["waiting"]

    # -- for the front node -------------------------------------------------------------------------------------------

    def offer(self, message: Message) -> bool:
        """Have the project opened that a message is for. Raises NoSuchAddress."""
        id = message.onward_route[0].value.decode(errors="replace")
        if id not in self._known or id in self._failed:
            self._failed.discard(id)  # the next one may try again
            raise NoSuchAddress("there is no such worker, or it cannot be run now")
        if id not in self._opening:
            self._opening[id] = asyncio.get_running_loop().create_task(self._open(id))
        return False

    async def room(self) -> None:
        """Returns when a project has been opened, and its messages do not come here any more."""
        if self._opening:
            await asyncio.wait(tuple(self._opening.values()), return_when=asyncio.FIRST_COMPLETED)

    async def _open(self, id: str) -> None:
        try:
            await self._open_now(id)
        except Error as error:
            log(ERROR, "uockam.cloud", f"the project {id} could not be opened: {error}")
            self._failed.add(id)
        finally:
            del self._opening[id]

    async def _open_now(self, id: str) -> None:
        project = await self._projects.get(id)
        own, authority = [await load_identity(self._database, owner) for owner in key_owners(id)]
        if project is None or own is None or authority is None:
            raise StoreError("it is not in the database")
        node = ProjectNode(project, own, authority, self._database, self._bus)
        await node.open(self._front)
        self.open_projects[id] = node

    # -- for the bus --------------------------------------------------------------------------------------------------

    async def _read(self) -> None:
        """What the bus may have told while nobody here listened."""
        there = set(await self._projects.ids())
        for id in self._known - there:
            await self._deleted(id.encode())
        self._known |= there

    async def _made(self, data: bytes) -> None:
        self._known.add(data.decode())

    async def _deleted(self, data: bytes) -> None:
        id = data.decode()
        self._known.discard(id)
        if id in self._opening:
            await asyncio.wait([self._opening[id]])
        node = self.open_projects.pop(id, None)
        if node is not None:
            await node.close()
