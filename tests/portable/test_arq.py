"""The reliable stream (docs/serial-link.md): its state table, deadlines, limits, and a recorded exchange."""

from lib.lossy_line import CLEAN, START, Faults, Random, World
from lib.unittest import TestCase
from lib.vectors import from_hex, load, to_hex
from uockam.port import ticks_add
from uockam.transport import segment as wire
from uockam.transport.arq import (
    CALLING,
    CLOSED,
    CLOSING,
    CONNECTED,
    DATA,
    DOWN,
    ENDED,
    FINISHED,
    RESTARTED,
    SILENT,
    UP,
    Arq,
    Limits,
)
from uockam.transport.framing import FRAME, TEXT, Deframer, encode
from uockam.transport.segment import Segment, Syn

VECTORS = load("serial_link")
OWN = 0x0A0B0C0D
PEER = 0x01020304
NEXT_PEER = 0x55667788
FORMER_PEER = 0x99AABBCC
LIMITS = Limits(payload=64, window=4, quiet_ms=1000, buffer=200, call_ms=1000)


def syn(epoch=PEER, to=0, payload=64, window=4, quiet_ms=1000):
    return encode(wire.encode_syn(Syn(1, epoch, to, payload, window, quiet_ms)))


def segment(kind, payload=b"", number=0, ack=0, room=4, own=OWN, peer=PEER):
    return encode(wire.encode_segment((kind, wire.tag(peer, own), number, ack, room), payload))


def frames(line):
    return [wire.decode(data) for kind, data in Deframer(5000).feed(line) if kind == FRAME]


def drain(arq, now):
    """All that goes on the line now."""
    parts = []
    while True:
        data = arq.output(now)
        if not data:
            return b"".join(parts)
        parts.append(data)


def kinds(events):
    return [kind for kind, _ in events]


def calling():
    return Arq(OWN, START, LIMITS)


def answering():
    arq = calling()
    arq.feed(syn(), START)
    drain(arq, START)
    return arq


def connected():
    arq = Arq(OWN - 1, START, LIMITS)
    arq.feed(syn(FORMER_PEER, OWN - 1), START)
    arq.feed(syn(PEER), START)  # the other side starts again, so this one takes its next epoch: OWN
    arq.feed(syn(PEER, OWN), START)
    drain(arq, START)
    return arq


def closing():
    arq = connected()
    arq.close(START)
    return arq


def closed():
    arq = closing()
    arq.feed(syn(NEXT_PEER), START)
    return arq


STATES = {
    "calling": (calling, CALLING),
    "answering": (answering, CALLING),
    "connected": (connected, CONNECTED),
    "closing": (closing, CLOSING),
    "closed": (closed, CLOSED),
}

EVENTS = {
    "first call": lambda arq: arq.feed(syn(NEXT_PEER), START),
    "answer": lambda arq: arq.feed(syn(NEXT_PEER, OWN), START),
    "call of this life": lambda arq: arq.feed(syn(PEER, OWN), START),
    "late call of a former life": lambda arq: arq.feed(syn(FORMER_PEER), START),
    "own call": lambda arq: arq.feed(syn(OWN), START),
    "data": lambda arq: arq.feed(segment(wire.DATA, b"x"), START),
    "acknowledgement": lambda arq: arq.feed(segment(wire.ACK), START),
    "ping": lambda arq: arq.feed(segment(wire.PING), START),
    "farewell": lambda arq: arq.feed(segment(wire.FIN), START),
    "data of another life": lambda arq: arq.feed(segment(wire.DATA, b"x", own=OWN - 1), START),
    "text": lambda arq: arq.feed(b"text", START),
    "2 s": lambda arq: arq.feed(b"", ticks_add(START, 2000)),
    "4 s": lambda arq: arq.feed(b"", ticks_add(START, 4000)),
    "close": lambda arq: arq.close(START) or [],
    "open": lambda arq: arq.open(START) or [],
}

