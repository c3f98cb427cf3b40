"""Supervised connections: they keep their address, come back, and fail loudly while they are down."""

import asyncio

from lib.nodes import Recorder, grace, join, outcome, until
from lib.unittest import TestCase
from uockam import Node
from uockam.errors import ConnectionLost, InvalidAddress
from uockam.flow import Flow
from uockam.route import route
from uockam.services.echo import Echo
from uockam.transport import reconnect as reconnect_module
from uockam.transport.backoff import Backoff
from uockam.transport.reconnect import Reconnecting

TARGET = "127.0.0.1:4000"


class Net:
    """Plays the Tcp of a node: connects to `other` while it is `up`."""

    def __init__(self, node, other):
        self.up = True
        self.tries = 0
        self._node = node
        self._other = other

    async def connect(self, target, instead, at):
        self.tries += 1
        await asyncio.sleep(0)
        if not self.up:
            raise ConnectionLost("connection refused by %s" % target)
        self._node.router.remove(at.value, instead)
        near, self.far = join(self._node, self._other, Flow(), Flow(serves=True), at=at)
        return near


class ReconnectTest(TestCase):
    async def asyncSetUp(self):
        grace(self)
        self.node = Node("n1")
        self.other = Node("n2")
        self.addAsyncCleanup(self.other.stop)
        self.addAsyncCleanup(self.node.stop)
        await self.other.start_worker("echo", Echo())
        self.net = Net(self.node, self.other)

    def start(self):
        connection = Reconnecting(self.node, self.net, TARGET, Backoff(1, 8))
        connection.start()
        return connection

    async def ask(self, connection):
        return await outcome(self.node.ask((connection.address, "echo"), b"x"))

    async def test_it_connects_by_itself_and_carries_messages(self):
        connection = self.start()
        await connection.wait_up()
        self.assertEqual(await self.ask(connection), ("", b"x"))
        self.assertEqual((connection.reason, self.net.tries), ("", 1))

    async def test_before_the_first_try_ends_messages_fail_at_once(self):
        connection = self.start()
        self.assertEqual(
            await self.ask(connection), ("ConnectionLost", "the connection to %s is down: not connected yet" % TARGET)
        )
        await connection.tried()
        self.assertEqual(connection.reason, "")

    async def test_it_comes_back_at_the_same_address(self):
        connection = self.start()
        await connection.wait_up()
        address = connection.address
        for count in (2, 3):
            self.net.far.close()
            await until(lambda: connection.reason)
            await connection.wait_up()
            self.assertEqual((connection.address, self.net.tries), (address, count))
            self.assertEqual(await self.ask(connection), ("", b"x"))

    async def test_while_it_is_down_messages_fail_with_the_cause(self):
        self.net.up = False
        connection = self.start()
        await connection.tried()
        text = "the connection to %s is down: connection refused by %s" % (TARGET, TARGET)
        while self.net.tries < 4:
            self.assertEqual(await self.ask(connection), ("ConnectionLost", text))
            await asyncio.sleep(0)
        self.net.up = True
        await connection.wait_up()
        self.assertEqual(await self.ask(connection), ("", b"x"))

    async def _ceilings(self, times):
        """The longest that the pause after each loss could be."""
        connection = self.start()
        found = []
        for _ in range(times):
            await connection.wait_up()
            self.net.far.close()
            await until(lambda: connection.reason)
            found.append(connection._backoff._ceiling_ms)
        return found

    async def test_pauses_grow_for_a_peer_that_hangs_up_at_once(self):
        self.assertEqual(await self._ceilings(4), [1, 2, 4, 8])

    async def test_a_connection_that_lasted_makes_the_next_pause_a_first_one(self):
        self.addCleanup(setattr, reconnect_module, "STEADY_MS", reconnect_module.STEADY_MS)
        reconnect_module.STEADY_MS = -1
        self.assertEqual(await self._ceilings(3), [1, 2, 2])

    async def test_an_ask_that_waits_ends_when_it_is_lost(self):
        await self.other.start_worker("mute", Recorder())
        connection = self.start()
        await connection.wait_up()
        asking = asyncio.create_task(outcome(self.node.ask((connection.address, "mute"), b"")))
        await until(lambda: self.node.router.endpoints[connection.address.value].askers)
        self.net.far.close()
        self.assertEqual((await asking)[0], "ConnectionLost")

    async def test_the_way_back_is_the_same_address(self):
        recorder = Recorder()
        await self.node.start_worker("_recorder", recorder)
        await self.other.start_worker("peer", Echo())
        connection = self.start()
        await connection.wait_up()
        await self.node.send((connection.address, "peer"), b"", route("_recorder"))
        await until(lambda: recorder.messages)
        self.assertEqual(recorder.messages[0].return_route[0], connection.address)

    async def test_closing_ends_it_for_good_and_wakes_who_waits(self):
        self.net.up = False
        connection = self.start()
        waiting = asyncio.create_task(connection.wait_up())
        await connection.tried()
        connection.close()
        await waiting
        tries = self.net.tries
        for _ in range(50):
            await asyncio.sleep(0)
        self.assertEqual(self.net.tries, tries)
        self.assertEqual((await self.ask(connection))[0], "NoSuchAddress")
        self.assertNotIn(connection, self.node.closers)

    async def test_closing_while_it_is_up_closes_the_connection(self):
        connection = self.start()
        await connection.wait_up()
        connection.close()
        await until(lambda: not self.other.connections)
        self.assertEqual((await self.ask(connection))[0], "NoSuchAddress")
        self.assertEqual(len(self.node.connections), 0)

    async def test_the_end_of_the_node_ends_it(self):
        connection = self.start()
        await connection.wait_up()
        await self.node.stop()
        self.assertEqual(len(self.node.router.endpoints), 0)
        self.assertEqual(connection.reason, "closed")

    async def test_a_target_that_is_no_address_is_refused_at_once(self):
        with self.assertRaises(InvalidAddress):
            Reconnecting(self.node, self.net, "nonsense")
