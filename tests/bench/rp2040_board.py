"""The board's side of bench_rp2040.py: its coroutines print lines of name=value. Times are those of the board.

The USB interrupt is masked while something is timed: the emulated host makes so many that they would be what is timed.
"""

import asyncio
import gc
import time

import machine

from uockam import Worker

_USB = 1 << 5  # its number among the interrupts
_COUNT = 400  # operations of each kind: garbage is collected at least once meanwhile, as it is on a board that works
_CHAIN = 10  # workers that a message passes
_FRAMES = 21
_PAYLOAD = b"\x3f" + b"x" * 63  # a BARE text of 64 bytes


def quiet(on):
    """Mask the USB interrupt, or let it come again."""
    machine.mem32[0xE000E180 if on else 0xE000E100] = _USB


def held():
    """Bytes of the heap that are in use."""
    gc.collect()
    return gc.mem_alloc()


async def timed(name, count, work):
    """Operations per second."""
    gc.collect()
    quiet(True)
    start = time.ticks_us()
    await work()
    took = time.ticks_diff(time.ticks_us(), start)
    quiet(False)
    print(f"{name}={count * 1000000 // took}")


class Answering(Worker):
    async def handle_message(self, context, message):
        await context.reply(message, message.payload)


class Last(Worker):
    async def handle_message(self, context, message):
        pass


class Ending(Worker):
    """The end of a chain: tells when the last message of a round has come."""

    def __init__(self):
        self.due = _COUNT // _CHAIN
        self.all = asyncio.Event()

    async def handle_message(self, context, message):
        self.due -= 1
        if not self.due:
            self.all.set()


class Passing(Worker):
    def __init__(self, onward):
        self.onward = onward

    async def handle_message(self, context, message):
        await context.send(self.onward, message.payload)


class Busy(Worker):
    async def handle_message(self, context, message):
        await asyncio.sleep(3600)


async def workers():
    """As workers_loop.py, whose figures are of this kind, does it on the unix port."""
    from uockam import Node

    node = Node()
    ending = Ending()
    last = Last()
    await node.start_worker("answering", Answering())
    await node.start_worker("last", last)
    await node.start_worker(f"chain{_CHAIN - 1}", ending)
    for at in range(_CHAIN - 1):
        await node.start_worker(f"chain{at}", Passing(f"chain{at + 1}"))

    async def call():
        for _ in range(_COUNT):
            await last.handle_message(None, None)

    async def switch():
        for _ in range(_COUNT):
            await asyncio.sleep(0)

    async def send():
        for _ in range(_COUNT):
            await node.send("last", b"x")

    async def chain():
        for _ in range(_COUNT // _CHAIN):
            await node.send("chain0", b"x")
        await ending.all.wait()

    async def ask():
        for _ in range(_COUNT):
            await node.ask("answering", b"x")

    for work in (call, switch, send, chain, ask):
        await timed(work.__name__, _COUNT, work)


class Line:
    """Keeps what is written."""

    name = "memory"

    def __init__(self):
        self.written = b""

    def write(self, data):
        self.written += data

    def full(self):
        return False

    def take(self):
        data, self.written = self.written, b""
        return data


async def linked(node):
    """(a node's Serial, its line, the Arq at the other end): the link is up, versions have been exchanged."""
    from uockam.flow import Flow
    from uockam.transport.arq import Arq
    from uockam.transport.connection import Connection
    from uockam.transport.serial import Serial

    line = Line()
    serial = Serial(node.runner, line, lambda link: Connection(node, link, Flow(True, True, True)))
    far = Arq(1, time.ticks_ms())
    serial.start()
    while not serial.up or far.state != "connected":
        serial.received(far.output(time.ticks_ms()))
        far.feed(line.take(), time.ticks_ms())
    far.write(b"\x01")
    serial.received(far.output(time.ticks_ms()))
    far.feed(line.take(), time.ticks_ms())
    return serial, line, far


def message(to):
    from uockam import wire
    from uockam.message import Message
    from uockam.route import route

    return wire.frame(Message(route(to), route("00112233445566778899aabbccddeeff"), _PAYLOAD, None, None))


async def link():
    """One frame in to the reply out, in us, and what of that goes where."""
    from uockam import Node, wire
    from uockam.services import start_default

    node = Node()
    await start_default(node)
    serial, line, far = await linked(node)
    ask = message("echo")
    times = []
    for _ in range(_FRAMES):
        far.write(ask)
        data = far.output(time.ticks_ms())
        gc.collect()
        quiet(True)
        start = time.ticks_us()
        serial.received(data)
        times.append(time.ticks_diff(time.ticks_us(), start))
        quiet(False)
        far.feed(line.take(), time.ticks_ms())
    times.sort()
    print(f"reply={times[_FRAMES // 2]}")
    print(f"reply_most={times[-1]}")
    await node.start_worker("00112233445566778899aabbccddeeff", Last())  # the return route of `ask`
    made = wire.decode(ask[4:])
    for name, work in (
        ("decode", lambda: wire.decode(ask[4:])),
        ("deliver", lambda: node.take(made)),
        ("encode", lambda: wire.frame(made)),
    ):
        print(f"{name}={us(work)}")
    await node.stop()


def us(work):
    """Microseconds that one call takes, of the second of two."""
    work()
    gc.collect()
    quiet(True)
    start = time.ticks_us()
    work()
    took = time.ticks_diff(time.ticks_us(), start)
    quiet(False)
    return took


async def parts():
    """Heap that is left once each part is up, one after another."""
    print(f"free_asyncio={free()}")
    from uockam import Node
    from uockam.services import start_default

    node = Node()
    await start_default(node)
    print(f"free_node={free()}")
    from uockam.services.manager import Manager

    await Manager(node).start()
    print(f"free_manager={free()}")
    made = await linked(node)
    print(f"free_link={free()}")
    await node.stop()
    del made


def free():
    gc.collect()
    return gc.mem_free()


async def flight():
    """Heap held by each message that waits for a busy worker, as it came over the link."""
    from uockam import Node

    node = Node()
    await node.start_worker("busy", Busy())
    serial, line, far = await linked(node)
    counts = []
    for count in (2, 6):  # the first one is in work
        before = held()
        for _ in range(count):
            far.write(message("busy"))
            serial.received(far.output(time.ticks_ms()))
            far.feed(line.take(), time.ticks_ms())
        counts.append((held() - before, count))
    print(f"flight={counts[1][0] // counts[1][1]}")
    await node.stop()
