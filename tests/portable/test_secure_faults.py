"""Secure channels through a hop that damages, drops, repeats and reorders what passes, and against hostile initiators.

Whatever happens, nobody is accepted wrongly, nothing hangs, and nothing but the channel in question is disturbed.
UOCKAM_FUZZ_ROUNDS and UOCKAM_FUZZ_SEED are those of test_hostile_input.
"""

import random

from lib.channels import ChannelTest, limits
from lib.mutate import damaged, noise
from lib.nodes import Lines, Recorder, outcome, until
from lib.parties import NOW, attestation, history, seed, static
from test_hostile_input import ROUNDS, SEED
from uockam import Node, Worker, cbor
from uockam import log as logging
from uockam.address import Address
from uockam.crypto.steps import last
from uockam.message import WANTS_ERRORS, Message
from uockam.port import MICROPYTHON
from uockam.secure import making
from uockam.secure.identity import MAX_CHANGES
from uockam.secure.noise import MOST_BYTES, Handshake
from uockam.secure.nonces import WINDOW
from uockam.secure.pace import Pace

STRIDE = 41 if MICROPYTHON else 1  # the curve takes long there
PLAIN = b"what nobody in between may read"


class Between(Worker):
    """A hop that keeps what it sees, and passes on what `change` makes of each message: a list of payloads."""

    def __init__(self):
        self.seen = []
        self.change = None

    async def handle_message(self, context, message):
        number = len(self.seen)
        self.seen.append(message)
        for payload in (message.payload,) if self.change is None else self.change(number, message.payload):
            await context.forward(with_payload(message, payload).step_forward(context.address))


def with_payload(message, payload):
    """The message with another payload."""
    return Message(message.onward_route, message.return_route, payload, message.tracing, message.origin)


class Faults(ChannelTest):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        self.lines = Lines(logging.ERROR)
        self.addCleanup(self.lines.done)
        self.middle = Node("middle")
        self.addAsyncCleanup(self.middle.stop)
        self.between = Between()
        await self.middle.start_worker("between", self.between)
        near, _ = self.serve(self.one, self.middle)
        onward, _ = self.serve(self.middle, self.two)
        self.way = (near.address, "between", onward.address, "api")
        self.got = Recorder()
        await self.two.start_worker("recorder", self.got)
        self.unlimited()

    def unlimited(self):
        for node in (self.one, self.two):
            node.secure.limits = limits(each_minute=1 << 20, all_minute=1 << 20)
            node.secure._pace = Pace(1 << 20, 1 << 20)

    async def asyncTearDown(self):
        self.assertEqual(self.lines.lines, [])

    async def connect(self):
        self.between.seen = []
        return await self.one.secure.create(self.way)

    async def works(self, channel):
        """It is between the right two, and carries messages."""
        self.assertEqual(channel.peer.identifier, history(2).identifier)
        self.assertEqual(await self.one.ask((channel.address, "who"), b""), history(1).identifier)

    async def all_gone(self, channel):
        """Close it, and what is left of handshakes."""
        channel.close()
        await until(lambda: not [each for each in self.two.secure.all.values() if each.open_now])
        for each in tuple(self.two.secure.all.values()):
            each.close()
        self.assertEqual((self.one.secure.all, self.two.secure.all), ({}, {}))

    async def with_changes(self, number, changes):
        """A handshake before whose message `number` all the changes of it come, one after another."""
        self.between.change = lambda at, data: [change(data) for change in changes] + [data] if at == number else [data]
        channel = await self.connect()
        await self.works(channel)
        self.between.change = None
        await self.all_gone(channel)


