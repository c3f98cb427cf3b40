"""Several processes of one orchestrator, and members of its projects that can come by any of them."""

import asyncio
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg

from uockam import multiaddr
from uockam.address import Address
from uockam.errors import Error
from uockam.secure.credential import Issued
from uockam.secure.keys import Keys
from uockam.secure.policy import Only
from uockam.secure.session import SecureChannel
from uockam.secure.store import MemoryStore
from uockam.secure.workers import SecureChannels
from uockam.services.relay_client import PING_MS, RelayClient, Way
from uockam.services.uppercase import Uppercase
from uockam.transport.backoff import Backoff
from uockam_host.cloud.place import Status
from uockam_host.cloud.signin.person import Person, Tokens

from ..host.cloud.conftest import ADA, DELETE, Client, Cloud
from .servers import Server

_CLOCK = Path(__file__).with_name("clock")
_PROGRAM = str(Path(sys.executable).with_name("uockam"))


class Gateway:
    """One process. Its ports stay when it is started again."""

    def __init__(self, folder: Path, options: Sequence[str]) -> None:
        self._clock = folder.with_suffix(".clock")
        self._environment = {**os.environ, "UOCKAM_HOME": str(folder)}
        self._options = options
        self.folder = folder
        self.pid = 0

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """`uockam orchestrator`, after its end."""
        arguments = [_PROGRAM, "orchestrator", *words, "--output", "json"]
        return subprocess.run(arguments, env=self._environment, capture_output=True, text=True, check=False)

    def command(self, *words: str) -> Any:
        """What `uockam orchestrator` answers."""
        done = self.run(*words)
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
            with suppress(ProcessLookupError):  # it was stopped
                os.kill(self.pid, signal.SIGKILL)
            self.pid = 0

    def give_clock(self) -> None:
        """From the next start on it has a clock of its own, which is right."""
        self.set_clock(0)
        self._environment |= {"PYTHONPATH": str(_CLOCK), "UOCKAM_TEST_CLOCK": str(self._clock)}

    def set_clock(self, ahead_s: float) -> None:
        """Let its clock jump to so far ahead of the right time, or with a negative number behind it."""
        with self._clock.open("r+b" if self._clock.exists() else "wb") as file:
            file.write(struct.pack("d", ahead_s))

    @property
    def log(self) -> str:
        """What it has logged."""
        return (self.folder / "orchestrator" / "orchestrator.log").read_text()

    async def gauge(self, name: str) -> int:
        """A number of its monitor."""
        with await asyncio.to_thread(urllib.request.urlopen, f"http://{self.status.monitor}/metrics") as answer:
            lines = answer.read().decode().splitlines()
        return int(float(next(line for line in lines if line.startswith(f"uockam_{name} ")).split()[1]))

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

    async def __aenter__(self) -> "Scaled":
        connection = await asyncpg.connect(self.database)
        self.secret = await connection.fetchval("SELECT secret FROM signin_secret")
        await connection.close()
        self.owner = await self.person()
        self.default = await self.project(self.owner)
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self.clients:
            await client.node.stop()

    def by(self, gateway: Gateway) -> None:
        """Members join by this one from now on."""
        self.default.authority = gateway.route(self.default.authority)

    async def join(self, **attributes: str) -> "tuple[Client, Issued]":
        """A new member of the project, and its credential."""
        member = await self.member(self.owner, self.default, **attributes)
        return member, await self.default.credential(member)

    async def remove(self, member: Client) -> None:
        """It is no member any more."""
        path = f"I{member.identifier.hex()}"
        answer = await self.owner.ask("direct_authenticator", DELETE, path, at=self.default.authority)
        assert answer == (200, None)

    async def device(self, name: str, first: int = 0) -> "Device":
        """A new member that keeps a relay of this name, beginning with one gateway."""
        device = Device(self, *await self.join(ockam_relay=name))
        await device.client.node.start_worker("uppercase", Uppercase())
        await device.client.secure.listen("api")
        await device.keep_relay(name, first)
        return device

    async def channel(self, member: Client, shown: Issued, gateway: Gateway) -> SecureChannel:
        """A channel of a member with the project's node of one gateway."""
        hops = multiaddr.to_route(multiaddr.parse(gateway.route(self.default.route)))
        return await member.secure.create(hops, policy=Only(self.default.identifier), credentials=(shown,))

    async def peer(self, gateway: int) -> "Peer":
        """A new member with a channel to the project by one gateway."""
        member, shown = await self.join()
        return Peer(member, await self.channel(member, shown, self.gateways[gateway]))

    async def gauges(self, name: str) -> list[int]:
        """A number of the monitor of each gateway that runs."""
        return [await gateway.gauge(name) for gateway in self.gateways if gateway.pid]


