"""Several processes of one orchestrator, and members of its projects that can come by any of them."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from uockam import multiaddr
from uockam.address import Address
from uockam.errors import Error
from uockam.secure.policy import Only
from uockam.secure.session import SecureChannel
from uockam.services.relay_client import RelayClient, Way
from uockam.transport.backoff import Backoff
from uockam_host.cloud.place import Status
from uockam_host.cloud.signin.person import Person, Tokens

from ..host.cloud.conftest import ADA, Client, Cloud, Project

_PROGRAM = str(Path(sys.executable).with_name("uockam"))


class Gateway:
    """One process. Its ports stay when it is started again."""

    def __init__(self, folder: Path, options: Sequence[str]) -> None:
        self._environment = {**os.environ, "UOCKAM_HOME": str(folder)}
        self._options = options
        self.folder = folder
        self.pid = 0

    def command(self, *words: str) -> Any:
        """What `uockam orchestrator` answers."""
        arguments = [_PROGRAM, "orchestrator", *words, "--output", "json"]
        done = subprocess.run(arguments, env=self._environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def start(self) -> None:
        """Returns when it answers."""
        told = self.command("start", *self._options)
        self.pid = told["pid"]
        values = {name: told[name] for name in ("listen", "route", "identifier", "signin_url", "monitor", "pid")}
        self.status = Status(**values, client_id="")

    def kill(self) -> None:
        """As by `kill -9`."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self.pid = 0

    @property
    def log(self) -> str:
        """What it has logged."""
        return (self.folder / "orchestrator" / "orchestrator.log").read_text()

    def route(self, route: str) -> str:
        """A route that the controller gave, by way of this gateway."""
        _, mark, rest = route.partition("/service/")
        return self.status.route.partition("/service/")[0] + mark + rest


class Scaled(Cloud):
    """Several gateways of one orchestrator."""

    def __init__(self, gateways: list[Gateway], database: str) -> None:
        super().__init__(gateways[0].status, Path())
        self.gateways = gateways
        self.database = database
        self.secret = ""

    def token(self, email: str = ADA) -> str:
        """What a person has after signing in."""
        return str(Tokens(self.secret).issue(Person(email, email, "Name", False)))

    async def begin(self) -> "tuple[Client, Project]":
        """An administrator, and a project."""
        connection = await asyncpg.connect(self.database)
        self.secret = await connection.fetchval("SELECT secret FROM signin_secret")
        await connection.close()
        owner = await self.person()
        return owner, await self.project(owner)

    async def end(self) -> None:
        """End what runs in the test."""
        for client in self.clients:
            await client.node.stop()

    async def channel(self, member: Client, project: Project, gateway: Gateway, shown: Any) -> SecureChannel:
        """A channel of a member with the project's node of one gateway."""
        hops = multiaddr.to_route(multiaddr.parse(gateway.route(project.route)))
        return await member.secure.create(hops, policy=Only(project.identifier), credentials=(shown,))


class Roaming(Way):
    """Into a project by the next gateway at each try."""

    def __init__(self, cloud: Scaled, member: Client, project: Project, shown: Any, first: int = 0) -> None:
        self._cloud = cloud
        self._member = member
        self._project = project
        self._shown = shown
        self._next = first
        self.gateway: Gateway | None = None
        self.channel: SecureChannel | None = None

    async def open(self) -> "tuple[Address, ...]":
        self.gateway = self._cloud.gateways[self._next % len(self._cloud.gateways)]
        self._next += 1
        self.channel = await self._cloud.channel(self._member, self._project, self.gateway, self._shown)
        return (self.channel.address,)

    def close(self) -> None:
        if self.channel is not None:
            self.channel.close()
            self.channel = None


async def relay(cloud: Scaled, member: Client, project: Project, name: str, first: int = 0) -> "tuple[RelayClient, Roaming]":
    """A relay that a member keeps, beginning with one gateway."""
    way = Roaming(cloud, member, project, await project.credential(member), first)
    client = RelayClient(member.node, name, way, backoff=Backoff(100, 1000))
    await client.start()
    return client, way


@contextmanager
def gateways(database: str, bus: str, count: int = 3) -> Iterator[list[Gateway]]:
    """Processes that run."""
    folder = Path(tempfile.mkdtemp(prefix="uo-"))
    options = ("--listen", "127.0.0.1:0", "--database", database, "--bus", bus)
    made = [Gateway(folder / str(number), options) for number in range(count)]
    try:
        for gateway in made:
            gateway.start()
        yield made
    finally:
        for gateway in made:
            gateway.kill()
        shutil.rmtree(folder, ignore_errors=True)


async def ask_until(ask: Any) -> Any:
    """What it returns once it does not fail."""
    while True:
        try:
            return await ask()
        except Error:
            continue