class Handshakes(Faults):
    async def sizes(self):
        channel = await self.connect()
        await self.works(channel)
        await self.all_gone(channel)
        return [len(message.payload) for message in self.between.seen[:3]]

    async def test_any_byte_of_any_message_changed_is_refused_and_the_right_one_still_accepted(self):
        for number, size in enumerate(await self.sizes()):
            await self.with_changes(number, [flip(at, bit) for bit in (1, 0x80) for at in range(0, size, STRIDE)])

    async def test_a_first_message_that_is_cut_short_is_refused_with_the_reason(self):
        for length in range(0, 32, STRIDE):
            self.between.change = lambda at, data: [cut(length)(data)]  # noqa: B023
            kind, text = await outcome(self.connect())
            self.assertEqual(kind, "RemoteError")
            self.assertIn("takes nothing else", text)
        self.assertEqual((self.one.secure.all, self.two.secure.all), ({}, {}))

    async def test_any_other_message_cut_short_or_grown_is_refused_and_the_right_one_still_accepted(self):
        for number, size in enumerate(await self.sizes()):
            await self.with_changes(number, [lambda data: data + b"\x00", lambda data: data * 2])
            if number:
                await self.with_changes(number, [cut(length) for length in range(0, size, STRIDE)])

    async def test_messages_that_come_twice_make_no_second_channel(self):
        for number in range(3):
            await self.with_changes(number, [lambda data: data])

    async def test_a_message_in_the_place_of_another_is_refused(self):
        kept = []
        self.between.change = lambda at, data: kept.append(data) or [data]
        channel = await self.connect()
        await until(lambda: len(kept) == 3)
        await self.all_gone(channel)
        for number in range(3):
            await self.with_changes(number, [instead(kept[other]) for other in range(3) if other != number])

    async def test_data_that_overtakes_the_last_message_is_lost_and_no_more(self):
        held = []

        def swap(at, data):
            if at == 2:
                held.append(data)
                return []
            return [data, held.pop()] if held else [data]

        self.between.change = swap
        channel = await self.connect()
        await self.one.send((channel.address, "recorder"), b"lost")
        await self.one.send((channel.address, "recorder"), b"there")
        await until(lambda: self.got.payloads)
        self.assertEqual(self.got.payloads, [b"there"])

    async def test_a_handshake_that_was_recorded_opens_nothing_again(self):
        await self.all_gone(await self.connect())
        recorded = self.between.seen[:]
        for message in recorded:
            await self.middle.deliver(message.step_forward(Address(0, b"between")))
        await until(lambda: self.two.secure.all)
        self.assertEqual([each.open_now for each in self.two.secure.all.values()], [False])

    async def test_a_responder_that_restarts_in_the_middle_is_noticed(self):
        def restart(at, data):
            if at == 2:
                for each in tuple(self.two.secure.all.values()):
                    each.close()
            return [data]

        self.between.change = restart
        channel = await self.connect()
        self.assertEqual((await outcome(self.one.ask((channel.address, "echo"), b"")))[0], "ConnectionLost")
        self.assertIn("refused", channel.reason)


def flip(at, bit=1):
    """That bit of that byte changed."""

    def change(data):
        changed = bytearray(data)
        changed[at] ^= bit
        return bytes(changed)

    return change


def instead(other):
    """Another one in its place."""
    return lambda data: other


def cut(length):
    """So many bytes of it."""
    return lambda data: data[:length]


class Data(Faults):
    async def send(self, count, change):
        """What of `count` messages arrives when `change` is done to all of them at the end: their numbers."""
        channel = await self.connect()
        await self.works(channel)
        kept = []
        self.between.change = lambda at, data: kept.append(data) or []
        for number in range(count):
            await self.one.send((channel.address, "recorder"), bytes((number,)))
        await until(lambda: len(kept) == count)
        self.between.change = lambda at, data: change(kept) if data == kept[0] else [data]
        await self.repeat(self.between.seen[-count])
        self.between.change = None
        return channel

    async def repeat(self, message):
        """Send what was seen once more."""
        await self.middle.deliver(
            Message((Address(0, b"between"),) + message.onward_route[1:], (), message.payload, None, None)
        )

    async def check(self, count, change, expected):
        channel = await self.send(count, change)
        await self.works(channel)
        self.assertEqual([payload[0] for payload in self.got.payloads], expected)

    async def test_what_is_dropped_is_missing_and_no_more(self):
        await self.check(WINDOW - 2, lambda kept: kept[-1:], [WINDOW - 3])

    async def test_what_comes_twice_is_delivered_once(self):
        await self.check(5, lambda kept: kept + kept + kept[::-1], [0, 1, 2, 3, 4])

    async def test_what_is_reordered_within_the_window_is_delivered(self):
        count = WINDOW - 1
        await self.check(count, lambda kept: kept[::-1], list(range(count - 1, -1, -1)))

    async def test_what_is_too_late_is_not(self):
        count = WINDOW + 20
        newest = list(range(20, count))
        await self.check(count, lambda kept: kept[:1] + kept[20:] + kept[1:20][::-1], [0] + newest + [19])

    async def test_any_byte_of_it_changed_is_dropped(self):
        await self.check(1, lambda kept: [flip(at)(kept[0]) for at in range(len(kept[0]))] + kept, [0])

    async def test_what_is_cut_short_is_dropped(self):
        await self.check(1, lambda kept: [kept[0][:size] for size in range(len(kept[0]))] + kept, [0])

    async def test_what_belongs_to_another_channel_is_dropped(self):
        first = await self.connect()
        await self.works(first)
        await self.one.send((first.address, "recorder"), b"\x09")
        await until(lambda: self.got.payloads)
        foreign = self.between.seen[-1].payload
        self.got.payloads = []
        await self.check(2, lambda kept: [kept[0], foreign, kept[1]], [0, 1])

    async def test_the_hop_sees_neither_the_text_nor_where_it_goes(self):
        channel = await self.connect()
        await self.one.start_worker("asking", Recorder())
        await self.one.send((channel.address, "recorder"), PLAIN, (Address(0, b"asking"),))
        await until(lambda: self.got.payloads)
        self.assertEqual(self.got.payloads, [PLAIN])
        self.assertEqual(len(self.between.seen), 4)
        for message in self.between.seen:
            everything = repr(message)
            for secret in (PLAIN, b"recorder", b"asking"):
                self.assertNotIn(secret, message.payload)
                self.assertNotIn(secret.decode(), everything)