# (state, event): (state after, events). What is not listed changes nothing, except that text is always text.
WALK = {
    ("calling", "answer"): (CONNECTED, [UP]),
    ("calling", "call of this life"): (CONNECTED, [UP]),
    ("calling", "close"): (CLOSED, []),
    ("answering", "answer"): (CONNECTED, [UP]),
    ("answering", "call of this life"): (CONNECTED, [UP]),
    ("answering", "data"): (CONNECTED, [UP, DATA]),
    ("answering", "acknowledgement"): (CONNECTED, [UP]),
    ("answering", "ping"): (CONNECTED, [UP]),
    ("answering", "farewell"): (CALLING, [UP, DOWN]),
    ("answering", "close"): (CLOSED, []),
    ("connected", "first call"): (CALLING, [DOWN]),
    ("connected", "answer"): (CALLING, [DOWN]),
    ("connected", "data"): (CONNECTED, [DATA]),
    ("connected", "farewell"): (CALLING, [DOWN]),
    ("connected", "4 s"): (CALLING, [DOWN]),
    ("connected", "close"): (CLOSING, []),
    ("closing", "first call"): (CLOSED, [DOWN]),
    ("closing", "answer"): (CLOSED, [DOWN]),
    ("closing", "farewell"): (CLOSED, [DOWN]),
    ("closing", "2 s"): (CLOSED, [DOWN]),
    ("closing", "4 s"): (CLOSED, [DOWN]),
    ("closed", "open"): (CALLING, []),
}


class Pair:
    """Two sides on a clean line with a latency of 1 ms."""

    def __init__(self, limits=LIMITS, other=None):
        self.world = World(Random(1), CLEAN, (limits, other or limits), latency_ms=1, piece=4096)
        self.a, self.b = self.world.sides
        self.world.run_until(self.world.both_up, 1000)


class Vectors(TestCase):
    def test_tags(self):
        for vector in VECTORS["tags"]:
            self.assertEqual(wire.tag(vector["sender"], vector["receiver"]), vector["tag"])

    def test_calls(self):
        for vector in VECTORS["syns"]:
            call = Syn(*[vector[name] for name in ("version", "epoch", "to", "payload", "window", "quiet_ms")])
            self.assertEqual(to_hex(wire.encode_syn(call)), vector["body"])
            self.assertEqual(wire.decode(from_hex(vector["body"])), call)

    def test_segments(self):
        for vector in VECTORS["segments"]:
            head = (ord(vector["kind"]), wire.tag(vector["sender"], vector["receiver"]))
            head += (vector["number"], vector["ack"], vector["room"])
            payload = from_hex(vector["payload"])
            self.assertEqual(to_hex(wire.encode_segment(head, payload)), vector["body"])
            self.assertEqual(wire.decode(from_hex(vector["body"])), Segment(*(head + (payload,))))

    def test_an_exchange_from_the_first_call_to_the_farewell_byte_for_byte(self):
        exchange = VECTORS["exchange"]
        limits = exchange["limits"]
        limits = Limits(payload=limits["payload"], window=limits["window"], quiet_ms=limits["quiet_ms"], call_ms=1000)
        sides = {"a": Arq(exchange["epochs"]["a"], 0, limits)}
        said = []
        coming = []
        for now in range(45):
            if now == 10:
                sides["b"] = Arq(exchange["epochs"]["b"], now, limits)
            if now == 20:
                sides["a"].write(b"hello")
            if now == 40:
                sides["a"].close(now)
            arrived, coming = coming, []
            for name, data in arrived:
                if name in sides:
                    self._feed(name, sides[name], data, now)
            for name in sorted(sides):
                sides[name].feed(b"", now)
                data = drain(sides[name], now)
                if data:
                    said.append((now, name, to_hex(data)))
                    coming.append(("b" if name == "a" else "a", data))
        expected = {}
        for line in exchange["lines"]:
            key = (line["at"], line["from"])
            expected[key] = expected.get(key, "") + line["line"]
        self.assertEqual(said, sorted([(at, name, line) for (at, name), line in expected.items()]))

    def _feed(self, name, arq, data, now):
        for kind, value in arq.feed(data, now):
            if kind == DATA and name == "b":
                arq.write(value.upper())


class StateTable(TestCase):
    def test_every_event_in_every_state(self):
        for state in STATES:
            for event in EVENTS:
                with self.subTest(state=state, event=event):
                    make, name = STATES[state]
                    arq = make()
                    self.assertEqual(arq.state, name)
                    events = EVENTS[event](arq)
                    expected = WALK.get((state, event), (name, [TEXT] if event == "text" else []))
                    self.assertEqual((arq.state, kinds(events)), expected)


