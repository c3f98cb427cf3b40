"""The node of a project, and the node of its authority behind it (controller.md 4.5)."""

from collections.abc import Iterable

from uockam.access import Credential
from uockam.log import INFO, log
from uockam.message import Message
from uockam.node import Node
from uockam.secure.policy import Anyone
from uockam.services.echo import Echo

from .authority import start_authority
from .bridge import Bridge
from .bus import Bus, Subscription
from .database import Database
from .door import Door
from .identities import Own
from .metrics import REVOKED
from .news import News
from .presence import DevicesService, Presence, Watched
from .services.issuer import PROJECT
from .services.mailbox import ANY_RELAY, MailboxService
from .services.membership import RELAY, Membership
from .shared_relays import SharedRelays
from .tables.mailboxes import Mailboxes, Quota
from .tables.members import Members
from .tables.projects import Project, Projects

AUTHORITY = "authority"  # where the project's node has the door to its authority


class Admitted(Anyone):
    """A policy of secure channels: with everyone but those whose credentials count no more."""

    def __init__(self) -> None:
        self.revoked: frozenset[bytes] = frozenset()

    def trusts(self, identifier: bytes) -> bool:
        """Whether a channel with this identity may be."""
        return identifier not in self.revoked


class ProjectNode:
    """One project as it runs here. Everything but its `api` demands a credential of its authority."""

    def __init__(self, project: Project, own: Own, authority: Own, database: Database, bus: Bus) -> None:
        self.project = project
        self.node = Node(project.id)
        self.relays = SharedRelays(
            self.node, bus, _subject(project.id), _may_relay, access=Credential(**{PROJECT: project.id})
        )
        self._authority_node = Node(f"{project.id}.{AUTHORITY}")
        self._own = own
        self._authority = authority
        self._members = Members(database, project.id)
        self._projects = Projects(database)
        self._bus = bus
        self._admitted = Admitted()
        self._mailboxes = Mailboxes(database, project.id, Quota())
        self._membership = Membership(project.id, authority.identifier, self._members, self._projects)
        self._channels: Watched | None = None
        self._bridge: Bridge | None = None
        self._news: News | None = None
        self._presence: Presence | None = None
        self._subscription: Subscription | None = None
        self._doors: list[Door] = []

    async def open(self, front: Node) -> None:
        """Run it, and let those in who come to the front with the project's id as their next hop.

        Raises StoreError.
        """
        self._subscription = await self._bus.subscribe(members_subject(self.project.id), self._members_changed)
        self._bus.watch(self._read_members)
        await self._read_members()
        await start_authority(self._authority_node, self._authority, self._membership, self)
        await self._open_node(front)
        self._doors = [Door(self.node, AUTHORITY, self._authority_node), Door(front, self.project.id, self.node)]
        for door in self._doors:
            door.open()

    async def close(self) -> None:
        """End it, and tell so over every channel that it has."""
        if self._subscription is not None:
            await self._subscription.close()
        self._bus.unwatch(self._read_members)
        for closing in (self._bridge, self._news, self._presence):
            if closing is not None:
                await closing.close()
        for node in (self.node, self._authority_node):
            await node.stop()
        for door in self._doors:
            door.close()
        for own in (self._own, self._authority):
            await own.secrets.close()

    async def changed(self) -> None:
        """The members are others now: tell whoever runs this project."""
        await self._bus.publish(members_subject(self.project.id), b"")

    def gauges(self) -> Iterable[tuple[str, int]]:
        """(name, value) of what can be counted."""
        yield "relays", len(self.relays.relays)
        yield "channels", len(self._channels.all) if self._channels else 0

    async def _open_node(self, front: Node) -> None:
        await self.node.start_worker("echo", Echo(), access=self.relays.access)
        await self.relays.start()
        issuer = self._authority.history
        self._channels = Watched(
            self.node, self._own.keys, self._own.identifier, authorities={issuer.identifier: issuer}
        )
        self._channels.mailboxes = self._mailboxes
        self._presence = Presence(self._bus, _subject(self.project.id), self._channels, front.name)
        await self._presence.open()
        devices = DevicesService(self._membership, self._mailboxes, self._presence, self.relays)
        self._news = News(self._bus, _subject(self.project.id), self._channels)
        await self._news.open()
        mailbox = MailboxService(self._mailboxes, self._membership, self._news.tell)
        await self.node.start_worker("mailbox", mailbox, access=self.relays.access)
        await self.node.start_worker("devices", devices, access=self.relays.access)
        await self._channels.listen("api", policy=self._admitted)
        self._bridge = Bridge(self.node, self.relays, self._channels, self._bus)
        await self._bridge.open()

    async def _members_changed(self, _: bytes) -> None:
        await self._read_members()

    async def _read_members(self) -> None:
        self._admitted.revoked = frozenset(await self._members.revoked())
        for channel in tuple(self._channels.all.values()) if self._channels else ():
            if channel.peer is not None and not self._admitted.trusts(channel.peer.identifier):
                log(INFO, "uockam.cloud", f"a removed member of {self.project.id} is cut off")
                channel.close()
                REVOKED.inc()


def members_subject(project_id: str) -> str:
    """Under which it is told that the members of a project are others now."""
    return f"{_subject(project_id)}.members"


def _subject(project_id: str) -> str:
    return f"project.{project_id}"


def _may_relay(message: Message, name: str) -> bool:
    return message.attributes.get(RELAY) in (ANY_RELAY, name)
