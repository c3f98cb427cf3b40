"""Limits against abuse: half-open handshakes, channels, time, pace, and what costs nothing to refuse."""

import asyncio

from lib.channels import ChannelTest, limits
from lib.nodes import join, outcome, until
from lib.unittest import TestCase
from uockam.address import Address
from uockam.flow import Flow
from uockam.message import WANTS_ERRORS, Message
from uockam.port import MICROPYTHON
from uockam.secure import workers
from uockam.secure.pace import Pace
from uockam.transport.connection import OUTGOING, Connection
from uockam.transport.memory import pair

_FIRST = bytes(range(1, 33))


class Paces(TestCase):
    def test_each_peer_may_begin_so_many_a_minute(self):
        pace = Pace(2, 100)
        self.assertEqual([pace.admits("a", 10 * number) for number in range(3)], [True, True, False])
        self.assertTrue(pace.admits("b", 50))
        self.assertFalse(pace.admits("a", 59_999))
        self.assertTrue(pace.admits("a", 60_000))

    def test_all_peers_together_may_begin_so_many(self):
        pace = Pace(2, 3)
        self.assertEqual([pace.admits(peer, 0) for peer in "aabb"], [True, True, True, False])

    def test_many_peers_share_one_count_so_that_memory_stays_bounded(self):
        pace = Pace(1, 1000)
        admitted = [pace.admits("peer %d" % number, 0) for number in range(200)]
        self.assertEqual(admitted.count(True), 65)

    def test_a_clock_that_wraps_begins_a_new_minute(self):
        pace = Pace(1, 1)
        self.assertTrue(pace.admits("a", 0x3FFF_FFFF))
        self.assertFalse(pace.admits("a", 10))
        self.assertTrue(pace.admits("a", 60_000))


