"""The board's side of bench_secure.py: its coroutines print lines of name=microseconds. Times are those of the board.

The USB interrupt is masked but to print: the emulated host makes so many that they would be what is timed.
"""

import asyncio
import gc
import time

import machine

from uockam.crypto.steps import last

_USB = 1 << 5  # its number among the interrupts
_MESSAGES = 9
_PAYLOAD = b"\x3f" + b"x" * 63  # a BARE text of 64 bytes


def quiet(on):
    """Mask the USB interrupt, or let it come again."""
    machine.mem32[0xE000E180 if on else 0xE000E100] = _USB


def tell(name, value):
    quiet(False)
    print(f"{name}={value}")
    quiet(True)


def side(initiator):
    """One side of a channel, of an identity that nobody has seen, with the ephemeral key made ahead."""
    from uockam.secure.channel import Channel
    from uockam.secure.keys import Keys
    from uockam.secure.noise import key_pair_steps
    from uockam.secure.peer import Rules
    from uockam.secure.store import MemoryStore

    keys = Keys(MemoryStore())
    made = last(keys.create_steps(bytes((initiator + 1,)) * 32, None))
    party = last(keys.party_steps(made.identifier, lambda: bytes((initiator + 3,)) * 32, None))
    return Channel(initiator, party, last(key_pair_steps(bytes((initiator + 5,)) * 32)), Rules(keys.known))


class Stopwatch:
    """Takes the steps of events: how long all of them took, and the longest stretch without a pause."""

    def __init__(self):
        self.total = 0
        self.longest = 0

    def fire(self, channel, event, value=None):
        """The first output."""
        gc.collect()
        steps = channel.fire_steps(event, value)
        while True:
            start = time.ticks_us()
            try:
                next(steps)
            except StopIteration as stop:
                return stop.value[0]
            finally:
                took = time.ticks_diff(time.ticks_us(), start)
                self.total += took
                self.longest = max(self.longest, took)


async def handshake():
    """CPU of each side, and its longest stretch; of the second, as what computes is tested meanwhile in the first."""
    shake_hands()
    near, far = shake_hands()
    tell("initiator", near.total)
    tell("responder", far.total)
    tell("stretch", max(near.longest, far.longest))


def shake_hands():
    """The stopwatches of the two sides."""
    from uockam.secure.channel import OPEN, RECEIVED

    initiator, responder = side(True), side(False)
    near, far = Stopwatch(), Stopwatch()
    answer = far.fire(responder, RECEIVED, near.fire(initiator, OPEN).data)
    far.fire(responder, RECEIVED, near.fire(initiator, RECEIVED, answer.data).data)
    return near, far


class Wire:
    """The node of a board, and a link to it whose other end is this program."""

    kind = "memory"
    peer = "memory"

    def __init__(self):
        self.written = b""
        self.wrote = asyncio.Event()
        self.at = 0

    def write(self, data):
        self.at = time.ticks_us()
        self.written += data
        self.wrote.set()

    def full(self):
        return False

    def begin(self, node):
        """Both sides have said which version they speak."""
        from uockam import Connection
        from uockam.flow import Flow

        self.connection = Connection(node, self, Flow(serves=True))
        self.connection.open()
        self.connection.received(self.written)
        self.written = b""
        self.wrote.clear()

    def say(self, onward, payload):
        from uockam import Message, wire
        from uockam.route import route

        back = route("00112233445566778899aabbccddeeff")
        self.connection.received(wire.frame(Message(onward, back, payload, None, None)))

    async def asked(self, onward, payload):
        """The answer to what is said, and after how many microseconds it was written."""
        from uockam import wire

        gc.collect()
        start = time.ticks_us()
        self.say(onward, payload)
        await self.wrote.wait()
        self.wrote.clear()
        data, self.written = self.written, b""
        return wire.decode(data[4:]), time.ticks_diff(self.at, start)

    async def median(self, name, onward, payload):
        """Print how long an answer takes."""
        times = []
        for _ in range(_MESSAGES):
            times.append((await self.asked(onward, payload()))[1])
        times.sort()
        tell(name, times[_MESSAGES // 2])


async def secured():
    """A node with an identity that takes channels, and has echo."""
    from uockam import Node
    from uockam.secure.keys import Keys
    from uockam.secure.store import MemoryStore
    from uockam.secure.workers import SecureChannels
    from uockam.services.echo import Echo

    node = Node()
    await node.start_worker("echo", Echo())
    keys = Keys(MemoryStore())
    identifier = last(keys.create_steps(b"\x07" * 32, None)).identifier
    secure = SecureChannels(node, keys, identifier, clock=lambda: None)
    await secure.listen("api")
    return node


async def message():
    """A frame in to its answer out, through the node of a board: in the open, and sealed."""
    from uockam import Message
    from uockam.route import route
    from uockam.secure.channel import OPEN, RECEIVED

    node = await secured()
    wire, near = Wire(), side(True)
    wire.begin(node)
    await wire.median("plain", route("echo"), lambda: _PAYLOAD)
    answer, _ = await wire.asked(route("api"), last(near.fire_steps(OPEN))[0].data)
    there = answer.return_route
    wire.say(there, last(near.fire_steps(RECEIVED, answer.payload))[0].data)
    while not [each for each in node.secure.all.values() if each.open_now]:
        await asyncio.sleep(0)
    inner = Message(route("echo"), route("ffeeddccbbaa99887766554433221100"), _PAYLOAD, None, None)
    await wire.median("sealed", there, lambda: near.seal(inner))


async def cipher():
    """Opening as many bytes as are sealed of that message, and sealing them."""
    from uockam.crypto import AesGcm

    made, text = AesGcm(bytes(32)), bytes(117)
    sealed = made.seal(bytes(12), text)
    gc.collect()
    start = time.ticks_us()
    made.open(bytes(12), sealed)
    made.seal(bytes(12), text)
    tell("cipher", time.ticks_diff(time.ticks_us(), start))


def run(part):
    """Carry out one of the coroutines."""
    quiet(True)
    try:
        asyncio.run(part())
    finally:
        quiet(False)
