"""Credentials of a node for projects: fetched, kept, shown, and fetched again in time."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from uockam import api
from uockam.access import Credential
from uockam.crypto.steps import last
from uockam.errors import ConnectionLost, Error
from uockam.identifier import identifier_text
from uockam.message import Message
from uockam.node import Node
from uockam.secure.keys import Keys
from uockam.secure.store import MemoryStore
from uockam.secure.workers import SecureChannels
from uockam.services.requests import Requests
from uockam.transport.tcp import Tcp
from uockam.worker import Context, Worker
from uockam_host.errors import ApiError
from uockam_host.node.ways import Ways
from uockam_host.projects.errors import NoDefaultProject, ProjectError, ProjectNotFound
from uockam_host.projects.known import opened
from uockam_host.projects.membership import AGAIN_S, AHEAD_S, FRESH_S, ISSUER, Membership
from uockam_host.projects.records import Project

from ...lib.patience import PATIENCE_MS

LIFETIME_S = 1000


def fresh() -> bytes:
    return os.urandom(32)


class Party:
    """A node with an identity, that others can reach over TCP."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self.node = Node()
        self.tcp = Tcp(self.node)
        self.keys = Keys(MemoryStore())
        self.history = last(self.keys.create_steps(fresh(), int(clock())))
        self.secure = SecureChannels(self.node, self.keys, self.history.identifier, clock=clock)
        self.address = ""

    async def serve(self) -> None:
        self.address = (await self.tcp.listen(self.address or "127.0.0.1:0")).address
        if not self.secure.listeners:
            await self.secure.listen("api")

    @property
    def route(self) -> str:
        host, _, port = self.address.rpartition(":")
        return f"/ip4/{host}/tcp/{port}/service/api"


class Issuer(Requests):
    """A `credential_issuer`: says what `attributes` say, or refuses when they are None."""

    def __init__(self, party: Party, clock: Callable[[], int]) -> None:
        super().__init__(((api.POST, "", self.issue),))
        self.attributes: dict[bytes, bytes] | None = {b"role": b"member"}
        self.issued = 0
        self._party = party
        self._clock = clock

    async def call(self, handler: object, parts: list[str], body: object, message: Message) -> object:
        return await self.issue(message.identifier)

    async def issue(self, subject: bytes | None) -> object:
        if self.attributes is None or subject is None:
            raise api.Reject(api.FORBIDDEN, "you are not a member")
        self.issued += 1
        identifier = self._party.history.identifier
        steps = self._party.keys.issue_steps(identifier, fresh, subject, self.attributes, self._clock(), LIFETIME_S)
        return last(steps).item()


class Telling(Worker):
    """Answers with the attributes of who asks."""

    async def handle_message(self, context: Context, message: Message) -> None:
        await context.reply(message, repr(sorted(message.attributes.items())).encode())


class World:
    """An authority, a project's node, and the node of a member; the time is what the test says."""

    def __init__(self) -> None:
        self.now = 1_800_000_000
        self.authority, self.project_node, self.member = (Party(lambda: self.now) for _ in range(3))
        self.issuer = Issuer(self.authority, lambda: self.now)
        self.ways = Ways(self.member.node, self.member.tcp, lambda: self.member.secure)
        self.slept: list[float] = []
        self.sleeper: asyncio.Event | None = None
        self.membership = Membership(
            self.member.node, self.ways, lambda: self.member.secure, clock=lambda: self.now, sleep=self._sleep
        )
        self.ways._membership = self.membership

    def _sleep(self, seconds: float) -> Awaitable[object]:
        self.slept.append(seconds)
        self.sleeper = asyncio.Event()
        return self.sleeper.wait()

    async def start(self) -> None:
        for party in (self.authority, self.project_node):
            await party.serve()
        self.project_node.secure.authorities = {self.authority.history.identifier: self.authority.history}
        await self.authority.node.start_worker(ISSUER, self.issuer)
        await self.project_node.node.start_worker("who", Telling(), access=Credential())
        self.project = Project(
            "p1",
            "default",
            access_route=self.project_node.route,
            identity=identifier_text(self.project_node.history.identifier),
            authority_access_route=self.authority.route,
            authority_identity=self.authority.history.encode().hex(),
            project_change_history=self.project_node.history.encode().hex(),
        )
        self.put(self.project)

    def put(self, project: Project) -> None:
        with opened() as known:
            known.projects.put(project)

    async def who(self, name: str = "default") -> str:
        """What the project's node is told of the member."""
        payload = await self.ways.ask((("project", name), ("service", "who")), b"", PATIENCE_MS)
        return payload.decode()

    async def authority_leaves(self) -> None:
        for listener in tuple(self.authority.tcp.listeners):
            listener.close()
        for connection in self.authority.tcp.connections:
            connection.close()


