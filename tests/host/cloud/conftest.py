"""An orchestrator inside the test, and identities that ask it over channels of their own."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from uockam import api, cbor, multiaddr
from uockam.crypto.steps import last
from uockam.identifier import identifier_text, parse_identifier
from uockam.node import Node
from uockam.secure import credential
from uockam.secure.keys import Keys
from uockam.secure.policy import Only
from uockam.secure.session import SecureChannel
from uockam.secure.store import MemoryStore
from uockam.secure.workers import SecureChannels
from uockam.transport.tcp import Tcp
from uockam_host.cloud.identities import fresh
from uockam_host.cloud.orchestrator import Orchestrator
from uockam_host.cloud.place import Settings, Status
from uockam_host.cloud.signin.person import Person, Tokens
from uockam_host.projects.records import PROJECT

ADA = "ada@example.com"
GET, POST, PUT, DELETE = api.GET, api.POST, api.PUT, api.DELETE


class Client:
    """A node with an identity of its own."""

    def __init__(self, status: Status) -> None:
        self.status = status
        self.node = Node()
        self.tcp = Tcp(self.node)
        keys = Keys(MemoryStore())
        self.identifier = last(keys.create_steps(fresh(), None)).identifier
        self.secure = SecureChannels(self.node, keys, self.identifier)

    async def channel(self, route: str, credentials: Any = ()) -> SecureChannel:
        """A channel to the listener at the end of the route."""
        hops = multiaddr.to_route(multiaddr.parse(route))
        return await self.secure.create(hops, credentials=credentials)

    async def ask(self, worker: str, method: int, path: str, body: Any = None, at: str = "", shows: Any = ()) -> Any:
        """(status, body) of the answer of a worker behind the route `at`, by default the controller."""
        channel = await self.channel(at or self.status.route, shows)
        try:
            payload = api.encode_request(1, method, path, body)
            answer = api.decode_response(await self.node.ask((channel.address, worker), payload))
        finally:
            channel.close()
        return answer.status, answer.body

    async def get(self, worker: str, path: str, **more: Any) -> Any:
        """The body of what must be there."""
        status, body = await self.ask(worker, GET, path, **more)
        assert status == 200, body
        return body


class Cloud:
    """What runs."""

    def __init__(self, status: Status, file: Path) -> None:
        self.status = status
        self.file = file
        self.clients: list[Client] = []

    @property
    def identifier(self) -> bytes:
        """Of the controller."""
        return parse_identifier(self.status.identifier)

    def client(self) -> Client:
        """Somebody whom the orchestrator does not know."""
        self.clients.append(Client(self.status))
        return self.clients[-1]

    def token(self, email: str = ADA) -> str:
        """What a person has after signing in."""
        with sqlite3.connect(self.file) as connection:
            (secret,) = connection.execute("SELECT secret FROM signin_secret").fetchone()
        connection.close()
        return Tokens(secret).issue(Person(email, email, "Name", False))

    async def person(self, email: str = ADA) -> Client:
        """An identity of somebody who has enrolled."""
        client = self.client()
        answer = await client.ask("auth0_authenticator", POST, "v0/enroll", {1: 0, 2: self.token(email)})
        assert answer == (200, None)
        return client

    async def project(self, owner: Client, name: str = "default") -> "Project":
        """A new project in the first space of somebody."""
        (space, *_) = await owner.get("spaces", "/v0/")
        status, body = await owner.ask("projects", POST, f"/v1/spaces/{space[1]}/projects", {1: name, 3: []})
        assert status == 200, body
        return Project(PROJECT.unpack(body))

    async def member(self, owner: Client, project: "Project", **attributes: str) -> Client:
        """A new member of a project."""
        client = self.client()
        body = {1: client.identifier, 2: {key.replace("_", "-"): value for key, value in attributes.items()}}
        assert await owner.ask("direct_authenticator", POST, "/", body, at=project.authority) == (200, None)
        return client


async def membership(project: "Project", enroller: Client, relay: str) -> dict[str, str]:
    """The setting `project` of a board that the authority knows as a member."""
    issuer = (await project.credential(enroller)).attestation.subject
    return {
        "name": "default",
        "route": project.route,
        "identifier": identifier_text(project.identifier),
        "authority": project.authority,
        "issuer": identifier_text(issuer),
        "relay": relay,
    }


class Project:
    """What the controller tells of a project."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.id: str = values["id"]
        self.space_id: str = values["space_id"]
        self.route: str = values["access_route"]
        self.authority: str = values["authority_access_route"]
        self.identifier: bytes = values["identity"]
        self.values = values

    async def credential(self, member: Client) -> credential.Issued:
        """What the authority gives to a member."""
        status, body = await member.ask("credential_issuer", POST, "/", at=self.authority)
        assert status == 200, body
        return credential.decode(cbor.encode(body))

    async def channel(self, member: Client, shown: "credential.Issued | None" = None) -> SecureChannel:
        """A channel of a member with the project's node."""
        shown = shown or await self.credential(member)
        hops = multiaddr.to_route(multiaddr.parse(self.route))
        return await member.secure.create(hops, policy=Only(self.identifier), credentials=(shown,))


@asynccontextmanager
async def serving(file: Path, **settings: str) -> AsyncIterator[Cloud]:
    """An orchestrator whose database is this file."""
    orchestrator = Orchestrator(Settings(listen="127.0.0.1:0", database=f"sqlite:///{file}", **settings))
    cloud = None
    try:
        cloud = Cloud(await orchestrator.start(), file)
        yield cloud
    finally:
        for client in cloud.clients if cloud else ():
            await client.node.stop()
        await orchestrator.stop()


@pytest.fixture
def running(tmp_path: Path) -> AbstractAsyncContextManager[Cloud]:
    """A new orchestrator, to be entered."""
    return serving(tmp_path / "orchestrator.sqlite3")