class Hostile(Faults):
    """An initiator who knows the protocol, and what it may not say."""

    async def knock(self, payload, number=5, known=None):
        """What the responder says to a handshake whose last message holds this."""
        key = static(seed(100 + number))
        shake = Handshake(True, key, static(seed(201)))
        first = last(shake.write_steps())
        answer = await self.one.ask_message((self.near.address, "api"), first)
        last(shake.read_steps(answer.payload))
        third = last(shake.write_steps(payload(key)))
        question = Message(answer.return_route, (), third, WANTS_ERRORS, None)
        kind, text = await outcome(self.one.ask_message(question.onward_route, third))
        self.assertEqual(kind, "RemoteError", text)
        self.assertEqual(self.two.secure.all, {})
        self.assertEqual(self.two.secure.keys.known.get(history(number).identifier), known)
        return text

    def shown(self, number=5, history_item=None, key=None, credentials=()):
        """What makes a payload for that identity, with something in it replaced."""
        items = history(number).item() if history_item is None else history_item

        def payload(own):
            return cbor.encode((items, attestation(number, key or own.public).item(), list(credentials)))

        return payload

    async def test_a_payload_that_is_nonsense(self):
        for data in (b"", b"\x00", b"\xff" * 9, b"\x83" * 40, noise(600), b"\x9f" * 2000, b"\xbf" + bytes(999)):
            await self.knock(instead(data))

    async def test_a_history_that_is_too_long(self):
        change = history(5).item()[0]
        text = await self.knock(self.shown(history_item=[change] * (MAX_CHANGES + 1)))
        self.assertIn("1 to %d changes" % MAX_CHANGES, text)

    async def test_a_history_of_another_shape(self):
        change = history(5).item()[0]
        huge = [[bytes(MOST_BYTES - 1200), change[1]]]
        for item in ([], [change, change], [change[:1]], [[b"", change[1]]], {}, 0, huge):
            await self.knock(self.shown(history_item=item))

    async def test_the_history_of_somebody_else(self):
        await self.knock(lambda own: cbor.encode((history(6).item(), attestation(5, own.public).item(), [])))

    async def test_an_attestation_of_another_key(self):
        self.assertIn("another key", await self.knock(self.shown(key=bytes(range(32)))))

    async def test_an_older_history_than_before(self):
        rotated = last(making.rotate_steps(history(5), seed(5), seed(55), NOW))
        self.two.secure.keys.known[rotated.identifier] = rotated.encode()
        self.assertIn("an older history", await self.knock(self.shown(), known=rotated.encode()))

    async def test_noise_at_every_address_in_every_state_changes_nothing(self):
        random.seed(SEED)
        rounds = max(20, ROUNDS // 10)
        channel = await self.connect()
        await self.works(channel)
        real = [message.payload for message in self.between.seen]
        theirs = await self.theirs()
        for _ in range(rounds):
            value = (b"api", theirs.decryptor.address.value, theirs.address.value)[random.randrange(3)]
            data = real[random.randrange(len(real))]
            data = (noise(80), damaged(data), data)[random.randrange(3)]
            tracing = (None, WANTS_ERRORS, '{"uockam-error":"x"}')[random.randrange(3)]
            back = (Address(0, b"x"),) * random.randrange(2)
            await self.one.deliver(Message((self.near.address, Address(0, value)), back, data, tracing, None))
        moved = self.far.moved
        await self.one.ask((self.near.address, "echo"), b"")
        self.assertGreater(self.far.moved, moved)
        await self.works(channel)
        self.assertEqual([each for each in self.two.secure.all.values() if each.open_now], [theirs])
