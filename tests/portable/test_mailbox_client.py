"""uockam.services.mailbox_client: what a receiver does with stored messages, and in how many round trips."""

from hashlib import sha256

from lib.channels import ChannelTest
from lib.nodes import Lines, Recorder, outcome, until
from lib.parties import NOW, party, seed
from uockam import Worker, api, wire
from uockam.access import OWNER, Identities
from uockam.crypto.steps import last
from uockam.errors import ConnectionLost
from uockam.message import Message, error_of
from uockam.route import route
from uockam.secure import oneway
from uockam.secure.keys import Keys
from uockam.secure.peer import Rules
from uockam.secure.store import MemoryStore
from uockam.services import mailbox_client
from uockam.services.echo import Echo
from uockam.services.mailbox import AT, EXCHANGE, MAIL, PUT
from uockam.services.mailbox_client import MailboxClient
from uockam.services.requests import Requests

SENDER = party(3)


class Kept(Requests):
    """A mailbox for one receiver: `messages` are (number, sealed message)."""

    def __init__(self):
        super().__init__(((api.POST, "exchange", self._exchange),))
        self.messages = []
        self.asked = []
        self.card = b""
        self.most = 32
        self.refusal = ""
        self.deaf = False  # acknowledgements get lost

    async def _exchange(self, parts, body):
        values = EXCHANGE.unpack(body)
        self.asked.append(values)
        if self.refusal:
            raise api.Reject(api.CONFLICT, self.refusal)
        if not self.deaf:
            self.messages = [pair for pair in self.messages if pair[0] > values["after"]]
        self.card = values["card"] or self.card
        wants = sha256(self.card).digest() != values["digest"]
        taken = self.messages[: self.most]
        return MAIL.pack(messages=taken, left=len(self.messages) - len(taken), wants_card=wants, now=NOW, refused=0)

    @property
    def answers(self):
        """Of all exchanges, as PUT has them."""
        return [PUT.unpack(each) for values in self.asked for each in values["answers"] or ()]


class Shouting(Worker):
    """Answers with its message in capital letters, and keeps who asked."""

    def __init__(self):
        self.origins = []

    async def handle_message(self, context, message):
        self.origins.append(message.origin)
        await context.reply(message, message.text.upper())


class MailboxTest(ChannelTest):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.mailbox = Kept()
        await self.two.start_worker(AT, self.mailbox)
        self.led = Recorder()
        await self.one.start_worker("led", self.led)
        self.client = MailboxClient(self.one, "pico1", "1.0")
        self.sender = Keys(MemoryStore())
        last(self.sender.create_steps(seed(3), NOW))
        self.receiver = last(self.one.secure.keys.party_steps(self.one.secure.identifier, lambda: seed(50), NOW))
        self.mailbox.card = oneway.card_of(self.receiver)
        self.lines = Lines()
        self.addCleanup(self.lines.done)

    def sealed(self, payload, to="led", back="", number=0, period=(NOW, NOW + 60), tracing=None):
        """A message of party 3 for node one."""
        message = Message(route(to), route(back) if back else (), payload, tracing, None)
        id = bytes(15) + bytes((number,))
        name, static = self.one.secure.identifier, self.receiver.static.public
        return last(oneway.seal_steps(seed(60), static, name, self.sender, SENDER, id, period, message))

    def keep(self, *sealed):
        """Let these wait."""
        start = len(self.mailbox.messages) + 1
        self.mailbox.messages += [(start + at, each) for at, each in enumerate(sealed)]

    async def visit(self):
        """What came of a visit, in numbers."""
        done = await self.client.visit((self.near.address, "api"))
        return done.delivered, done.repeated, done.useless, done.answers

    def answer(self, at=0):
        """The message in an answer, as its receiver, party 3, opens it."""
        put = self.mailbox.answers[at]
        self.assertEqual(put["receiver"], SENDER.history.identifier)
        steps = oneway.open_steps(put["sealed"], SENDER.static, put["receiver"], Rules({}), NOW)
        found = last(steps)
        self.assertEqual((found.id, found.sender.identifier), (put["id"], self.one.secure.identifier))
        return wire.decode(found.message)


