"""A worker and an ask, on CPython or MicroPython: `python doubler.py`."""

import asyncio

from uockam import Node, Worker


class Doubler(Worker):
    """Answers each message with its payload twice."""

    async def handle_message(self, context, message):
        await context.reply(message, message.payload * 2)


async def main():
    node = Node()
    await node.start_worker("doubler", Doubler())
    print(await node.ask("doubler", b"hi"))


asyncio.run(main())
