"""One figure of bench_memory.py: `workers_memory.py uockam|tasks COUNT` prints the bytes that each of so many takes."""

import asyncio
import sys

import psutil


async def uockam(count):
    """Workers of a node, each at its address; then a message to some of them, to show that they are there."""
    from uockam import Node, Worker

    class Echo(Worker):
        async def handle_message(self, context, message):
            await context.reply(message, message.payload)

    node = Node()
    await node.start_worker("first", Echo())
    await node.ask("first", b"x")
    before = resident()
    for at in range(count):
        await node.start_worker(b"w%d" % at, Echo())
    after = resident()
    for at in range(0, count, max(1, count // 100)):
        assert await node.ask(b"w%d" % at, b"hello") == b"hello"
    return after - before


async def tasks(count):
    """What an actor in asyncio usually is: a task that waits for its queue, found by name."""

    async def work(queue):
        while True:
            await queue.get()

    actors = {}
    before = resident()
    for at in range(count):
        queue = asyncio.Queue()
        actors[b"w%d" % at] = (queue, asyncio.create_task(work(queue)))
    await asyncio.sleep(0)
    after = resident()
    for _, task in actors.values():
        task.cancel()
    return after - before


def resident():
    return psutil.Process().memory_info().rss


count = int(sys.argv[2])
print(asyncio.run({"uockam": uockam, "tasks": tasks}[sys.argv[1]](count)) / count)
