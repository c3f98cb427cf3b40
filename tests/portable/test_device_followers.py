"""Who is told of what happens on a board, for how long, and how commands in words are taken apart."""

import asyncio

from device.services import followers, words
from device.services.followers import LEASE_S, MOST, Followers
from device.services.words import Refusal, Words, allowed, number
from lib.unittest import TestCase
from uockam import Message, Node, Worker
from uockam.address import LOCAL, Address


class Collector(Worker):
    """Keeps what comes, and says so."""

    def __init__(self):
        self.texts = []
        self.came = asyncio.Event()

    async def handle_message(self, context, message):
        self.texts.append(message.text)
        self.came.set()


def _from(name):
    """A message that can be answered at a worker of that name."""
    route = (Address(LOCAL, name.encode()),) if name else ()
    return Message((), route, b"", None, None)


class FollowersAreTold(TestCase):
    async def asyncSetUp(self):
        self.node = Node()
        self.collector = Collector()
        await self.node.start_worker("c", self.collector)
        self.followers = Followers(self.node, 1)
        self.things = []
        self.ticks, self.now = followers.ticks_ms, 0
        followers.ticks_ms = lambda: self.now

    async def asyncTearDown(self):
        followers.ticks_ms = self.ticks
        self.followers.close()
        await self.node.stop()

    def look(self):
        return self.things.pop(0) if self.things else None

    async def heard(self, count):
        while len(self.collector.texts) < count:
            self.collector.came.clear()
            await self.collector.came.wait()
        return self.collector.texts

    async def ended(self):
        while self.followers._all:
            await asyncio.sleep(0)

    async def test_all_that_happens_comes_in_order_and_nothing_twice(self):
        self.followers.add(_from("c"), "t", self.look)
        self.things.extend(["one", "two"])
        self.assertEqual(await self.heard(2), ["one", "two"])
        self.things.append("three")
        self.assertEqual(await self.heard(3), ["one", "two", "three"])

    async def test_asking_again_renews_and_tells_nothing_twice(self):
        for _ in range(3):
            self.followers.add(_from("c"), "t", self.look)
        self.assertEqual(len(self.followers._all), 1)
        self.things.append("one")
        self.assertEqual(await self.heard(1), ["one"])

    async def test_the_lease_ends_unless_it_is_renewed(self):
        self.followers.add(_from("c"), "t", self.look)
        self.now = LEASE_S * 1000 - 1
        self.followers.add(_from("c"), "t", self.look)
        self.now = LEASE_S * 1000 + 5
        self.things.append("still here")
        self.assertEqual(await self.heard(1), ["still here"])
        self.now = 2 * LEASE_S * 1000
        await self.ended()

    async def test_one_that_is_gone_is_forgotten(self):
        self.followers.add(_from("nobody"), "t", self.look)
        self.things.append("one")
        await self.ended()

    async def test_there_are_only_so_many_and_none_without_an_address(self):
        for topic in range(MOST):
            self.followers.add(_from("c"), str(topic), self.look)
        with self.assertRaises(Refusal):
            self.followers.add(_from("c"), "more", self.look)
        self.assertTrue(self.followers.drop(_from("c"), "0"))
        self.assertFalse(self.followers.drop(_from("c"), "0"))
        self.followers.add(_from("c"), "more", self.look)
        with self.assertRaises(Refusal):
            self.followers.add(_from(""), "t", self.look)


class Adder(Words):
    usage = "add A [B], fail, drop"

    def add(self, first, second="0"):
        return str(number(first, 0, 99, "A") + number(second, 0, 99, "B"))

    def fail(self):
        raise OSError(5)

    commands = (("add", add, 1, 2), ("fail", fail, 0, 0))


class WordsAreCommands(TestCase):
    async def test_each_is_answered_with_its_result_or_an_error(self):
        node = Node()
        await node.start_worker("w", Adder())
        for text, answer in (
            ("add 5", "5"),
            ("  add   5 6  ", "11"),
            ("add", "error: 'add' is none of: add A [B], fail, drop"),
            ("add 1 2 3", "error: 'add 1 2 3' is none of: add A [B], fail, drop"),
            ("add 100", "error: A is a number from 0 to 99, not '100'"),
            ("add -1", "error: A is a number from 0 to 99, not '-1'"),
            ("add 0000000001", "error: A is a number from 0 to 99, not '0000000001'"),
            ("add \u0663", "error: A is a number from 0 to 99, not '\u0663'"),
            ("fail", "error: OSError: 5"),
            ("drop", "error: 'drop' is none of: add A [B], fail, drop"),
            ("\n", "error: '?' is none of: add A [B], fail, drop"),
        ):
            got = await node.ask("w", text)
            self.assertTrue(got == answer or (text == "fail" and got.startswith("error: OSError: ")), got)
        await node.stop()

    async def test_a_text_that_is_too_long_is_no_command_however_it_begins(self):
        node = Node()
        await node.start_worker("w", Adder())
        answer = await node.ask("w", "add 5" + " " * words._MAX_TEXT)
        self.assertTrue(answer.startswith("error: 'add 5 "), answer)
        await node.stop()

    def test_pins_are_those_of_the_settings_by_number_or_name(self):
        self.assertEqual([allowed(word, [4, "LED"], "gpio") for word in ("4", "LED")], [4, "LED"])
        for word in ("5", "04", "led", ""):
            with self.assertRaises(Refusal):
                allowed(word, [4, "LED"], "gpio")
