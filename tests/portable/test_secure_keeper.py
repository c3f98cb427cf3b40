"""Channels that come back, and those that follow the other side to another transport."""

import asyncio

from lib.channels import ChannelTest
from lib.nodes import Gated, join, outcome, until
from uockam.message import Message
from uockam.secure import keeper as keeper_module
from uockam.secure import session as session_module
from uockam.secure.keeper import Keeper
from uockam.transport.backoff import Backoff


class Kept(ChannelTest):
    async def kept(self):
        channel = await self.channel(keep=True)
        channel.keeper._backoff = Backoff(1, 4)
        return channel

    def reconnect(self):
        """The transport is there again, at the same address."""
        self.near, self.far = join(self.one, self.two, at=self.near.address)

    async def test_it_comes_back_at_the_same_address_when_the_transport_does(self):
        channel = await self.kept()
        address, decryptor = channel.address, channel.decryptor.address
        lost = []
        channel.on_lost = lost.append
        self.far.close()
        await until(lambda: not channel.open_now)
        kind, text = await outcome(self.one.ask((address, "echo"), b"x"))
        self.assertEqual((kind, text), ("ConnectionLost", channel.reason))
        self.reconnect()
        await until(lambda: channel.open_now)
        self.assertEqual(await self.one.ask((address, "echo"), b"x"), b"x")
        self.assertEqual((channel.reason, len(lost)), ("", 1))
        self.assertNotEqual(channel.decryptor.address, decryptor)

    async def test_it_tries_again_after_tries_that_fail(self):
        channel = await self.kept()
        tried = []
        reach = channel.keeper._reach

        async def counted():
            tried.append(1)
            await reach()

        channel.keeper._reach = counted
        self.far.close()
        await until(lambda: len(tried) >= 3)
        self.reconnect()
        await until(lambda: channel.open_now)
        self.assertEqual(len(self.one.secure.all), 1)

    async def test_it_comes_back_when_the_other_side_closed_it(self):
        channel = await self.kept()
        (await self.theirs()).close()
        await until(lambda: not channel.open_now)
        await until(lambda: channel.open_now)
        self.assertEqual(await self.one.ask((channel.address, "echo"), b"x"), b"x")

    async def test_who_waited_for_an_answer_is_told(self):
        gated = Gated()
        await self.two.start_worker("gated", gated)
        channel = await self.kept()
        waiting = asyncio.create_task(outcome(self.one.ask((channel.address, "gated"), b"", 60_000)))
        await gated.here.wait()
        self.far.close()
        self.assertEqual((await waiting)[0], "ConnectionLost")
        gated.gate.set()

    async def test_one_that_is_closed_stays_so(self):
        channel = await self.kept()
        self.far.close()
        await until(lambda: not channel.open_now)
        channel.close()
        self.assertEqual((self.one.secure.all, channel.keeper), ({}, None))

    async def test_only_a_channel_that_lasted_makes_the_next_pause_short_again(self):
        self.addCleanup(setattr, keeper_module, "STEADY_MS", keeper_module.STEADY_MS)
        for steady_ms, resets in ((keeper_module.STEADY_MS, 0), (-1, 1)):
            keeper_module.STEADY_MS = steady_ms
            backoff = Counting()
            keeper = Keeper(self.one, None, backoff)
            keeper.lost()
            keeper.close()
            self.assertEqual(backoff.resets, resets)


class Counting(Backoff):
    """Counts how often it was reset."""

    resets = 0

    def reset(self):
        self.resets += 1


class Following(ChannelTest):
    def other_way(self):
        return join(self.one, self.two)

    async def move(self, channel, near):
        """The initiator sends by another connection, as Ockam's nodes can."""
        channel.take_route((near.address,) + channel.route[1:])

    async def test_the_responder_answers_on_the_way_by_which_the_newest_message_came(self):
        channel = await self.channel()
        theirs = await self.theirs()
        await self.one.ask((channel.address, "echo"), b"x")
        near, far = self.other_way()
        await self.move(channel, near)
        before = self.near.moved
        self.assertEqual(await self.one.ask((channel.address, "echo"), b"y"), b"y")
        self.assertEqual((theirs.route[0], theirs.route[1:]), (far.address, (channel.decryptor.address,)))
        self.assertEqual(self.near.moved, before)

    async def test_neither_the_first_message_nor_an_older_one_moves_it(self):
        channel = await self.channel()
        theirs = await self.theirs()
        sealed = []
        push, channel.push = channel.push, sealed.append
        for _ in range(3):
            await self.one.send((channel.address, "who"), b"")
        near, far = self.other_way()
        ways = ((0, near, self.far), (2, near, far), (1, self.near, far))  # counter, sent by, answered by
        for index, (counter, way, answered) in enumerate(ways):
            route = (way.address,) + channel.route[1:]
            push(Message(route, (), sealed[counter].payload, None, None))
            await self.heard(index + 1)
            self.assertEqual(theirs.route[0], answered.address)

    async def heard(self, count):
        await until(lambda: len(self.who.messages) == count)

    async def test_a_responder_that_lost_its_transport_goes_on_when_the_other_side_comes_by_another(self):
        channel = await self.channel()
        theirs = await self.theirs()
        await self.one.ask((channel.address, "echo"), b"x")
        near, _ = self.other_way()
        await self.move(channel, near)
        self.near.close()
        await until(theirs.adrift)
        self.assertEqual((await outcome(self.two.ask((theirs.address, "x"), b"")))[0], "ConnectionLost")
        self.assertEqual(await self.one.ask((channel.address, "echo"), b"y"), b"y")
        self.assertTrue(theirs.open_now)
        self.assertFalse(theirs.adrift())

    async def test_one_that_nobody_comes_back_to_ends(self):
        self.addCleanup(setattr, session_module, "ADRIFT_MS", session_module.ADRIFT_MS)
        session_module.ADRIFT_MS = 1
        await self.channel()
        theirs = await self.theirs()
        self.near.close()
        await until(lambda: not self.two.secure.all)
        self.assertFalse(theirs.open_now)
