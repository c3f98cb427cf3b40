"""A round of bench_secure.py on CPython and MicroPython: `secure_loop.py PART COUNT` prints lines of name=value.

core: both state machines, without nodes. nodes: two nodes and the link in memory between them, in one process.
"""

import asyncio
import sys
import time

from uockam import Connection, Message, Node, Worker
from uockam.crypto.steps import last
from uockam.flow import Flow
from uockam.port import random_bytes
from uockam.route import route
from uockam.secure.channel import OPEN, RECEIVED, Channel
from uockam.secure.keys import Keys
from uockam.secure.noise import key_pair_steps
from uockam.secure.peer import Rules
from uockam.secure.store import MemoryStore
from uockam.secure.workers import Limits, SecureChannels
from uockam.services.echo import Echo
from uockam.transport.memory import pair

PART, COUNT = sys.argv[1], int(sys.argv[2])  # COUNT: handshakes; messages are more by _MESSAGES
_MESSAGES = 10
_FRAMES = 3  # of a handshake
NOW = 1_700_000_000
SMALL = b"\x3f" + b"x" * 63  # a BARE text of 64 bytes
LARGE = bytes(1024)
_LIMITS = Limits(100_000, 1000, 30_000, 1_000_000, 1_000_000)

seconds = getattr(time, "process_time", None) or time.clock  # of the processor: nothing here waits for another process


def fresh():
    return random_bytes(32)


def party():
    """An identity that nobody has seen, as one side of channels."""
    keys = Keys(MemoryStore())
    identifier = last(keys.create_steps(fresh(), NOW)).identifier
    return last(keys.party_steps(identifier, fresh, NOW))


def shaken(one, two):
    """Both sides of a new channel, ready; neither knows the other from before."""
    near = Channel(True, one, last(key_pair_steps(fresh())), Rules({}))
    far = Channel(False, two, last(key_pair_steps(fresh())), Rules({}))
    (first,) = last(near.fire_steps(OPEN))
    (second,) = last(far.fire_steps(RECEIVED, first.data, NOW))
    third = last(near.fire_steps(RECEIVED, second.data, NOW))[0]
    last(far.fire_steps(RECEIVED, third.data, NOW))
    return near, far


def core():
    one, two = party(), party()
    told("handshakes", COUNT, lambda: shaken(one, two))
    near, far = shaken(one, two)
    for name, payload in (("small", SMALL), ("large", LARGE)):
        message = Message(route("echo"), route("00112233445566778899aabbccddeeff"), payload, None, None)
        told(name, COUNT * _MESSAGES, lambda: last(far.fire_steps(RECEIVED, near.seal(message))))  # noqa: B023


def told(name, count, work):
    """Print how often a second the work can be done."""
    start = seconds()
    for _ in range(count):
        work()
    print(f"{name}={count / (seconds() - start)}")


class Counting(Worker):
    """Tells when as many messages as were due have come."""

    def __init__(self):
        self.due = 0
        self.all = asyncio.Event()

    async def handle_message(self, context, message):
        self.due -= 1
        if not self.due:
            self.all.set()


class Counted:
    """The sizes of what two links write, in order."""

    def __init__(self, *links):
        self.sizes = []
        for link in links:
            self._count(link, link.write)

    def _count(self, link, write):
        def counting(data):
            self.sizes.append(len(data))
            write(data)

        link.write = counting


def secured(name):
    node = Node(name)
    keys = Keys(MemoryStore())
    identifier = last(keys.create_steps(fresh(), NOW)).identifier
    SecureChannels(node, keys, identifier, clock=lambda: NOW, limits=_LIMITS)
    return node


def joined(one, two, near, far):
    """The connection of node one, which dialled node two."""
    near.connection = Connection(one, near, Flow())
    far.connection = Connection(two, far, Flow(serves=True))
    near.connection.open()
    far.connection.open()
    return near.connection


async def asked(node, name, where):
    """Print how often a second echo answers."""
    start = seconds()
    for _ in range(COUNT):
        await node.ask(where, SMALL)
    print(f"{name}={COUNT / (seconds() - start)}")


async def nodes():
    one, two = secured("one"), secured("two")
    links = pair(one, two)
    near = joined(one, two, *links)
    counting = Counting()
    await two.start_worker("echo", Echo())
    await two.start_worker("counting", counting)
    await two.secure.listen("api")
    where = (near.address, "api")
    counted = Counted(*links)
    channel = await one.secure.create(where)
    await one.ask((channel.address, "echo"), SMALL)
    print(f"bytes={sum(counted.sizes[:_FRAMES])}")
    start = seconds()
    for _ in range(COUNT):
        (await one.secure.create(where)).close()
    print(f"handshakes={COUNT / (seconds() - start)}")
    await asked(one, "asks", (channel.address, "echo"))
    await asked(one, "plain_asks", (near.address, "echo"))
    for name, payload in (("small", SMALL), ("large", LARGE)):
        counting.due = COUNT * _MESSAGES
        counting.all.clear()
        start = seconds()
        for _ in range(COUNT * _MESSAGES):
            await one.send((channel.address, "counting"), payload)
        await counting.all.wait()
        print(f"{name}={COUNT * _MESSAGES / (seconds() - start)}")
    await one.stop()
    await two.stop()


if PART == "core":
    core()
else:
    asyncio.run(nodes())
