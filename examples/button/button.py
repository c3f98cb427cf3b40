"""Lights the LED of a board for as long as its button is pressed: `python button.py PORT [CHANGES]`.

The button is between pin 4 and ground. The board needs no program, but its services and the pin in its settings:

    {"services": ["gpio", "led"], "gpio": [4]}
"""

import asyncio
import logging
import sys

from uockam import Node, Worker
from uockam_host.node.board import Board


class Button(Worker):
    """Is told of each change of the pin, and is done after so many."""

    def __init__(self, changes):
        self.left = changes
        self.done = asyncio.Event()

    async def started(self, context):
        await context.send("gpio", "watch 4")

    async def handle_message(self, context, message):
        _pin, level = message.text.split()
        print("LED", await context.ask("led", "on" if level == "0" else "off"), flush=True)
        self.left -= 1
        if self.left < 0:  # the first was the level at the start
            self.done.set()


async def main(port, changes):
    node = Node("button")
    board = Board(node, port, log=logging.log)
    running = asyncio.create_task(board.run())
    await board.wait_up(30_000)
    await node.ask("gpio", "mode 4 in-up")
    button = Button(changes)
    await node.start_worker("button", button)
    await button.done.wait()
    running.cancel()
    await asyncio.wait([running])
    await node.stop()


asyncio.run(main(sys.argv[1], int((sys.argv[2:] or ["10"])[0])))