class Meeting(TestCase):
    def test_the_first_call_goes_out_at_once_and_names_the_limits(self):
        arq = calling()
        self.assertEqual(arq.wait_ms(START), 0)
        self.assertEqual(frames(drain(arq, START)), [Syn(1, OWN, 0, 64, 4, 1000)])

    def test_calls_get_rarer_up_to_the_limit_and_go_on(self):
        arq = calling()
        now = START
        pauses = []
        for _ in range(8):
            self.assertEqual(len(frames(drain(arq, now))), 1)
            pauses.append(arq.wait_ms(now))
            now = ticks_add(now, pauses[-1])
            arq.feed(b"", now)
        self.assertEqual(pauses, [50, 100, 200, 400, 800, 1000, 1000, 1000])

    def test_a_call_is_answered_at_once_however_rare_our_own_have_become(self):
        arq = calling()
        now = START
        for _ in range(8):
            drain(arq, now)
            now = ticks_add(now, arq.wait_ms(now))
        drain(arq, now)
        arq.feed(syn(), now)
        self.assertEqual([frame.to for frame in frames(drain(arq, now))], [PEER])

    def test_a_side_that_is_up_confirms_it_at_once(self):
        arq = calling()
        drain(arq, START)
        arq.feed(syn(PEER, OWN), START)
        self.assertEqual([frame.kind for frame in frames(drain(arq, START))], [wire.ACK])

    def test_a_lost_confirmation_is_repeated_when_the_other_side_calls_again(self):
        arq = connected()
        arq.feed(syn(PEER, OWN), ticks_add(START, 50))
        self.assertEqual([frame.kind for frame in frames(drain(arq, ticks_add(START, 50)))], [wire.ACK])

    def test_calls_that_make_no_sense_are_not_answered(self):
        bodies = [
            wire.encode_syn(Syn(*fields))
            for fields in (
                (0, PEER, 0, 64, 4, 1000),
                (1, 0, 0, 64, 4, 1000),
                (1, PEER, OWN, 15, 4, 1000),
                (1, PEER, OWN, 64, 0, 1000),
                (1, PEER, OWN, 64, 4, 0),
            )
        ]
        bodies += [b"S", wire.encode_syn(Syn(1, PEER, OWN, 64, 4, 1000))[:-1], b"D", b"Z" * 30]
        for body in bodies:
            arq = calling()
            self.assertEqual(arq.feed(encode(body), START), [])

    def test_a_call_of_a_later_version_is_answered_with_ours(self):
        arq = calling()
        body = wire.encode_syn(Syn(2, PEER, OWN, 64, 4, 1000)) + b"more"
        self.assertEqual(arq.feed(encode(body), START), [(UP, OWN)])

    def test_what_is_written_without_a_link_is_forgotten(self):
        arq = calling()
        arq.write(b"lost")
        arq.feed(syn(PEER, OWN), START)
        self.assertEqual([frame.kind for frame in frames(drain(arq, START))], [wire.ACK])


class Lives(TestCase):
    def test_a_restart_is_down_and_up_and_no_byte_crosses(self):
        pair = Pair()
        pair.a.write(30)
        pair.world.reboot(1)
        self.assertTrue(pair.world.run_until(pair.world.settled, 1000))
        self.assertEqual(pair.a.downs, [RESTARTED])

    def test_segments_of_a_former_life_are_not_looked_at(self):
        arq = connected()
        self.assertEqual(arq.feed(segment(wire.DATA, b"old", peer=FORMER_PEER), START), [])
        self.assertEqual(arq.feed(segment(wire.DATA, b"old", own=OWN + 1), START), [])

    def test_each_life_has_another_epoch_and_none_is_zero(self):
        arq = Arq(0xFFFFFFFF, START, LIMITS)
        arq.feed(syn(PEER, 0xFFFFFFFF), START)
        self.assertEqual(arq.feed(syn(NEXT_PEER), START), [(DOWN, RESTARTED)])
        self.assertEqual(arq.life, 1)
        self.assertEqual(Arq(0, START).life, 1)

    def test_an_echo_of_the_whole_line_never_comes_up(self):
        arq = calling()
        now = START
        for _ in range(30):
            self.assertEqual(arq.feed(drain(arq, now), now), [])
            now = ticks_add(now, arq.wait_ms(now))