class Visits(MailboxTest):
    async def test_messages_are_delivered_in_order_and_acknowledged(self):
        self.keep(*[self.sealed(b"%d" % number, number=number) for number in range(3)])
        self.assertEqual(await self.visit(), (3, 0, 0, 0))
        self.assertEqual(self.led.payloads, [b"0", b"1", b"2"])
        self.assertEqual(self.mailbox.messages, [])
        self.assertEqual([values["after"] for values in self.mailbox.asked], [0, 3])

    async def test_more_than_one_answer_brings_takes_another_exchange(self):
        self.mailbox.most = 2
        self.keep(*[self.sealed(b"%d" % number, number=number) for number in range(5)])
        self.assertEqual(await self.visit(), (5, 0, 0, 0))
        self.assertEqual(self.led.payloads, [b"0", b"1", b"2", b"3", b"4"])
        self.assertEqual([values["after"] for values in self.mailbox.asked], [0, 2, 4, 5])

    async def test_what_comes_again_is_dropped_also_after_a_restart(self):
        self.keep(self.sealed(b"once", number=1), self.sealed(b"once", number=1))
        self.assertEqual(await self.visit(), (1, 1, 0, 0))
        self.keep(self.sealed(b"once", number=1), self.sealed(b"other", number=2))
        self.client = MailboxClient(self.one)
        self.assertEqual(await self.visit(), (1, 1, 0, 0))
        self.assertEqual(self.led.payloads, [b"once", b"other"])

    async def test_only_so_many_are_remembered(self):
        most, self.mailbox.most = mailbox_client.MOST_REMEMBERED, 8
        self.keep(*[self.sealed(b"x", number=number) for number in range(most + 6)])
        await self.visit()
        kept = self.one.secure.keys.store.get(mailbox_client.REMEMBERED + self.one.secure.identifier)
        self.assertEqual(len(kept), most * mailbox_client.MARK_BYTES)
        self.keep(self.sealed(b"x", number=6), self.sealed(b"x", number=5))
        self.assertEqual(await self.visit(), (1, 1, 0, 0))

    async def test_what_cannot_be_read_is_acknowledged_and_told_in_the_log(self):
        expired = self.sealed(b"late", period=(NOW - 0, NOW))
        self.clock.now = NOW + 1
        self.keep(b"", b"\x01" + bytes(100), expired, self.sealed(b"good", number=1))
        self.assertEqual(await self.visit(), (1, 0, 3, 0))
        self.assertEqual(self.led.payloads, [b"good"])
        self.assertEqual(self.mailbox.messages, [])
        self.assertEqual(len(self.lines.lines), 3)

    async def test_the_way_there_ends_with_the_visit(self):
        await self.visit()
        self.assertEqual(self.one.secure.all, {})

    async def test_a_refusal_is_an_error_with_its_reason(self):
        self.mailbox.refusal = "the name pico1 belongs to another member"
        kind, text = await outcome(self.visit())
        self.assertEqual((kind, text), ("RemoteError", "the mailbox refuses: the name pico1 belongs to another member"))

    async def test_mail_without_sense_is_an_error(self):
        self.mailbox.deaf = True
        for bad in (None, 7, [], [1], [b"", 1], [1, None]):
            self.mailbox.messages = [bad]
            self.assertEqual((await outcome(self.visit()))[0], "ProtocolError")

    async def test_a_project_that_gives_again_what_was_acknowledged_keeps_nobody_busy(self):
        self.mailbox.deaf = True
        self.keep(self.sealed(b"on"))
        self.assertEqual((await outcome(self.visit()))[0], "ProtocolError")
        self.assertEqual((len(self.mailbox.asked), self.led.payloads), (2, [b"on"]))


class Cards(MailboxTest):
    async def test_a_card_is_shown_once_when_it_is_wanted(self):
        self.mailbox.card = b""
        await self.visit()
        self.assertEqual([bool(values["card"]) for values in self.mailbox.asked], [False, True])
        self.assertEqual(self.mailbox.card, oneway.card_of(self.receiver))
        self.assertEqual(self.mailbox.asked[1]["name"], "pico1")
        await self.visit()
        self.assertEqual([bool(values["card"]) for values in self.mailbox.asked], [False, True, False])

    async def test_a_project_that_always_wants_it_keeps_nobody_busy(self):
        async def always(parts, body):
            self.mailbox.asked.append(EXCHANGE.unpack(body))
            return MAIL.pack(messages=[], left=0, wants_card=True, now=NOW, refused=0)

        self.mailbox.table[0] = (api.POST, ["exchange"], always)
        await self.visit()
        self.assertEqual(len(self.mailbox.asked), 2)


