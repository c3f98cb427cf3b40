"""On the computer: prints what a board sends to the worker `collector`: `python host.py PORT [COUNT]`."""

import asyncio
import logging
import sys

from uockam import Node, Worker
from uockam_host.node.board import Board


class Collector(Worker):
    """Prints the text of each message, and is done after `count` of them."""

    def __init__(self, count):
        self.left = count
        self.done = asyncio.Event()

    async def handle_message(self, context, message):
        print(message.text, flush=True)
        self.left -= 1
        if self.left == 0:
            self.done.set()


async def main(port, count):
    node = Node("host")
    collector = Collector(count)
    await node.start_worker("collector", collector)
    board = Board(node, port, log=logging.log)
    running = asyncio.create_task(board.run())
    await board.wait_up(30_000)
    await collector.done.wait()
    running.cancel()
    await asyncio.wait([running])
    await node.stop()


asyncio.run(main(sys.argv[1], int((sys.argv[2:] or ["10"])[0])))
