"""One round of bench_workers.py, on CPython and MicroPython: prints a line of `name=operations per second` each."""

import asyncio
import sys
import time

from uockam import Node, Worker

COUNT = int(sys.argv[1])  # operations of each kind
CHAIN = 10  # workers that a message passes


class Answering(Worker):
    async def handle_message(self, context, message):
        await context.reply(message, message.payload)


class Passing(Worker):
    """Passes each message on to the next worker."""

    def __init__(self, onward):
        self.onward = onward

    async def handle_message(self, context, message):
        await context.send(self.onward, message.payload)


class Last(Worker):
    async def handle_message(self, context, message):
        pass


async def call(node):
    """The floor: the bare coroutine call that a message cannot do without."""
    worker = Last()
    for _ in range(COUNT):
        await worker.handle_message(None, None)


async def switch(node):
    """What a task between the two would cost: one turn of the event loop."""
    for _ in range(COUNT):
        await asyncio.sleep(0)


async def send(node):
    for _ in range(COUNT):
        await node.send("chain", b"x")


async def chain(node):
    for _ in range(COUNT // CHAIN):
        await node.send("chain0", b"x")


async def ask(node):
    for _ in range(COUNT):
        await node.ask("answering", b"x")


async def prepared():
    node = Node()
    await node.start_worker("answering", Answering())
    await node.start_worker("chain", Last())
    await node.start_worker(f"chain{CHAIN - 1}", Last())
    for at in range(CHAIN - 1):
        await node.start_worker(f"chain{at}", Passing(f"chain{at + 1}"))
    return node


if sys.implementation.name == "micropython":

    def seconds():
        """Of a steady clock, to the microsecond."""
        return time.ticks_us() / 1e6

else:
    seconds = time.perf_counter


async def main():
    node = await prepared()
    for name, run in (("call", call), ("switch", switch), ("send", send), ("chain", chain), ("ask", ask)):
        start = seconds()
        await run(node)
        await asyncio.sleep(0)  # what a chain put off to a task of its own is done too
        print(f"{name}={COUNT / (seconds() - start)}")


asyncio.run(main())