@asynccontextmanager
async def world() -> AsyncIterator[World]:
    one = World()
    await one.start()
    try:
        yield one
    finally:
        for party in (one.member, one.project_node, one.authority):
            await party.node.stop()


MEMBER = "[('role', 'member')]"


async def test_a_node_gets_into_a_project_with_its_credential():
    async with world() as one:
        assert await one.who() == MEMBER
        assert await one.who("p1") == MEMBER


async def test_what_was_fetched_moments_ago_serves_again_and_no_longer():
    async with world() as one:
        await one.who()
        one.now += FRESH_S - 1
        await one.who()
        assert one.issuer.issued == 1
        one.now += 1
        one.issuer.attributes = {b"role": b"chief"}
        assert await one.who() == "[('role', 'chief')]"
        assert one.issuer.issued == 2


async def test_an_older_one_serves_while_the_authority_is_away_and_until_it_ends():
    async with world() as one:
        await one.who()
        await one.authority_leaves()
        one.now += LIFETIME_S - 70
        assert await one.who() == MEMBER
        one.now += 20  # too near to its end
        with pytest.raises(ConnectionLost):
            await one.who()


async def test_one_that_was_kept_by_an_earlier_process_serves_too():
    async with world() as one:
        await one.who()
        await one.authority_leaves()
        one.ways._membership = Membership(one.member.node, one.ways, lambda: one.member.secure, clock=lambda: one.now)
        assert await one.who() == MEMBER


async def test_whoever_is_no_member_any_more_is_told_so_and_the_old_credential_is_forgotten():
    async with world() as one:
        await one.who()
        one.now += FRESH_S
        one.issuer.attributes = None
        with pytest.raises(ApiError, match="The project default says: You are not a member"):
            await one.who()
        await one.authority_leaves()
        with pytest.raises(ConnectionLost):
            await one.who()


async def test_a_channel_that_lasts_shows_the_next_credential_before_the_last_one_ends():
    async with world() as one:
        way = await one.ways.open((("project", "default"),), PATIENCE_MS)
        ask = (*way.hops, "who")
        assert one.slept == [LIFETIME_S - AHEAD_S]
        one.now += LIFETIME_S - AHEAD_S
        one.issuer.attributes = {b"role": b"chief"}
        await woken(one)
        assert (await one.member.node.ask(ask, b"")).decode() == "[('role', 'chief')]"
        assert one.slept[1:] == [LIFETIME_S - AHEAD_S]
        way.close()


async def test_a_refresh_that_fails_is_tried_again():
    async with world() as one:
        way = await one.ways.open((("project", "default"),), PATIENCE_MS)
        one.now += LIFETIME_S - AHEAD_S
        await one.authority_leaves()
        await woken(one)
        assert one.slept[1:] == [AGAIN_S]
        await one.authority.serve()
        await woken(one)
        assert one.issuer.issued == 2
        way.close()


async def test_nothing_is_refreshed_for_a_way_that_was_closed():
    async with world() as one:
        way = await one.ways.open((("project", "default"),), PATIENCE_MS)
        way.close()
        sleeper = one.sleeper
        sleeper.set()
        await asyncio.sleep(0)
        assert (one.issuer.issued, one.sleeper) == (1, sleeper)
        assert one.member.secure.all == {}


async def woken(one: World) -> None:
    """The time of the sleeper has come, and it sleeps again."""
    last_one = one.sleeper
    last_one.set()
    while one.sleeper is last_one:
        await asyncio.sleep(0)


async def test_a_node_that_is_not_the_projects_is_not_trusted():
    async with world() as one:
        one.put(replace(one.project, access_route=one.authority.route))
        with pytest.raises(Error, match="is not trusted here"):
            await one.who()


async def test_an_authority_that_is_not_the_projects_is_not_trusted():
    async with world() as one:
        one.put(replace(one.project, authority_access_route=one.project_node.route))
        with pytest.raises(Error, match="is not trusted here"):
            await one.who()


async def test_a_credential_that_is_none_is_refused():
    async with world() as one:

        async def nonsense(subject: bytes | None) -> object:
            return [1, 2]

        one.issuer.issue = nonsense
        with pytest.raises(ProjectError, match="The authority sent"):
            await one.who()


async def test_a_project_that_is_not_ready_or_not_known_says_what_to_do():
    async with world() as one:
        one.put(replace(one.project, access_route=""))
        with pytest.raises(ProjectError, match="is not ready yet"):
            await one.who()
        with pytest.raises(ProjectNotFound) as caught:
            await one.who("defualt")
        assert "Did you mean `default`?" in caught.value.remedy
        with opened() as known:
            known.projects.delete("p1")
        with pytest.raises(NoDefaultProject):
            await one.who()
