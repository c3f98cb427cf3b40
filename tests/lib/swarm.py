"""Simulated devices: nodes with identities, credentials, channels and relays of their own, all in this process."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from uockam import cbor, multiaddr
from uockam.address import Address
from uockam.crypto.steps import last
from uockam.errors import Error
from uockam.identifier import identifier_text
from uockam.node import Node
from uockam.secure import credential
from uockam.secure.credential import Issued
from uockam.secure.keys import Keys
from uockam.secure.policy import Only
from uockam.secure.session import SecureChannel
from uockam.secure.store import MemoryStore
from uockam.secure.workers import SecureChannels
from uockam.services.echo import Echo
from uockam.services.relay_client import RelayClient, Way
from uockam.transport.backoff import Backoff
from uockam.transport.tcp import Tcp
from uockam_host.cloud.identities import fresh, load_identity
from uockam_host.cloud.open import open_database
from uockam_host.cloud.services.membership import PROJECT, RELAY
from uockam_host.cloud.tables.projects import key_owners

_AT_ONCE = 32  # devices that are being connected


class Membership:
    """Of one project: who its node is, where its gateways are, and credentials without asking anybody.

    routes: MultiAddrs of the project's node by each gateway.
    """

    def __init__(self, project_id: str, identifier: bytes, routes: Sequence[str], issue: Callable[..., Any]) -> None:
        self.routes = [multiaddr.to_route(multiaddr.parse(route)) for route in routes]
        self.policy = Only(identifier)
        self._project_id = project_id
        self._issue = issue

    def credential(self, identifier: bytes, relay: str) -> Issued:
        """What a member shows; relay: the name that it may have."""
        item = self._issue(identifier, {PROJECT: self._project_id, RELAY: relay})
        return credential.decode(cbor.encode(item))


async def membership(database: str, project_id: str, routes: Sequence[str]) -> Membership:
    """Of a project in this database; its authority's key signs what the devices show."""
    opened = await open_database(database)
    own, authority = [await load_identity(opened, owner) for owner in key_owners(project_id)]
    await opened.close()
    assert own is not None
    assert authority is not None
    return Membership(project_id, own.identifier, routes, authority.issuer("swarm"))


class Simulated(Way):
    """One device. It keeps its relay by the gateways in turn, and answers at `echo`, by its listener `api`, too."""

    def __init__(self, member: Membership, name: str, first: int = 0) -> None:
        self.name = name
        self.node = Node(name)
        self.tcp = Tcp(self.node)
        keys = Keys(MemoryStore())
        self.identifier = last(keys.create_steps(fresh(), None)).identifier
        self.secure = SecureChannels(self.node, keys, self.identifier)
        self.shown = member.credential(self.identifier, name)
        self.channel: SecureChannel | None = None
        self.relay: RelayClient | None = None
        self._member = member
        self._next = first

    async def start(self) -> None:
        """Returns when its relay is there."""
        await self.node.start_worker("echo", Echo())
        await self.secure.listen("api")
        self.relay = RelayClient(self.node, self.name, self, backoff=Backoff(500, 5000))
        await self.relay.start()
        await self.relay.wait_up()

    async def enter(self, gateway: int) -> SecureChannel:
        """A channel with the project by this gateway."""
        route = self._member.routes[gateway % len(self._member.routes)]
        return await self.secure.create(route, policy=self._member.policy, credentials=(self.shown,))

    async def open(self) -> "tuple[Address, ...]":
        self._next += 1
        self.channel = await self.enter(self._next - 1)
        return (self.channel.address,)

    def close(self) -> None:
        if self.channel is not None:
            self.channel.close()
            self.channel = None

    def text(self) -> str:
        """Who it is."""
        return f"{self.name} {identifier_text(self.identifier)}"


class Swarm:
    """Devices d0, d1, …"""

    def __init__(self, member: Membership) -> None:
        self.devices: list[Simulated] = []
        self._member = member

    async def grow(self, count: int, spread: bool = False) -> None:
        """Connect as many devices more; spread: to the gateways in turn, instead of all to the first one."""
        free = asyncio.Semaphore(_AT_ONCE)

        async def one(device: Simulated) -> None:
            async with free:
                await device.start()

        start = len(self.devices)
        new = [Simulated(self._member, f"d{number}", number if spread else 0) for number in range(start, start + count)]
        self.devices += new
        await asyncio.gather(*map(one, new))

    async def stop(self) -> None:
        """End them all."""
        await asyncio.gather(*(device.node.stop() for device in self.devices))


async def try_until(ask: Callable[[], Any]) -> Any:
    """What it returns once it does not fail."""
    while True:
        try:
            return await ask()
        except Error:
            await asyncio.sleep(0.05)
