"""The node of a project, and the node of its authority behind it (controller.md 4.5)."""

from collections.abc import Iterable

from uockam.access import Credential
from uockam.message import Message
from uockam.node import Node
from uockam.services.echo import Echo
from uockam.services.relay import Relay
from uockam.worker import Worker

from .admission import Admission
from .authority import start_authority
from .bridge import Bridge
from .bus import Bus, Hearer, Subscription
from .database import Database
from .door import Door
from .identities import Own
from .news import News
from .presence import DevicesService, Presence
from .services.mailbox import MailboxService
from .services.membership import PROJECT, Membership, may_have
from .shared_relays import SharedRelays
from .tables.mailboxes import Mailboxes, Quota
from .tables.members import Members
from .tables.projects import Project, Projects
from .watched import Watched

AUTHORITY = "authority"  # where the project's node has the door to its authority


class ProjectNode(Hearer):
    """One project as it runs here. Everything but its `api` demands a credential of its authority."""

    def __init__(self, project: Project, own: Own, authority: Own, database: Database, bus: Bus) -> None:
        self.project = project
        self.subject = members_subject(project.id)
        self.node = Node(project.id)
        self.relays = SharedRelays(
            self.node, bus, _subject(project.id), _may_relay, access=Credential(**{PROJECT: project.id})
        )
        self._authority_node = Node(f"{project.id}.{AUTHORITY}")
        self._own = own
        self._authority = authority
        self._bus = bus
        self._subject = _subject(project.id)
        self._mailboxes = Mailboxes(database, project.id, Quota())
        members = Members(database, project.id)
        self._membership = Membership(project.id, authority.identifier, members, Projects(database))
        self._admission = Admission(self._membership)
        self._channels = Watched(self.node, own, authority, self._admission, self._mailboxes)
        self._bridge = Bridge(self.node, self.relays, self._channels, bus)
        self._subscriptions: list[Subscription] = []
        self._doors: list[Door] = []

    async def open(self, front: Node) -> None:
        """Run it, and let those in who come to the front with the project's id as their next hop.

        Raises StoreError.
        """
        news = News(self._bus, self._subject, self._channels)
        presence = Presence(self._bus, self._subject, self._channels, front.name)
        for hearer in (self, news, presence):
            self._subscriptions.append(await self._bus.subscribe(hearer.subject, hearer.heard))
        self._bus.watch(self._read_members)
        await self._read_members()
        await start_authority(self._authority_node, self._authority, self._membership, self)
        await self._open_node(news, presence)
        self._doors = [Door(self.node, AUTHORITY, self._authority_node), Door(front, self.project.id, self.node)]
        for door in self._doors:
            door.open()

    async def close(self) -> None:
        """End it, and tell so over every channel that it has."""
        for subscription in self._subscriptions:
            await subscription.close()
        self._bus.unwatch(self._read_members)
        await self._bridge.close()
        for node in (self.node, self._authority_node):
            await node.stop()
        for door in self._doors:
            door.close()
        for own in (self._own, self._authority):
            await own.secrets.close()

    async def changed(self) -> None:
        """The members are others now: tell whoever runs this project."""
        await self._bus.publish(self.subject, b"")

    def gauges(self) -> Iterable[tuple[str, int]]:
        """(name, value) of what can be counted."""
        yield "relays", len(self.relays.relays)
        yield "channels", len(self._channels.all)
        yield "waiting", self._bridge.waiting()

    async def heard(self, data: bytes) -> None:
        """The members are others now."""
        await self._read_members()

    async def _open_node(self, news: News, presence: Presence) -> None:
        await self.node.start_worker("echo", Echo(), access=self.relays.access)
        await self.relays.start()
        workers: dict[str, Worker] = {
            "mailbox": MailboxService(self._mailboxes, self._membership, news.tell),
            "devices": DevicesService(self._membership, self._mailboxes, presence, self.relays),
        }
        for address, worker in workers.items():
            await self.node.start_worker(address, worker, access=self.relays.access)
        await self._channels.listen("api", policy=self._admission)
        await self._bridge.open()

    async def _read_members(self) -> None:
        await self._admission.read()
        self._channels.check()
        for relay in tuple(self.relays.relays.values()):
            self._check_relay(relay)

    def _check_relay(self, relay: Relay) -> None:
        """Who may not have a relay any more loses the channel with it, and so hears of it."""
        channel = self._channels.all.get(relay.way[0].value)
        if channel is not None and not may_have(channel.flow.attributes, relay.name):
            channel.close()


def members_subject(project_id: str) -> str:
    """Under which it is told that the members of a project are others now."""
    return f"{_subject(project_id)}.members"


def _subject(project_id: str) -> str:
    return f"project.{project_id}"


def _may_relay(message: Message, name: str) -> bool:
    return may_have(message.attributes, name)
