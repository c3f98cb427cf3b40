"""Connections on demand: who waits while one is made, and who is told when it fails."""

import asyncio

from lib.nodes import Gated, Recorder, gather, grace, join, outcome, until
from lib.unittest import TestCase
from uockam import Node
from uockam.address import Address
from uockam.errors import ConnectionLost
from uockam.port import MAILBOX_LIMIT
from uockam.services.echo import Echo
from uockam.transport import dial as dial_module
from uockam.transport.dial import Dialed

PEER = Address(1, b"peer:1")


class Dialer:
    """Connects to `other` when the gate is open, or is refused."""

    def __init__(self, node, other):
        self.gate = asyncio.Event()
        self.refused = False
        self.count = 0
        self.connections = []
        self.dialed = {}
        self._node = node
        self._other = other
        node.router.dialers[1] = self

    def dial(self, value):
        if value not in self.dialed:
            self.dialed[value] = Dialed(self._node, "peer:1", self._connect, lambda: self.dialed.pop(value, None))
        return self.dialed[value]

    async def _connect(self):
        self.count += 1
        await self.gate.wait()
        if self.refused:
            raise ConnectionLost("connection refused by peer:1")
        near, _ = join(self._node, self._other)
        self.connections.append(near)
        return near


class DialTest(TestCase):
    async def asyncSetUp(self):
        grace(self)
        self.node = Node("n1")
        self.other = Node("n2")
        self.addAsyncCleanup(self.other.stop)
        self.addAsyncCleanup(self.node.stop)
        await self.other.start_worker("echo", Echo())
        self.recorder = Recorder()
        await self.other.start_worker("recorder", self.recorder)
        self.dialer = Dialer(self.node, self.other)

    def ask(self, payload=b"x", timeout_ms=10_000):
        return self.node.ask((PEER, "echo"), payload, timeout_ms)

    async def test_messages_wait_while_it_is_made_and_keep_their_order(self):
        for number in range(MAILBOX_LIMIT):
            await self.node.send((PEER, "recorder"), b"%d" % number)
        self.assertEqual(self.recorder.payloads, [])
        self.dialer.gate.set()
        await until(lambda: len(self.recorder.payloads) == MAILBOX_LIMIT)
        self.assertEqual(self.recorder.payloads, [b"%d" % number for number in range(MAILBOX_LIMIT)])
        self.assertEqual(self.dialer.count, 1)

    async def test_more_than_a_mailbox_holds_make_their_senders_wait(self):
        count = 3 * MAILBOX_LIMIT
        asking = asyncio.create_task(gather(*[self.ask(b"%d" % number) for number in range(count)]))
        await until(lambda: len(self.node._replies) == count)
        self.dialer.gate.set()
        self.assertEqual(await asking, [("", b"%d" % number) for number in range(count)])
        self.assertEqual(self.dialer.count, 1)

    async def test_the_connection_is_used_again(self):
        self.dialer.gate.set()
        for _ in range(3):
            self.assertEqual(await self.ask(), b"x")
        self.assertEqual(self.dialer.count, 1)

    async def test_a_refusal_is_told_to_each_sender(self):
        self.dialer.refused = True
        asking = asyncio.create_task(gather(*[self.ask(b"%d" % number) for number in range(MAILBOX_LIMIT + 3)]))
        await until(lambda: len(self.node._replies) == MAILBOX_LIMIT + 3)
        self.dialer.gate.set()
        self.assertEqual(await asking, [("ConnectionLost", "connection refused by peer:1")] * (MAILBOX_LIMIT + 3))
        self.assertEqual(self.dialer.dialed, {})

    async def test_the_next_message_after_a_refusal_tries_again(self):
        self.dialer.refused = True
        self.dialer.gate.set()
        await outcome(self.ask())
        self.dialer.refused = False
        self.assertEqual(await self.ask(), b"x")

    async def test_a_connection_that_is_lost_ends_the_asks_and_the_next_message_makes_another(self):
        slow = Gated()
        await self.other.start_worker("slow", slow)
        self.dialer.gate.set()
        asking = asyncio.create_task(outcome(self.node.ask((PEER, "slow"), b"")))
        await slow.here.wait()
        self.dialer.connections[0].close()
        self.assertEqual((await asking)[0], "ConnectionLost")
        slow.gate.set()
        self.assertEqual(await self.ask(), b"x")
        self.assertEqual(self.dialer.count, 2)

    async def test_an_idle_connection_is_closed_and_one_in_use_is_not(self):
        self.addCleanup(setattr, dial_module, "IDLE_MS", dial_module.IDLE_MS)
        dial_module.IDLE_MS = 1
        slow = Gated()
        await self.other.start_worker("slow", slow)
        self.dialer.gate.set()
        asking = asyncio.create_task(self.node.ask((PEER, "slow"), b"x"))
        await slow.here.wait()
        watched = []
        self.node.runner.after(120, lambda: watched.append(1))  # more than two looks, on MicroPython too
        await until(lambda: watched)
        self.assertTrue(self.dialer.connections[0].open_now)
        slow.gate.set()
        self.assertEqual(await asking, b"x")
        await until(lambda: not self.dialer.connections[0].open_now)
        self.assertEqual(self.dialer.dialed, {})

    async def test_an_ask_that_gives_up_while_it_is_made_leaves_no_trace(self):
        await outcome(self.ask(b"x", 1))
        (dialed,) = self.dialer.dialed.values()
        self.assertFalse(dialed.askers)
        self.dialer.gate.set()
        self.assertEqual(await self.ask(), b"x")
        self.assertFalse(dialed.askers)
        self.assertFalse(self.dialer.connections[0].askers)
