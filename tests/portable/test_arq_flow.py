"""The reliable stream (docs/serial-link.md): deadlines, back-pressure, the farewell, and bad input."""

from lib.lossy_line import START, Faults, Random, World
from lib.serial_link import (
    LIMITS,
    NEXT_PEER,
    OWN,
    PEER,
    Pair,
    answering,
    calling,
    closing,
    connected,
    drain,
    frames,
    kinds,
    segment,
    syn,
)
from lib.unittest import TestCase
from uockam.port import ticks_add
from uockam.transport import segment as wire
from uockam.transport.arq import CALLING, CLOSED, DATA, DOWN, ENDED, FINISHED, SILENT, UP, Arq
from uockam.transport.framing import TEXT, encode
from uockam.transport.segment import Limits


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
