"""Subscribes to a sensor and prints its readings: `python watch.py HOST:PORT [COUNT]`."""

import asyncio
import sys

from uockam import Node, Tcp, Worker


class Watcher(Worker):
    """Prints each reading, and is done after `count` of them."""

    def __init__(self, sensor, count):
        self.sensor = sensor
        self.left = count
        self.done = asyncio.Event()

    async def started(self, context):
        await context.send(self.sensor, "subscribe")

    async def handle_message(self, context, message):
        print("reading", message.text)
        self.left -= 1
        if self.left == 0:
            self.done.set()


async def main(address, count):
    node = Node("watch")
    connection = await Tcp(node).connect(address)
    watcher = Watcher((connection.address, "sensor"), count)
    await node.start_worker("watcher", watcher)
    await watcher.done.wait()
    await node.stop()


asyncio.run(main(sys.argv[1], int((sys.argv[2:] or ["10"])[0])))
