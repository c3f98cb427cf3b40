"""The reliable stream (docs/serial-link.md): vectors, a recorded exchange, the state table, calls and lives."""

from lib.lossy_line import START
from lib.serial_link import (
    FORMER_PEER,
    LIMITS,
    NEXT_PEER,
    OWN,
    PEER,
    Pair,
    answering,
    calling,
    closed,
    closing,
    connected,
    drain,
    frames,
    kinds,
    segment,
    syn,
)
from lib.unittest import TestCase
from lib.vectors import from_hex, load, to_hex
from uockam.port import ticks_add
from uockam.transport import segment as wire
from uockam.transport.arq import CALLING, CLOSED, CLOSING, CONNECTED, DATA, DOWN, RESTARTED, UP, Arq
from uockam.transport.framing import TEXT, encode
from uockam.transport.segment import Limits, Segment, Syn

VECTORS = load("serial_link")

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

    def test_a_side_that_a_late_call_misled_is_told_who_is_there(self):
        arq = connected()
        arq.feed(syn(PEER, FORMER_PEER), START)
        self.assertEqual([(frame.epoch, frame.to) for frame in frames(drain(arq, START))], [(OWN, PEER)])

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
