"""Nodes with identities and secure channels between them, for the tests of those."""

from uockam import Node, Worker
from uockam.crypto.steps import last
from uockam.flow import Flow
from uockam.secure.keys import Keys
from uockam.secure.store import MemoryStore
from uockam.secure.workers import LIMITS, SecureChannels
from uockam.services.echo import Echo

from .nodes import grace, join, until
from .parties import NOW, seed
from .unittest import TestCase


class Telling(Worker):
    """Answers with who asked, keeps what came."""

    def __init__(self):
        self.messages = []

    async def handle_message(self, context, message):
        self.messages.append(message)
        await context.reply(message, message.identifier or b"nobody")


def limits(**changed):
    """The limits of a host with some of them changed."""
    values = {"channels": 100, "half_open": 10, "handshake_ms": 30_000, "each_minute": 1000, "all_minute": 1000}
    values.update(changed)
    return type(LIMITS)(
        *[values[name] for name in ("channels", "half_open", "handshake_ms", "each_minute", "all_minute")]
    )


class Clock:
    """Stands still until it is set."""

    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now


class ChannelTest(TestCase):
    """Two nodes over a link in memory: `one` dialled `two`, which has the listener `api`, `echo` and `who`."""

    async def asyncSetUp(self):
        grace(self)
        self.clock = Clock()
        self.one, self.two = self.node("one", 1), self.node("two", 2)
        self.near, self.far = join(self.one, self.two)
        self.who = Telling()
        await self.two.start_worker("echo", Echo())
        await self.two.start_worker("who", self.who)
        await self.two.secure.listen("api")

    def node(self, name, number, **options):
        """A node whose identity is that of seed(number)."""
        node = Node(name)
        keys = Keys(MemoryStore())
        identifier = last(keys.create_steps(seed(number), NOW)).identifier
        SecureChannels(node, keys, identifier, clock=self.clock, **options)
        self.addAsyncCleanup(node.stop)
        return node

    async def channel(self, via=None, **options):
        """A channel of node one to the listener of node two."""
        return await self.one.secure.create((via or self.near.address, "api"), **options)

    def serve(self, node, other):
        """Connections between two nodes that serve each other."""
        return join(node, other, Flow(serves=True), Flow(serves=True))

    async def theirs(self):
        """The channel that node two got, open."""
        await until(lambda: [each for each in self.two.secure.all.values() if each.open_now])
        (channel,) = self.two.secure.all.values()
        return channel
