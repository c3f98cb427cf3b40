"""A connection whose peer the test plays, byte by byte."""

import asyncio

from lib.nodes import Lines, grace
from lib.unittest import TestCase
from uockam import Node, wire
from uockam.flow import Flow
from uockam.message import Message
from uockam.route import route
from uockam.services.echo import Echo
from uockam.transport.connection import Connection
from uockam.transport.link import Link


class RawLink(Link):
    """The link of that connection."""

    kind = "raw"
    peer = "the peer"

    def __init__(self):
        self.written = b""
        self.paused = 0
        self.resumed = 0
        self.closed = False
        self.is_full = False
        self.moved = asyncio.Event()

    def write(self, data):
        self.written += data

    def full(self):
        return self.is_full

    async def drained(self):
        while self.is_full and not self.closed:
            self.moved.clear()
            await self.moved.wait()

    def empty(self):
        self.is_full = False
        self.moved.set()

    def pause(self):
        self.paused += 1

    def resume(self):
        self.resumed += 1

    def close(self):
        if not self.closed:
            self.closed = True
            self.moved.set()
            self.connection.lost("closed")

    def messages(self):
        return wire.StreamReader(1 << 20).feed(self.written)


def frames(*messages):
    return wire.VERSION + b"".join([wire.frame(message) for message in messages])


def request(onward, back=(), payload=b"", tracing=None):
    return Message(route(onward), route(back), payload, tracing, None)


class ConnectionTest(TestCase):
    """Two nodes, of which the first one has an echo service."""

    async def asyncSetUp(self):
        grace(self)
        self.node = Node("n1")
        self.other = Node("n2")
        self.log = Lines()
        self.addCleanup(self.log.done)
        self.addAsyncCleanup(self.other.stop)
        self.addAsyncCleanup(self.node.stop)
        await self.node.start_worker("echo", Echo())

    def raw(self, flow=None, limit=4096):
        """(link, connection) of the first node."""
        link = RawLink()
        connection = Connection(self.node, link, flow or Flow(serves=True), limit=limit)
        connection.open()
        return link, connection