class Limits(ChannelTest):
    def limit(self, **changed):
        secure = self.two.secure
        secure.limits = limits(**changed)
        secure._pace = Pace(secure.limits.each_minute, secure.limits.all_minute)
        return secure

    async def begin(self, payload=_FIRST):
        """Send the first message of a handshake that will not go on."""
        before = self.moved()
        message = Message((self.near.address, Address(0, b"api")), (Address(0, b"x"),), payload, WANTS_ERRORS, None)
        await self.one.deliver(message)
        await until(lambda: self.moved() > before)

    def moved(self):
        return sum([connection.moved for connection in self.two.connections])

    async def half_open(self, count):
        await until(lambda: len(self.two.secure.all) == count)

    async def test_what_cannot_be_a_first_message_makes_no_channel(self):
        for payload in (b"", bytes(32), bytes(40), _FIRST[:31]):
            await self.begin(payload)
            self.assertEqual(self.two.secure.all, {})
        await self.begin()
        await self.half_open(1)

    async def test_a_message_that_begins_no_handshake_is_told_so(self):
        kind, text = await outcome(self.one.ask((self.near.address, "api"), b"hello"))
        self.assertEqual((kind, text), ("RemoteError", "'api' begins secure channels, and takes nothing else"))

    async def test_an_initiator_that_gives_up_while_its_keys_are_made_leaves_nothing(self):
        before = sorted(self.one.router.endpoints)
        kind, _ = await outcome(self.channel(timeout_ms=0))
        self.assertIn(kind, ("ReplyTimeout", ""))
        for channel in tuple(self.one.secure.all.values()):
            channel.close()
        await until(lambda: sorted(self.one.router.endpoints) == before)

    async def test_a_handshake_that_is_pushed_out_while_its_keys_are_made_leaves_nothing(self):
        before = sorted(self.two.router.endpoints)
        self.limit(half_open=1)
        for _ in range(3):
            await self.begin()
        await self.half_open(1)
        for channel in tuple(self.two.secure.all.values()):
            channel.close()
        await self.one.ask((self.near.address, "echo"), b"x")
        await until(lambda: sorted(self.two.router.endpoints) == before)
        self.assertEqual(self.far.askers or set(), set())

    async def test_a_handshake_that_is_not_finished_in_time_ends(self):
        secure = self.limit(handshake_ms=20)
        half_open = secure._half_open
        await self.begin()
        await until(lambda: half_open)  # a new list is made for those that are left
        await self.half_open(0)

    async def test_too_many_unfinished_ones_push_out_the_oldest(self):
        secure = self.limit(half_open=2)
        for _ in range(2):
            await self.begin()
        await self.half_open(2)
        oldest = secure._half_open[0].address.value
        await self.begin()
        await self.half_open(2)
        self.assertNotIn(oldest, secure.all)
        self.assertTrue((await self.channel()).open_now)

    async def test_somebody_with_many_pushes_out_their_own_first(self):
        secure = self.limit(half_open=2)
        ours, near = self.near, self.other_way()
        for way in (near, ours, ours, ours):
            self.near = way
            await self.begin()
            await until(lambda: secure._half_open)
        self.assertEqual([each.sender for each in secure._half_open], ["elsewhere", "memory"])

    def other_way(self):
        """Another connection to node two, from another host as it seems."""
        near, far = pair(self.one, self.two)
        far.peer = "elsewhere:1"
        near.connection = Connection(self.one, near, Flow(), OUTGOING)
        far.connection = Connection(self.two, far, Flow(serves=True))
        near.connection.open()
        far.connection.open()
        return near.connection

    async def test_more_channels_than_the_limit_are_refused_and_the_others_go_on(self):
        self.limit(channels=1)
        channel = await self.channel()
        kind, text = await outcome(self.channel())
        self.assertEqual(kind, "RemoteError")
        self.assertIn("which is the limit", text)
        self.assertEqual(await self.one.ask((channel.address, "echo"), b"x"), b"x")

    async def test_one_that_lost_its_transport_makes_room(self):
        self.limit(channels=1)
        await self.channel()
        await self.theirs()
        self.near.close()
        self.near, self.far = join(self.one, self.two)
        self.assertTrue((await self.channel()).open_now)

    async def test_one_that_carries_nothing_makes_room_for_its_senders_next_one(self):
        secure = self.limit(channels=1)
        idle = await self.channel()
        await self.theirs()
        self.assertEqual((await outcome(self.channel()))[0], "RemoteError")
        secure._sweep()
        self.assertTrue((await self.channel()).open_now)
        await until(lambda: idle.reason)
        self.assertEqual(idle.reason, "The other side closed the secure channel")

    async def test_one_that_is_used_does_not(self):
        secure = self.limit(channels=1)
        channel = await self.channel()
        for _ in range(3):
            await self.one.ask((channel.address, "echo"), b"x")
            secure._sweep()
        self.assertEqual((await outcome(self.channel()))[0], "RemoteError")

    async def test_others_wait_longer_for_it(self):
        secure = self.limit(channels=1)
        await self.channel()
        await self.theirs()
        self.near = self.other_way()
        for _ in range(workers.IDLE_SWEEPS):
            self.assertEqual((await outcome(self.channel()))[0], "RemoteError")
            secure._sweep()
        self.assertTrue((await self.channel()).open_now)

    async def test_what_this_node_began_is_not_given_up_for_others(self):
        secure = self.limit(channels=1)
        third = self.node("third", 3)
        await third.secure.listen("api")
        way, _ = self.serve(self.two, third)
        own = await secure.create((way.address, "api"))
        for _ in range(workers.IDLE_SWEEPS + 1):
            secure._sweep()
        self.assertEqual((await outcome(self.channel()))[0], "RemoteError")
        self.assertTrue(own.open_now)

    async def test_too_many_handshakes_a_minute_are_refused_and_the_channels_go_on(self):
        self.limit(each_minute=2)
        channel = await self.channel()
        await self.channel()
        kind, text = await outcome(self.channel())
        self.assertEqual(kind, "RemoteError")
        self.assertIn("too many handshakes a minute", text)
        self.assertEqual(await self.one.ask((channel.address, "echo"), b"x"), b"x")

    async def test_channels_are_served_while_a_handshake_is_worked_on(self):
        channel = await self.channel()
        answered = 0
        waiting = asyncio.create_task(self.channel())
        while not waiting.done():
            await self.one.ask((channel.address, "echo"), b"x")
            answered += 1
            await asyncio.sleep(0)
        self.assertTrue((await waiting).open_now)
        self.assertGreater(answered, 3 if MICROPYTHON else 0)  # a host is too fast to be interrupted

    if MICROPYTHON:  # a host makes it when it is needed

        async def test_a_board_makes_the_key_of_the_next_handshake_ahead(self):
            secure = self.two.secure
            await until(lambda: secure._spare is not None)
            spare = secure._spare
            await self.channel()
            await until(lambda: secure._spare is not None)
            self.assertNotEqual(spare.public, secure._spare.public)

    async def test_a_creator_has_a_limit_too(self):
        self.one.secure.limits = limits(channels=1)
        await self.channel()
        self.assertEqual((await outcome(self.channel()))[0], "LimitError")
