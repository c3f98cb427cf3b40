"""Workers and connected nodes for the tests of the core; they wait for events, never for time."""

import asyncio

from uockam import Worker
from uockam import log as logging
from uockam import node as node_module
from uockam.flow import Flow
from uockam.port import ticks_add, ticks_diff, ticks_ms
from uockam.transport.connection import OUTGOING, Connection
from uockam.transport.memory import pair

PATIENCE_MS = 60_000  # for what always comes, however slow the machine
_TURNS = 1000  # of the event loop; what needs more waits for time to pass


def grace(case, grace_ms=PATIENCE_MS):
    """What a worker gets to end, for the rest of the test: more than any needs, or little for one that hangs."""
    case.addCleanup(setattr, node_module, "GRACE_MS", node_module.GRACE_MS)
    node_module.GRACE_MS = grace_ms


async def until(condition):
    """Let everything else run until the condition is true."""
    give_up = ticks_add(ticks_ms(), PATIENCE_MS)
    turns = 0
    while not condition():
        if ticks_diff(ticks_ms(), give_up) > 0:
            raise AssertionError("it does not happen")
        turns += 1
        await asyncio.sleep(0 if turns < _TURNS else 0.001)


class Recorder(Worker):
    """Keeps the payloads and messages it gets."""

    def __init__(self):
        self.payloads = []
        self.messages = []

    async def handle_message(self, context, message):
        self.payloads.append(message.payload)
        self.messages.append(message)


class Gated(Recorder):
    """Is at each message until `gate` is set; `here` tells that one has arrived."""

    def __init__(self):
        super().__init__()
        self.gate = asyncio.Event()
        self.here = asyncio.Event()
        self.cancelled = 0
        self.stops = 0

    async def handle_message(self, context, message):
        self.here.set()
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        await super().handle_message(context, message)
        if message.return_route:
            await context.reply(message, message.payload)

    async def stopped(self, context):
        self.stops += 1


class Failing(Worker):
    """Raises on b"bad", else answers."""

    async def handle_message(self, context, message):
        if message.payload == b"bad":
            raise ValueError("cannot take it")
        await context.reply(message, message.payload)


class Calling(Worker):
    """Answers with what `call(context, message)` gives."""

    def __init__(self, call):
        self._call = call

    async def handle_message(self, context, message):
        await context.reply(message, await self._call(context, message))


class Lines:
    """What is logged while it is the sink."""

    def __init__(self, level=logging.WARNING):
        self.lines = []
        logging.configure(level, self._take)

    def _take(self, level, source, text):
        self.lines.append("%s %s: %s" % (logging.NAMES[level], source, text))

    def done(self):
        logging.configure(logging.WARNING)


def join(one, other, one_flow=None, other_flow=None, piece=0, at=None):
    """Connections between two nodes; by default the first one dialled, and the other one serves it."""
    near, far = pair(one, other, piece)
    near.connection = Connection(one, near, one_flow or Flow(), OUTGOING, at=at)
    far.connection = Connection(other, far, other_flow or Flow(serves=True))
    near.connection.open()
    far.connection.open()
    return near.connection, far.connection


async def outcome(coroutine):
    """What the coroutine returns or raises, as (name of the error or "", text or value)."""
    try:
        return "", await coroutine
    except Exception as error:
        return type(error).__name__, str(error)


async def gather(*coroutines):
    """The results or errors of all, in order; the same on both interpreters."""
    results = await asyncio.gather(*[outcome(item) for item in coroutines])
    return list(results)
