"""uockam.secure.workers: channels between nodes, what they carry, and how they end."""

import asyncio

from lib.channels import ChannelTest
from lib.nodes import Gated, Recorder, outcome, until
from lib.parties import NOW, history, seed
from uockam import Node
from uockam.address import Address
from uockam.crypto.steps import last
from uockam.errors import (
    AddressInUse,
    ProtocolError,
    RemoteError,
    ReplyTimeout,
)
from uockam.message import Message
from uockam.secure.identity import identifier_text
from uockam.secure.policy import Only
from uockam.services.hop import Hop


class Carrying(ChannelTest):
    async def test_each_side_proves_who_it_is_and_messages_go_both_ways(self):
        channel = await self.channel()
        self.assertEqual(channel.peer.identifier, self.two.secure.identifier)
        self.assertEqual((await self.theirs()).peer.identifier, self.one.secure.identifier)
        self.assertEqual(await self.one.ask((channel.address, "echo"), "hello"), "hello")
        self.assertEqual(await self.one.ask((channel.address, "who"), b""), self.one.secure.identifier)

    async def test_the_other_side_answers_later_and_more_than_once(self):
        recorder = Recorder()
        await self.one.start_worker("recorder", recorder)
        channel = await self.channel()
        await self.one.send((channel.address, "who"), b"", (Address(0, b"recorder"),))
        await until(lambda: recorder.messages)
        for payload in (b"1", b"2"):
            await self.two.send(self.who.messages[0].return_route, payload)
        await until(lambda: len(recorder.payloads) == 3)
        self.assertEqual(recorder.payloads[1:], [b"1", b"2"])

    async def test_a_channel_inside_a_channel_through_a_hop(self):
        middle = Node("middle")
        self.addAsyncCleanup(middle.stop)
        await middle.start_worker("hop", Hop())
        near, _ = self.serve(self.one, middle)
        onward, _ = self.serve(middle, self.two)
        outer = await self.one.secure.create((near.address, "hop", onward.address, "api"))
        inner = await self.one.secure.create((outer.address, "api"))
        self.assertEqual(await self.one.ask((inner.address, "who"), b""), self.one.secure.identifier)
        outer.close()
        self.assertEqual((inner.open_now, inner.reason), (False, "The secure channel was closed"))

    async def test_many_messages_in_order_with_other_keys_again_and_again(self):
        channel = await self.channel()
        recorder = Recorder()
        await self.two.start_worker("recorder", recorder)
        sent = [b"%d" % number for number in range(200)]
        for payload in sent:
            await self.one.send((channel.address, "recorder"), payload)
        await until(lambda: len(recorder.payloads) == len(sent))
        self.assertEqual(recorder.payloads, sent)

    async def test_within_one_node(self):
        channel = await self.two.secure.create("api")
        self.assertEqual(await self.two.ask((channel.address, "who"), b""), self.two.secure.identifier)
        channel.close()
        await until(lambda: not self.two.secure.all)

    async def test_a_missing_worker_at_the_other_side_is_told(self):
        channel = await self.channel()
        with self.assertRaisesRegex(RemoteError, "no worker at 'nobody'"):
            await self.one.ask((channel.address, "nobody"), b"")
        self.assertTrue(channel.open_now)

    async def test_a_route_that_ends_at_a_channel_is_an_error(self):
        channel = await self.channel()
        self.assertEqual((await outcome(self.one.ask(channel.address, b"")))[0], "NoSuchAddress")

    async def test_a_node_may_be_several_identities(self):
        keys = self.one.secure.keys
        other = last(keys.create_steps(seed(9), NOW)).identifier
        channel = await self.channel(identifier=other)
        self.assertEqual(await self.one.ask((channel.address, "who"), b""), other)


class Trust(ChannelTest):
    async def test_an_initiator_refuses_who_is_not_authorized_at_once(self):
        with self.assertRaisesRegex(ProtocolError, "%s.* not trusted" % identifier_text(history(2).identifier)):
            await self.channel(policy=Only(history(3).identifier))
        self.assertEqual(self.one.secure.all, {})
        await self.channel(policy=Only(history(2).identifier))

    async def test_who_is_refused_by_the_listener_is_told_so(self):
        await self.two.secure.listen("strict", Only(history(3).identifier))
        channel = await self.one.secure.create((self.near.address, "strict"))
        kind, text = await outcome(self.one.ask((channel.address, "echo"), b"", 5000))
        self.assertEqual(kind, "ConnectionLost")
        self.assertIn("%s is not trusted here" % identifier_text(history(1).identifier), text)
        self.assertEqual((self.one.secure.all, self.two.secure.all), ({}, {}))

    async def test_a_refusal_that_comes_when_nobody_asked_to_be_told_is_ignored(self):
        channel = await self.channel()
        await self.one.ask((channel.address, "echo"), b"")
        channel.told = False  # as with a node of Ockam's
        moved = self.near.moved
        refusal = Message((self.far.address, channel.decryptor.address), (), b"", '{"uockam-error":"go away"}', None)
        await self.two.deliver(refusal)
        await until(lambda: self.near.moved > moved)
        self.assertEqual(await self.one.ask((channel.address, "echo"), b"x"), b"x")

    async def test_a_listener_that_is_not_there_is_told_at_once(self):
        with self.assertRaisesRegex(RemoteError, "no worker at 'nowhere'"):
            await self.one.secure.create((self.near.address, "nowhere"))
        self.assertEqual(self.one.secure.all, {})

    async def test_one_that_does_not_answer_ends_the_waiting(self):
        await self.two.start_worker("mute", Recorder())
        with self.assertRaisesRegex(ReplyTimeout, "mute within 30 ms"):
            await self.one.secure.create((self.near.address, "mute"), timeout_ms=30)
        self.assertEqual(self.one.secure.all, {})