class Answers(MailboxTest):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.shouting = Shouting()
        await self.one.start_worker("uppercase", self.shouting)

    async def test_an_answer_goes_to_the_mailbox_of_the_sender_with_the_acknowledgement(self):
        self.keep(self.sealed(b"\x05hello", "uppercase", "asker"))
        self.assertEqual(await self.visit(), (1, 0, 0, 1))
        self.assertEqual([len(values["answers"] or ()) for values in self.mailbox.asked], [0, 1])
        message = self.answer()
        self.assertEqual((message.onward_route, message.text), (route("asker"), "HELLO"))
        self.assertEqual(message.return_route, ())

    async def test_the_worker_knows_who_asks_and_what_is_proven(self):
        self.keep(self.sealed(b"\x01x", "uppercase", "asker"))
        await self.visit()
        (origin,) = self.shouting.origins
        self.assertEqual((origin.identifier, origin.attributes, origin.owner), (SENDER.history.identifier, {}, False))
        self.one.secure.owners.add(SENDER.history.identifier)
        self.keep(self.sealed(b"\x01x", "uppercase", "asker", 1))
        await self.visit()
        self.assertTrue(self.shouting.origins[1].owner)

    async def test_access_rules_hold_as_for_channels(self):
        hidden, open_to = Recorder(), Recorder()
        await self.one.start_worker("hidden", hidden, access=OWNER)
        await self.one.start_worker("open", open_to, access=Identities(SENDER.history.identifier))
        self.keep(
            self.sealed(b"1", "hidden", number=1),
            self.sealed(b"2", "open", number=2),
            self.sealed(b"3", "_x", number=3),
        )
        self.assertEqual((await self.visit())[0], 3)
        self.assertEqual((hidden.payloads, open_to.payloads), ([], [b"2"]))

    async def test_a_missing_worker_is_told_to_who_wants_an_answer(self):
        self.keep(self.sealed(b"x", "nobody", "asker"))
        await self.visit()
        self.assertEqual(error_of(self.answer()), "there is no worker at 'nobody'")

    async def test_a_worker_that_never_answers_keeps_nothing_up(self):
        self.addCleanup(setattr, mailbox_client, "ANSWER_MS", mailbox_client.ANSWER_MS)
        mailbox_client.ANSWER_MS = 50
        self.keep(self.sealed(b"x", "led", "asker", 1), self.sealed(b"y", "led", number=2))
        self.assertEqual(await self.visit(), (2, 0, 0, 0))
        self.assertEqual(self.led.payloads, [b"x", b"y"])

    async def test_the_answer_to_a_letter_that_comes_twice_has_the_same_id(self):
        self.keep(self.sealed(b"\x01x", "uppercase", "asker"))
        await self.visit()
        self.one.secure.keys.store.put({mailbox_client.REMEMBERED + self.one.secure.identifier: None})
        self.keep(self.sealed(b"\x01x", "uppercase", "asker"))
        await self.visit()
        one, two = self.mailbox.answers
        self.assertEqual(one["id"], two["id"])

    async def test_no_more_answers_than_fit_are_made_at_a_time(self):
        self.addCleanup(setattr, mailbox_client, "ROOM", mailbox_client.ROOM)
        mailbox_client.ROOM = 700
        self.keep(*[self.sealed(b"\x01x", "uppercase", "asker", number) for number in range(4)])
        self.assertEqual((await self.visit())[0], 4)
        self.assertTrue(len(self.mailbox.asked) > 2)
        self.assertEqual(len(self.mailbox.answers), 4)

    async def test_an_answer_that_could_not_leave_does_so_at_the_next_visit(self):
        self.keep(self.sealed(b"\x01x", "uppercase", "asker"))
        exchange, calls = self.client._exchange, []

        async def cut(*arguments):
            calls.append(arguments)
            if len(calls) == 2:
                raise ConnectionLost("cut")
            return await exchange(*arguments)

        self.client._exchange = cut
        self.assertEqual(await outcome(self.visit()), ("ConnectionLost", "cut"))
        self.assertEqual(self.mailbox.answers, [])
        self.assertEqual(await self.visit(), (0, 1, 0, 1))
        self.assertEqual(self.answer().text, "X")

    async def test_an_error_that_comes_as_an_answer_stays_one(self):
        self.keep(self.sealed(b"", "led", tracing='{"uockam-error":"why"}'))
        await self.visit()
        self.assertEqual(error_of(self.led.messages[0]), "why")

    async def test_without_answers_workers_are_not_waited_for(self):
        self.client = MailboxClient(self.one, answers=False)
        await self.one.start_worker("echo", Echo())
        self.keep(self.sealed(b"x", "led", "asker"))
        self.assertEqual(await self.visit(), (1, 0, 0, 0))


class RoundTrips(MailboxTest):
    def watched(self):
        """Who wrote, in order, as long as the test goes on."""
        turns = []
        for who, connection in (("1", self.near), ("2", self.far)):
            self.watch(who, connection.link, turns)
        return turns

    def watch(self, who, link, turns):
        write = link.write

        def noted(data):
            if turns[-1:] != [who]:
                turns.append(who)
            write(data)

        link.write = noted

    async def expect_turns(self, turns, count):
        """So many round trips, and then the farewell, which nobody answers."""
        await until(lambda: len(turns) == 2 * count + 1)
        self.assertEqual(turns, ["1", "2"] * count + ["1"])

    async def test_fetching_answering_and_acknowledging_take_three(self):
        await self.one.start_worker("uppercase", Shouting())
        self.keep(self.sealed(b"\x01x", "uppercase", "asker", 1), self.sealed(b"on", number=2))
        turns = self.watched()
        self.assertEqual(await self.visit(), (2, 0, 0, 1))
        await self.expect_turns(turns, 3)

    async def test_an_empty_mailbox_takes_two(self):
        turns = self.watched()
        await self.visit()
        await self.expect_turns(turns, 2)

    async def test_registering_takes_one_more(self):
        self.mailbox.card = b""
        turns = self.watched()
        await self.visit()
        await self.expect_turns(turns, 3)
