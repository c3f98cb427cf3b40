"""A node with the services, on CPython and MicroPython alike: serves.py HOST:PORT. Prints that once it listens."""

import asyncio
import sys

from uockam import Node, Tcp
from uockam.services import start_default
from uockam.services.hop import Hop


async def main(at):
    node = Node("server")
    await start_default(node)
    await node.start_worker("hop", Hop(), kind="hop")
    listener = await Tcp(node, limit=1024 * 1024).listen(at)
    print(listener.address)
    await node.wait()


asyncio.run(main(sys.argv[1]))