class Ending(ChannelTest):
    async def test_the_other_side_hears_of_a_close(self):
        channel = await self.channel()
        theirs = await self.theirs()
        lost = []
        theirs.on_lost = lost.append
        channel.close()
        await until(lambda: not self.two.secure.all)
        self.assertEqual((lost, self.one.secure.all), (["The other side closed the secure channel"], {}))
        for each in (channel, theirs):
            self.assertFalse(each.open_now)
        self.assertEqual((await outcome(self.one.ask((channel.address, "echo"), b"")))[0], "NoSuchAddress")

    async def test_a_responder_may_close_too(self):
        channel = await self.channel()
        (await self.theirs()).close()
        await until(lambda: not channel.open_now)
        self.assertEqual(channel.reason, "The other side closed the secure channel")

    async def test_a_node_that_stops_says_farewell_and_begins_no_more(self):
        channel = await self.channel()
        await self.theirs()
        self.two.secure.close()
        await until(lambda: not channel.open_now)
        self.assertEqual(channel.reason, "The other side closed the secure channel")
        await self.two.stop()
        self.assertEqual((self.two.secure.all, self.two.secure.listeners), ({}, {}))
        self.assertEqual((await outcome(self.two.secure.create("api")))[0], "NodeStopped")
        self.assertEqual((await outcome(self.two.secure.listen("more")))[0], "NodeStopped")

    async def test_no_address_of_it_is_left(self):
        before = [sorted(node.router.endpoints) for node in (self.one, self.two)]
        (await self.channel()).close()
        await until(lambda: not self.two.secure.all)
        self.assertEqual([sorted(node.router.endpoints) for node in (self.one, self.two)], before)
        self.assertEqual([connection.askers or set() for connection in (self.near, self.far)], [set(), set()])

    async def test_who_waits_for_an_answer_is_told_at_once_when_the_transport_dies(self):
        gated = Gated()
        await self.two.start_worker("gated", gated)
        channel = await self.channel()
        waiting = asyncio.create_task(outcome(self.one.ask((channel.address, "gated"), b"", 60_000)))
        await gated.here.wait()
        self.far.close()
        self.assertEqual((await waiting)[0], "ConnectionLost")
        self.assertEqual(self.one.secure.all, {})
        gated.gate.set()

    async def test_a_hop_that_cannot_go_on_is_told_at_once_to_who_asks(self):
        middle = Node("middle")
        self.addAsyncCleanup(middle.stop)
        await middle.start_worker("hop", Hop())
        near, _ = self.serve(self.one, middle)
        onward, _ = self.serve(middle, self.two)
        channel = await self.one.secure.create((near.address, "hop", onward.address, "api"))
        self.assertEqual(await self.one.ask((channel.address, "echo"), b"x"), b"x")
        onward.close()
        kind, text = await outcome(self.one.ask((channel.address, "echo"), b"x", 60_000))
        self.assertEqual(kind, "ConnectionLost")
        self.assertIn("is broken: there is no worker at", text)
        self.assertEqual(self.one.secure.all, {})

    async def test_a_responder_that_is_told_so_waits_for_the_other_side(self):
        channel = await self.channel()
        theirs = await self.theirs()
        await self.one.ask((channel.address, "echo"), b"x")
        theirs.route = theirs.route[:1] + (Address(0, b"gone"),)
        self.assertEqual((await outcome(self.two.ask((theirs.address, "x"), b"", 60_000)))[0], "ConnectionLost")
        self.assertTrue(theirs.adrift())

    async def test_a_create_whose_transport_dies_ends_at_once(self):
        await self.two.start_worker("mute", Recorder())
        waiting = asyncio.create_task(outcome(self.one.secure.create((self.near.address, "mute"))))
        await until(lambda: self.near.moved)
        self.far.close()
        self.assertEqual((await waiting)[0], "ConnectionLost")

    async def test_a_create_that_is_cancelled_leaves_nothing(self):
        await self.two.start_worker("mute", Recorder())
        waiting = asyncio.create_task(self.one.secure.create((self.near.address, "mute")))
        await until(lambda: self.one.secure.all and self.near.moved)
        waiting.cancel()
        try:
            await waiting
        except asyncio.CancelledError:
            pass
        self.assertEqual(self.one.secure.all, {})

    async def test_a_listener_that_is_closed_answers_no_more_and_its_channels_go_on(self):
        channel = await self.channel()
        self.two.secure.listeners[b"api"].close()
        self.assertEqual((await outcome(self.channel()))[0], "RemoteError")
        self.assertEqual(await self.one.ask((channel.address, "echo"), b"x"), b"x")

    async def test_two_listeners_do_not_fit_at_one_address(self):
        with self.assertRaises(AddressInUse):
            await self.two.secure.listen("api")