class Peer:
    """Sends messages through relays."""

    def __init__(self, client: Client, channel: SecureChannel) -> None:
        self.client = client
        self.channel = channel

    async def ask(self, name: str, text: str = "hello", timeout_ms: int = 5000) -> str:
        """What the device of this name makes of a text."""
        way = (self.channel.address, f"forward_to_{name}", "uppercase")
        return str(await self.client.node.ask(way, text, timeout_ms))

    async def inner(self, name: str) -> SecureChannel:
        """A channel with the device of this name, end to end."""
        return await self.client.secure.create((self.channel.address, f"forward_to_{name}", "api"), credentials=())


class Device:
    """Answers through its relay, which it keeps wherever there is a gateway."""

    def __init__(self, cloud: Scaled, client: Client, shown: Issued) -> None:
        self.client = client
        self._cloud = cloud
        self.shown = shown

    async def keep_relay(self, name: str, first: int, ping_ms: int = PING_MS) -> None:
        """Returns before it is there. ping_ms: in place of what pings wait for one another."""
        after = self.client.node.runner.after

        def pinging(delay_ms: int, callback: Callable[[], object]) -> Any:
            return after(ping_ms if delay_ms == PING_MS else delay_ms, callback)

        self.way = Roaming(self._cloud, self.client, self.shown, first)
        self.relay = RelayClient(self.client.node, name, self.way, pinging, Backoff(100, 1000))
        await self.relay.start()

    async def twin(self) -> "Device":
        """Another device with the same identity, as from a copy of its vault."""
        kept, copy = self.client.secure.keys.store, self._cloud.client()
        store = MemoryStore()
        store.put({name: kept.get(name) for name in kept.names()})
        copy.identifier = self.client.identifier
        copy.secure = SecureChannels(copy.node, Keys(store), copy.identifier)
        return Device(self._cloud, copy, self.shown)


class Roaming(Way):
    """Into a project by the next gateway at each try."""

    def __init__(self, cloud: Scaled, member: Client, shown: Issued, first: int) -> None:
        self._cloud = cloud
        self._member = member
        self._shown = shown
        self._next = first
        self.gateway: Gateway | None = None
        self.channel: SecureChannel | None = None

    async def open(self) -> "tuple[Address, ...]":
        self.gateway = self._cloud.gateways[self._next % len(self._cloud.gateways)]
        self._next += 1
        self.channel = await self._cloud.channel(self._member, self._shown, self.gateway)
        return (self.channel.address,)

    def close(self) -> None:
        if self.channel is not None:
            self.channel.close()
            self.channel = None


@contextmanager
def gateways(database: str, bus: str, count: int = 3, clocks: bool = False) -> Iterator[list[Gateway]]:
    """Processes that run; clocks: each with one of its own."""
    folder = Path(tempfile.mkdtemp(prefix="uo-"))
    options = ("--listen", "127.0.0.1:0", "--database", database, "--bus", bus)
    made = [Gateway(folder / str(number), options) for number in range(count)]
    for gateway in made if clocks else ():
        gateway.give_clock()
    try:
        with ThreadPoolExecutor(count) as at_once:
            list(at_once.map(Gateway.start, made))
        yield made
    finally:
        for gateway in made:
            gateway.kill()
        shutil.rmtree(folder, ignore_errors=True)


def bus(nats: Server) -> str:
    """The URL of the bus at this broker."""
    return f"nats://127.0.0.1:{nats.port}"


async def until(ask: "Callable[[], Awaitable[Any]]", right: "Callable[[Any], bool]" = bool) -> Any:
    """What it returns once that is right, and nothing fails."""
    while True:
        with suppress(Error):
            found = await ask()
            if right(found):
                return found
        await asyncio.sleep(0.05)
