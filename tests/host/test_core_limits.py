"""The core at the sizes that a host reaches: workers, connections, and peers that are slow."""

import asyncio
import gc
import tracemalloc

from uockam import Node, Tcp, Worker
from uockam.message import Message
from uockam.services.echo import Echo
from uockam.transport.tcp import Listener

WORKERS = 300_000
CONNECTIONS = 200
MOST_BYTES = 600  # for each idle worker with its address; the project's aim is a kibibyte


class Idle(Worker):
    """Answers with its number."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    async def handle_message(self, context: object, message: Message) -> None:
        await context.reply(message, b"%d" % self.number)  # type: ignore[attr-defined]


class Counting(Worker):
    """Is at each message for a turn of the loop."""

    def __init__(self) -> None:
        self.count = 0
        self.gate = asyncio.Event()

    async def handle_message(self, context: object, message: Message) -> None:
        await self.gate.wait()
        self.count += 1


async def started(count: int) -> Node:
    node = Node()
    for number in range(count):
        await node.start_worker(f"w{number}", Idle(number))
    return node


def test_a_node_has_300000_workers() -> None:
    async def run() -> None:
        node = await started(WORKERS)
        assert len(node.workers()) == WORKERS
        for number in (0, 1, WORKERS // 2, WORKERS - 1):
            assert await node.ask(f"w{number}", b"") == b"%d" % number
        await node.stop()
        assert node.workers() == []

    asyncio.run(run())


def test_an_idle_worker_takes_little_memory() -> None:
    async def run() -> int:
        await started(10)
        gc.collect()
        tracemalloc.start()
        node = await started(10_000)
        for number in range(10_000):
            await node.send((f"w{number}",), b"", ())
        gc.collect()
        size, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await node.stop()
        return size // 10_000

    assert asyncio.run(run()) < MOST_BYTES


async def joined(count: int) -> tuple[Node, Node, Listener, list[tuple[object, str]]]:
    server, client = Node("server"), Node("client")
    listener = await Tcp(server).listen()
    dialler = Tcp(client)
    routes = [((await dialler.connect(listener.address)).address, "echo") for _ in range(count)]
    return server, client, listener, routes


def test_many_connections_at_a_time_are_served() -> None:
    async def run() -> None:
        server, client, _, routes = await joined(CONNECTIONS)
        await server.start_worker("echo", Echo())
        asks = [client.ask(route, b"%d" % number) for number, route in enumerate(routes * 3)]
        assert await asyncio.gather(*asks) == [b"%d" % number for number in range(CONNECTIONS * 3)]
        await client.stop()
        await server.stop()
        assert (len(server.connections), len(client.connections)) == (0, 0)
        assert len(server.router.endpoints) == len(client.router.endpoints) == 0

    asyncio.run(run())


def test_a_slow_worker_makes_its_remote_senders_wait_and_gets_everything() -> None:
    count, size = 400, 64 * 1024

    async def run() -> None:
        server, client, _, routes = await joined(1)
        worker = Counting()
        await server.start_worker("echo", worker)
        sent = 0

        async def send() -> None:
            nonlocal sent
            for _ in range(count):
                await client.send(routes[0], bytes(size))
                sent += 1

        sending = asyncio.create_task(send())
        (near,), (far,) = client.connections, server.connections
        while not near.link.full() or far.link._transport.is_reading():  # type: ignore[attr-defined]
            await asyncio.sleep(0)
        assert 0 < sent < count
        worker.gate.set()
        await sending
        while worker.count < count:
            await asyncio.sleep(0)
        await client.stop()
        await server.stop()

    asyncio.run(run())
