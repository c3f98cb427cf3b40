"""Pressure through channels: what is full is waited for, nothing is lost, and the order stays."""

import asyncio

from lib.channels import ChannelTest
from lib.nodes import Gated, Recorder, outcome, until
from uockam.port import MAILBOX_LIMIT
from uockam.secure.nonces import WINDOW

MANY = 3 * MAILBOX_LIMIT + 7


class Pressure(ChannelTest):
    async def send_all(self, channel, name, count, size=1):
        for number in range(count):
            await self.one.send((channel.address, name), number.to_bytes(2, "big") * size)

    async def test_a_worker_that_is_slow_gets_everything_in_order(self):
        gated = Gated()
        await self.two.start_worker("gated", gated)
        channel = await self.channel()
        theirs = await self.theirs()
        sending = asyncio.create_task(self.send_all(channel, "gated", MANY))
        await gated.here.wait()
        await until(lambda: theirs.decryptor._arriving)
        gated.gate.set()
        await sending
        await until(lambda: len(gated.payloads) == MANY)
        self.assertEqual([int.from_bytes(payload, "big") for payload in gated.payloads], list(range(MANY)))

    async def test_a_line_that_is_full_holds_up_the_sender_and_loses_nothing(self):
        recorder = Recorder()
        await self.two.start_worker("recorder", recorder)
        channel = await self.channel()
        await self.theirs()
        self.near.link.hold()
        sending = asyncio.create_task(self.send_all(channel, "recorder", 40, 2048))
        await until(lambda: channel._leaving)
        self.assertEqual(recorder.payloads, [])
        self.near.link.release()
        await sending
        await until(lambda: len(recorder.payloads) == 40)
        self.assertEqual([int.from_bytes(payload[:2], "big") for payload in recorder.payloads], list(range(40)))

    async def test_a_line_that_dies_while_it_is_full_tells_the_sender(self):
        channel = await self.channel()
        await self.theirs()
        self.near.link.hold()
        sending = asyncio.create_task(outcome(self.send_all(channel, "who", 40, 2048)))
        await until(lambda: channel._leaving)
        self.near.close()
        self.assertIn((await sending)[0], ("ConnectionLost", "NoSuchAddress"))

    async def test_messages_that_are_too_large_are_refused_and_the_channel_goes_on(self):
        channel = await self.channel()
        self.near._limit = 4096
        for _ in range(WINDOW - 1):
            self.assertEqual((await outcome(self.one.send((channel.address, "who"), bytes(5000))))[0], "LimitError")
        self.assertEqual(await self.one.ask((channel.address, "echo"), b"x"), b"x")

    async def test_so_many_that_the_other_side_would_hear_nothing_more_end_it(self):
        channel = await self.channel()
        self.near._limit = 4096
        for _ in range(WINDOW):
            await outcome(self.one.send((channel.address, "who"), bytes(5000)))
        self.assertFalse(channel.open_now)
        self.assertIn("could not be sent", channel.reason)

    async def test_a_farewell_follows_what_waits(self):
        recorder = Recorder()
        await self.two.start_worker("recorder", recorder)
        channel = await self.channel()
        theirs = await self.theirs()
        self.near.link.hold()
        sent = 0
        while not channel._leaving:
            await self.one.send((channel.address, "recorder"), bytes(2048))
            sent += 1
        channel.close()
        self.near.link.release()
        await until(lambda: theirs.reason)
        self.assertEqual((len(recorder.payloads), theirs.reason), (sent, "The other side closed the secure channel"))

    async def test_data_right_behind_the_handshake_waits_for_it(self):
        recorder = Recorder()
        await self.two.start_worker("recorder", recorder)
        channel = await self.channel()
        await self.send_all(channel, "recorder", 20)
        await until(lambda: len(recorder.payloads) == 20)
        self.assertEqual([int.from_bytes(payload, "big") for payload in recorder.payloads], list(range(20)))