class Deadlines(TestCase):
    def test_silence_of_four_quiet_times_of_the_other_side_is_the_end(self):
        arq = calling()
        arq.feed(syn(PEER, OWN, quiet_ms=300), START)
        drain(arq, START)
        self.assertEqual(arq.feed(b"", ticks_add(START, 1199)), [])
        self.assertEqual(arq.feed(b"", ticks_add(START, 1200)), [(DOWN, SILENT)])

    def test_a_quiet_side_shows_that_it_is_alive(self):
        pair = Pair()
        pair.world.run(60_000)
        self.assertTrue(pair.world.both_up())
        self.assertEqual(pair.a.downs + pair.b.downs, [])

    def test_an_acknowledgement_waits_for_a_reply_and_then_goes_alone(self):
        arq = connected()
        arq.feed(segment(wire.DATA, b"x"), START)
        self.assertEqual(drain(arq, START), b"")
        self.assertEqual(arq.wait_ms(START), 10)
        arq.write(b"y")
        self.assertEqual([(frame.kind, frame.ack) for frame in frames(drain(arq, START))], [(wire.DATA, 1)])
        self.assertGreaterEqual(arq.wait_ms(START), 200)

    def test_many_segments_are_acknowledged_without_waiting(self):
        arq = Arq(OWN, START, Limits(window=8))
        arq.feed(syn(PEER, OWN), START)
        drain(arq, START)
        for number in range(4):
            self.assertEqual(drain(arq, START), b"")
            arq.feed(segment(wire.DATA, b"x", number), START)
        self.assertEqual([(frame.kind, frame.ack) for frame in frames(drain(arq, START))], [(wire.ACK, 4)])

    def test_a_lost_segment_goes_again_after_the_timeout_which_then_doubles(self):
        arq = connected()
        arq.write(b"x")
        now = START
        waits = []
        for _ in range(3):
            self.assertEqual([frame.kind for frame in frames(drain(arq, now)) if frame.kind == wire.DATA], [wire.DATA])
            waits.append(arq.wait_ms(now))
            now = ticks_add(now, waits[-1])
            arq.feed(segment(wire.ACK), ticks_add(now, -1))
            arq.feed(b"", now)
        self.assertEqual(waits, [500, 1000, 1000])  # the third wait is for the sign of life at the quiet time

    def test_a_stale_partial_frame_gives_its_text_back(self):
        arq = calling()
        drain(arq, START)
        self.assertEqual(arq.feed(b"\xf5\x00name? ", START), [])
        self.assertEqual(arq.feed(b"", ticks_add(START, 250)), [(TEXT, b"name? ")])


class BackPressure(TestCase):
    def test_a_paused_side_holds_a_window_and_the_other_learns_of_it(self):
        pair = Pair()
        pair.b.arq.pause()
        for _ in range(20):
            pair.a.write(60)
            pair.world.run(5)
        self.assertEqual(pair.b.got, 0)
        self.assertEqual(len(pair.b.arq._received.ready), LIMITS.window)
        self.assertLess(pair.a.arq.free(), 0)
        pair.b.arq.resume(pair.world.now)
        self.assertTrue(pair.world.run_until(pair.world.settled, 1000))

    def test_a_paused_side_still_hears_acknowledgements(self):
        pair = Pair()
        pair.a.arq.pause()
        for _ in range(40):
            pair.a.write(60)
            pair.world.run(20)
        self.assertEqual(pair.b.got, 40)

    def test_a_lost_word_of_new_room_is_asked_for(self):
        pair = Pair()
        pair.b.arq.pause()
        for _ in range(8):
            pair.a.write(60)
        pair.world.run(100)
        pair.world.lines[1].faults = Faults(drop=1000)
        pair.b.arq.resume(pair.world.now)
        pair.world.run(100)
        pair.world.heal()
        self.assertTrue(pair.world.run_until(pair.world.settled, 900))  # before the next sign of life at the quiet time

    def test_room_beyond_our_own_window_is_not_used(self):
        arq = connected()
        arq.feed(segment(wire.ACK, room=255), START)
        for _ in range(20):
            arq.write(b"x" * 64)
        self.assertEqual(len(frames(drain(arq, START))), LIMITS.window)

    def test_the_limits_of_the_smaller_side_hold_for_both(self):
        pair = Pair(Limits(payload=1000, window=30), Limits(payload=50, window=2))
        pair.a.write(400)
        sent = frames(drain(pair.a.arq, pair.world.now))
        self.assertEqual([len(frame.payload) for frame in sent], [50, 50])

    def test_messages_that_wait_go_together(self):
        arq = connected()
        for part in (b"one", b"two", b"three"):
            arq.write(part)
        self.assertEqual([frame.payload for frame in frames(drain(arq, START))], [b"onetwothree"])

    def test_free_counts_what_waits_and_what_is_not_acknowledged(self):
        arq = connected()
        self.assertEqual(arq.free(), 200)
        arq.write(b"x" * 150)
        self.assertEqual(arq.free(), 50)
        drain(arq, START)
        self.assertEqual(arq.free(), 50)
        arq.feed(segment(wire.ACK, ack=3), START)
        self.assertEqual(arq.free(), 200)


