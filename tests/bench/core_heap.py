"""The board's side of bench_heap.py: `core_heap.py PART WORKERS` brings a part of the core up and prints bytes of heap.

First what it holds more than before; then, unless WORKERS is 0, what each of so many workers adds to that.
"""

import asyncio
import gc
import sys

gc.threshold(8192)  # as a board's boot.py does (firmware/device/start/boot.py)


def held():
    """Bytes of the heap that are in use."""
    gc.collect()
    return gc.mem_alloc()


async def nothing():
    """The floor: an event loop that runs a coroutine."""


async def node():
    from uockam import Node
    from uockam.services import start_default

    made = Node("board")
    await start_default(made)
    return made


async def tcp():
    from uockam import Tcp

    made = await node()
    Tcp(made)
    return made


async def serial():
    from uockam.transport.connection import Connection
    from uockam.transport.serial import Serial

    made = await node()
    made.serial = Serial, Connection
    return made


async def board():
    __import__("device.main")


async def per_worker(node, count):
    from uockam import Worker

    before = held()
    for at in range(count):
        await node.start_worker(f"w{at}", Worker())
    return (held() - before) // count


async def main(part, count):
    before = held()
    made = await part()
    print(held() - before)
    if count:
        print(await per_worker(made, count))


parts = {"nothing": nothing, "node": node, "tcp": tcp, "serial": serial, "board": board}
asyncio.run(main(parts[sys.argv[1]], int(sys.argv[2])))
