"""A node of ours that is driven by lines, on CPython and MicroPython alike: driven.py PORT.

It knows the commands of the node of Ockam's crates, and answers as that does; ../rust/src/commands.rs lists them.
"""

import asyncio
import sys

from uockam import Node, Tcp, Worker
from uockam.errors import Error
from uockam.message import name_of
from uockam.route import parse
from uockam.services import start_default
from uockam.services.hop import Hop


class Who(Worker):
    """Answers with the identifier that a channel proved, or with an empty text."""

    async def handle_message(self, context, message):
        await context.reply(message, "")


class Driven:
    """The node, and a method for each command."""

    def __init__(self):
        self.node = Node("driven")
        self.tcp = Tcp(self.node)
        self.identifier = "-"

    async def start(self, port):
        await start_default(self.node)
        await self.node.start_worker("hop", Hop())
        await self.node.start_worker("who", Who())
        await self.tcp.listen("127.0.0.1:" + port)

    async def run(self, line):
        words = line.split()
        return await getattr(self, "do_" + words[0])(*words[1:])

    async def do_connect(self, to):
        return name_of((await self.tcp.connect(to)).address)

    async def do_ask(self, milliseconds, to, text):
        return await self.node.ask(parse(to), text, int(milliseconds))

    async def do_repeat(self, count, to):
        onward = parse(to)
        right = 0
        for turn in range(int(count)):
            text = "message %d" % turn
            right += await self.node.ask(onward, text) == text
        return str(right)


async def lines():
    """What gives the lines of the standard input."""
    if sys.implementation.name == "micropython":
        return asyncio.StreamReader(sys.stdin)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def main(port):
    driven = Driven()
    await driven.start(port)
    print(driven.identifier, port)
    source = await lines()
    while True:
        line = await source.readline()
        if not line:
            break
        try:
            print("ok", await driven.run(line if isinstance(line, str) else line.decode()))
        except Error as error:
            print("error", error)
    await driven.node.stop()


asyncio.run(main(sys.argv[1]))