class Farewell(TestCase):
    def test_all_that_was_written_arrives_before_the_end(self):
        pair = Pair()
        for _ in range(10):
            pair.a.write(60)
        written = pair.a.written
        got = []
        pair.b._judge = got.append
        pair.a.arq.close(pair.world.now)
        self.assertTrue(pair.world.run_until(lambda: bool(pair.a.downs and pair.b.downs), 1000))
        self.assertEqual(len(got), written)
        self.assertEqual((pair.a.downs, pair.b.downs), ([FINISHED], [ENDED]))

    def test_the_closed_side_stays_closed_and_comes_back_when_opened(self):
        pair = Pair()
        pair.a.arq.close(pair.world.now)
        pair.world.run(5000)
        self.assertEqual(pair.a.arq.state, CLOSED)
        self.assertEqual(pair.b.arq.state, CALLING)
        pair.a.arq.open(pair.world.now)
        self.assertTrue(pair.world.run_until(pair.world.both_up, 2000))

    def test_a_side_that_closes_takes_no_more_data_but_acknowledges_it(self):
        arq = closing()
        self.assertEqual(arq.feed(segment(wire.DATA, b"x"), START), [])
        self.assertEqual([frame.ack for frame in frames(drain(arq, START))], [1])


    def test_a_farewell_that_waited_behind_a_pause_is_one_end(self):
        arq = connected()
        arq.pause()
        self.assertEqual(arq.feed(segment(wire.DATA, b"x") + segment(wire.FIN, number=1), START), [])
        arq.resume(START)
        self.assertEqual(arq.feed(b"", START), [(DATA, b"x"), (DOWN, ENDED)])


class Robustness(TestCase):
    def test_byte_by_byte_gives_the_same_events_as_all_at_once(self):
        line = b"boot\r\n" + syn(PEER, OWN) + segment(wire.DATA, b"one") + b"log\r\n" + segment(wire.DATA, b"two", 1)
        line += segment(wire.DATA, b"two", 1) + segment(wire.DATA, b"four", 3) + segment(wire.FIN, b"", 2)
        whole = calling().feed(line, START)
        arq = calling()
        parts = []
        for at in range(len(line)):
            parts += arq.feed(line[at : at + 1], START)
        self.assertEqual(self._joined(parts), self._joined(whole))
        self.assertEqual(kinds(self._joined(whole)), [TEXT, UP, DATA, TEXT, DATA, DOWN])

    def _joined(self, events):
        joined = []
        for kind, value in events:
            if kind == TEXT and joined and joined[-1][0] == TEXT:
                joined[-1] = (TEXT, joined[-1][1] + value)
            else:
                joined.append((kind, value))
        return joined

    def test_segments_of_any_content_never_raise_and_never_hold_more_than_a_window(self):
        random = Random(7)
        for _ in range(150):
            arq = random.choice((calling, answering, connected, closing))()
            now = START
            for _ in range(20):
                arq.feed(self._frame(random), now)
                now = ticks_add(now, random.below(400))
                drain(arq, now)
                wait = arq.wait_ms(now)
                self.assertTrue(wait is None or wait >= 0)
            held = arq._received
            self.assertLessEqual(len(held.ready) + len(held._early), LIMITS.window)

    def _frame(self, random):
        kind = random.choice((wire.DATA, wire.ACK, wire.PING, wire.FIN, wire.SYN, 0x5A))
        if kind == wire.SYN:
            return syn(random.choice((PEER, NEXT_PEER, OWN)), random.choice((0, OWN, PEER)), 16 + random.below(99))
        number = random.choice((0, 1, 2, 3, 65535, random.below(65536)))
        body = (kind, wire.tag(PEER, OWN), number, random.below(3), random.below(256))
        return encode(wire.encode_segment(body, random.bytes(random.below(20))))

    def test_a_hundred_bad_lines(self):
        for seed in range(100):
            random = Random(seed)
            world = World(random, Faults(drop=40, corrupt=20, truncate=20, text=50), (LIMITS, LIMITS), piece=40)
            for _ in range(8):
                random.choice(world.sides).write(random.below(100))
                world.run(random.below(20))
            world.heal()
            self.assertTrue(world.run_until(world.settled, 60_000), seed)
