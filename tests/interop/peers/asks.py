"""Asks the echo and uppercase services of a node, on CPython and MicroPython alike: asks.py HOST:PORT. Prints JSON."""

import asyncio
import json
import sys

from uockam import Node, Tcp
from uockam.errors import ReplyTimeout

MIB = 1024 * 1024


async def one_by_one(node, to, texts):
    answers = []
    for text in texts:
        answers.append(await node.ask(to, text))
    return answers


async def in_flight(node, to, texts):
    return list(await asyncio.gather(*[node.ask(to, text) for text in texts]))


async def late(node, to):
    try:
        return await node.ask(to, "hello", timeout_ms=300)
    except ReplyTimeout as error:
        return str(error)


async def main(target):
    node = Node("asker")
    peer = (await Tcp(node, limit=MIB).connect(target)).address
    texts = ["message %d" % number for number in range(100)]
    result = {
        "uppercase": await node.ask((peer, "uppercase"), "hello"),
        "text": await node.ask((peer, "echo"), "grüße 你好"),
        "bytes": (await node.ask((peer, "echo"), bytes(range(256)))).hex(),
        "empty": len(await node.ask((peer, "echo"), b"")),
        "in sequence": await one_by_one(node, (peer, "echo"), texts),
        "in flight": await in_flight(node, (peer, "echo"), texts),
        "64 KiB": len(await node.ask((peer, "echo"), "x" * 65536)),
        "nobody": await late(node, (peer, "nobody")),
        "after nobody": await node.ask((peer, "echo"), "hello"),
        "by a hop of its own": await node.ask(("1#" + target, "hop", "echo"), "hello"),
    }
    await node.stop()
    print(json.dumps(result))


asyncio.run(main(sys.argv[1]))
