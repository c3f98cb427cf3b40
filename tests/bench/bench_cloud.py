"""An orchestrator under load: devices with channels and relays at one process of its own, and at three of them."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
from measure import Figures, Table, alternate, figure, percentile
from peers import BENCH, ROOT

sys.path.insert(0, str(ROOT))

from tests.host.cloud.conftest import Cloud
from tests.lib.swarm import Membership, Simulated, membership
from tests.multi import servers
from tests.multi.gateways import Gateway, Scaled, gateways

STEPS = (100, 400, 500, 1000)  # devices that are added, one after another
SPREAD = 1500  # devices of three gateways
IDLE_S = 30  # three pings of every device
ROUND_TRIPS = 200  # a round
PEERS, EACH, MESSAGES = 8, 8, 25  # a round of many at a time: peers, asks of each at a time, and one after another
PAYLOAD = b"x" * 128
DIRECT = "direct, a channel over TCP"
EMBEDDED = "relay, one process"
ACROSS = "relay, two of three gateways"


def run(seconds: float) -> Iterator[Table]:
    """What a device costs, how long messages take, and how many get through."""
    with ExitStack() as stack:
        alone = stack.enter_context(_embedded())
        yield from alone.costs()
        sides = {DIRECT: alone.direct(), EMBEDDED: alone.relayed(0)}
        floods = {EMBEDDED: alone.flood(0)}
        try:
            three = stack.enter_context(_scaled())
        except servers.MissingServer as error:
            print(f"without three gateways: {error}", file=sys.stderr)
        else:
            yield three.spread()
            sides[ACROSS] = three.relayed(1)
            floods[ACROSS] = three.flood(1)
        rounds = alternate(sides, seconds / 2)
        title = f"round trip of {len(PAYLOAD)} bytes in a channel from end to end"
        yield Table(f"{title}, p50", "us", figure("p50", rounds), DIRECT, "aim: a relay within 3x")
        yield Table(f"{title}, p99", "us", figure("p99", rounds), DIRECT)
        rounds = alternate(floods, seconds / 2)
        note = "aim: 2,000; each answer is one more"
        yield Table(f"relayed messages, {PEERS * EACH} in flight", "messages/s", figure("rate", rounds), EMBEDDED, note)
        yield Table("processor time of all gateways", "us a message", figure("us", rounds), EMBEDDED)


class Load:
    """Devices in a process of their own, and peers in this one."""

    def __init__(self, stack: ExitStack, made: list[Gateway], database: str, project: Any) -> None:
        routes = [gateway.route(project.route) for gateway in made]
        self._loop = asyncio.new_event_loop()
        self._gateways = [psutil.Process(gateway.pid) for gateway in made]
        self._member: Membership = self._loop.run_until_complete(membership(database, project.id, routes))
        self._devices = stack.enter_context(_devices())
        self.listen = self._tell(database=database, project=project.id, routes=routes)["listen"]
        self._peers: list[Simulated] = []
        stack.callback(self._stop)

    def costs(self) -> Iterator[Table]:
        """What devices that are connected, and get connected, take of the gateway."""
        (process,) = self._gateways
        empty = process.memory_info().rss
        count = 0
        memory, processor, rate = {}, {}, {}
        for step in STEPS:
            before = _processor(process)
            took = self._tell(grow=step, spread=False)["seconds"]
            count += step
            side = f"{count:,} devices"
            memory[side] = [round((process.memory_info().rss - empty) / 1024 / count, 1)]
            processor[side] = [round((_processor(process) - before) * 1000 / step, 2)]
            rate[side] = [round(step / took, 1)]
        whole = process.memory_info().rss / 1024 / 1024
        yield Table("memory of the gateway for a device", "KB", memory, "", f"{whole:.0f} MB in all, aim: within 1024")
        yield Table("processor time of the gateway for a device that comes", "ms", processor, "")
        yield Table("devices that come, with those that simulate them beside", "1/s", rate, "")
        yield from self._idle(process, count)

    def _idle(self, process: psutil.Process, count: int) -> Iterator[Table]:
        used, sent = _processor(process), self._tell(bytes=True)["bytes"]
        start = time.perf_counter()
        time.sleep(IDLE_S)
        took = time.perf_counter() - start
        hourly = (self._tell(bytes=True)["bytes"] - sent) * 3600 / took
        share = (_processor(process) - used) / took * 100
        note = "both directions, without the 40 bytes of TCP and IP that each packet has"
        yield Table("keep-alive of a device", "bytes/h", {"a ping every 10 s": [round(hourly)]}, "", note)
        yield Table(
            "processor time of the gateway with idle devices", "%", {f"{count:,} devices": [round(share, 2)]}, ""
        )

    def spread(self) -> Table:
        """What a device takes of its gateway when there are several."""
        empty = [process.memory_info().rss for process in self._gateways]
        self._tell(grow=SPREAD, spread=True)
        grown = [process.memory_info().rss - before for process, before in zip(self._gateways, empty, strict=True)]
        sides = {"three gateways": [round(sum(grown) / 1024 / SPREAD, 1)]}
        return Table(f"memory of its gateway for one of {SPREAD:,} devices", "KB", sides, "")

    def direct(self) -> Callable[[], Figures]:
        """Measures a channel from a peer straight to the first device."""
        peer = self._peer()
        way = (f"1#{self.listen}", "api")
        channel = self._loop.run_until_complete(peer.secure.create(way, credentials=()))
        return lambda: self._one_at_a_time(peer, channel.address)

    def relayed(self, gateway: int) -> Callable[[], Figures]:
        """Measures a channel from a peer at one gateway through the relay of the first device."""
        peer = self._peer()

        async def reach() -> Any:
            outer = await peer.enter(gateway)
            return await peer.secure.create((outer.address, "forward_to_d0", "api"), credentials=())

        channel = self._loop.run_until_complete(reach())
        return lambda: self._one_at_a_time(peer, channel.address)

    def flood(self, gateway: int) -> Callable[[], Figures]:
        """Measures many peers at one gateway that ask the first device at a time."""
        peers = [self._peer() for _ in range(PEERS)]
        channels = [self._loop.run_until_complete(peer.enter(gateway)) for peer in peers]

        async def ask(peer: Simulated, channel: Any) -> None:
            for _ in range(MESSAGES):
                await peer.node.ask((channel.address, "forward_to_d0", "echo"), PAYLOAD, 60_000)

        async def all_at_once() -> None:
            pairs = [pair for pair in zip(peers, channels, strict=True) for _ in range(EACH)]
            await asyncio.gather(*(ask(*pair) for pair in pairs))

        return lambda: self._many_at_a_time(all_at_once)

    def _one_at_a_time(self, peer: Simulated, channel: Any) -> Figures:
        async def measure() -> list[float]:
            found = []
            for _ in range(ROUND_TRIPS):
                start = time.perf_counter()
                await peer.node.ask((channel, "echo"), PAYLOAD)
                found.append((time.perf_counter() - start) * 1e6)
            return found

        found = self._loop.run_until_complete(measure())
        return {"p50": statistics.median(found), "p99": percentile(found, 0.99)}

    def _many_at_a_time(self, ask: Callable[[], Any]) -> Figures:
        messages = PEERS * EACH * MESSAGES * 2
        used, start = sum(map(_processor, self._gateways)), time.perf_counter()
        self._loop.run_until_complete(ask())
        took = time.perf_counter() - start
        return {"rate": messages / took, "us": (sum(map(_processor, self._gateways)) - used) * 1e6 / messages}

    def _peer(self) -> Simulated:
        self._peers.append(Simulated(self._member, f"peer{len(self._peers)}"))
        return self._peers[-1]

    def _tell(self, **values: object) -> Any:
        self._devices.stdin.write(json.dumps(values) + "\n")
        self._devices.stdin.flush()
        return json.loads(self._devices.stdout.readline())

    def _stop(self) -> None:
        for peer in self._peers:
            self._loop.run_until_complete(peer.node.stop())
        self._loop.close()


@contextmanager
def _embedded() -> Iterator[Load]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="uob-")))
        gateway = Gateway(folder, ("--listen", "127.0.0.1:0"))
        stack.callback(gateway.kill)
        gateway.start()
        file = folder / "orchestrator" / "orchestrator.sqlite3"
        yield Load(stack, [gateway], f"sqlite:///{file}", asyncio.run(_project(Cloud(gateway.status, file))))


@contextmanager
def _scaled() -> Iterator[Load]:
    with ExitStack() as stack:
        nats, postgres = stack.enter_context(servers.nats()), stack.enter_context(servers.postgres())
        database = postgres.url("postgres")
        made = stack.enter_context(gateways(database, f"nats://127.0.0.1:{nats.port}"))
        yield Load(stack, made, database, asyncio.run(_default(Scaled(made, database))))


async def _project(cloud: Cloud) -> Any:
    owner = await cloud.person()
    project = await cloud.project(owner)
    await owner.node.stop()
    return project


async def _default(cloud: Scaled) -> Any:
    async with cloud:
        return cloud.default


@contextmanager
def _devices() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(BENCH / "cloud_devices.py")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def _processor(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system
