"""Numbered frames, their acknowledgement and their order (docs/serial-link.md, section 5)."""

from lib.unittest import TestCase
from uockam.transport.segment import DATA
from uockam.transport.window import ReceiveWindow, RoundTrip, SendWindow, StreamQueue


def sent(count, size=8):
    window = SendWindow(size)
    for number in range(count):
        window.add(DATA, b"%d" % number)
    return window, taken(window, 0)


def taken(window, now):
    numbers = []
    while window.due():
        numbers.append(window.take(now)[0])
    return numbers


class Queue(TestCase):
    def test_what_waits_goes_together_up_to_the_limit(self):
        queue = StreamQueue()
        for part in (b"ab", b"", b"cde", b"fghij"):
            queue.put(part)
        self.assertEqual([queue.take(4), queue.take(4), queue.take(4), queue.take(4)], [b"abcd", b"efgh", b"ij", b""])
        self.assertEqual(queue.bytes, 0)

    def test_a_large_write_is_cut_without_losing_its_place(self):
        queue = StreamQueue()
        data = bytes(range(256)) * 4
        queue.put(data)
        parts = []
        while queue.bytes:
            parts.append(queue.take(100))
        self.assertEqual(b"".join(parts), data)
        self.assertEqual(len(parts), 11)


class Sending(TestCase):
    def test_frames_are_numbered_and_go_once(self):
        window, numbers = sent(3)
        self.assertEqual(numbers, [0, 1, 2])
        self.assertIsNone(window.take(5))

    def test_the_window_closes_and_opens_with_acknowledgements(self):
        window, _ = sent(2, size=2)
        self.assertFalse(window.open())
        self.assertEqual(window.acknowledge(1, 2, b"", 1, RoundTrip()), 1)
        self.assertTrue(window.open())

    def test_a_frame_missing_before_one_that_came_goes_again_at_once_and_alone(self):
        window, _ = sent(4)
        window.acknowledge(1, 8, b"\x01", 1, RoundTrip())  # 1 is missing, 2 is there, of 3 nothing is known
        self.assertEqual(taken(window, 1), [1])

    def test_a_frame_that_is_lost_twice_goes_a_third_time_when_a_later_one_came(self):
        window, _ = sent(3)
        trip = RoundTrip()
        window.acknowledge(0, 8, b"\x01", 2, trip)
        self.assertEqual(taken(window, 2), [0])
        window.add(DATA, b"3")
        self.assertEqual(taken(window, 3), [3])
        window.acknowledge(0, 8, b"\x07", 6, trip)
        self.assertEqual(taken(window, 6), [0])

    def test_the_same_news_twice_sends_nothing_twice(self):
        window, _ = sent(3)
        trip = RoundTrip()
        window.acknowledge(0, 8, b"\x01", 2, trip)
        self.assertEqual(taken(window, 2), [0])
        window.acknowledge(0, 8, b"\x01", 3, trip)
        self.assertEqual(taken(window, 3), [])

    def test_time_brings_only_the_oldest_again(self):
        window, _ = sent(3)
        window.expire()
        self.assertEqual(taken(window, 500), [0])

    def test_an_answer_too_quick_for_the_second_copy_says_nothing_about_the_others(self):
        window, _ = sent(3)
        trip = RoundTrip()
        trip.sample(20)
        window.expire()
        taken(window, 100)
        window.acknowledge(1, 8, b"", 105, trip)
        self.assertEqual(taken(window, 105), [])

    def test_acknowledgements_that_are_old_or_invented_change_nothing(self):
        window, _ = sent(3)
        trip = RoundTrip()
        window.acknowledge(2, 8, b"", 1, trip)
        for ack in (1, 0, 4, 40_000):
            self.assertEqual(window.acknowledge(ack, 0, b"\xff", 2, trip), -1)
        self.assertEqual(window.base, 2)
        self.assertTrue(window.open())

    def test_numbers_wrap(self):
        window = SendWindow(4)
        window.base = 0xFFFF
        window.add(DATA, b"a")
        window.add(DATA, b"b")
        self.assertEqual(taken(window, 0), [0xFFFF, 0])
        self.assertEqual(window.acknowledge(1, 4, b"", 1, RoundTrip()), 2)
        self.assertEqual(len(window), 0)


class RoundTrips(TestCase):
    def test_the_timeout_follows_the_round_trip_between_its_bounds(self):
        trip = RoundTrip()
        self.assertEqual(trip.timeout_ms, 500)
        trip.sample(2)
        self.assertEqual(trip.timeout_ms, 100)
        for _ in range(50):
            trip.sample(400)
        self.assertGreaterEqual(trip.timeout_ms, 400)
        for _ in range(9):
            trip.back_off()
        self.assertEqual(trip.timeout_ms, 2000)

    def test_waiting_longer_ends_with_the_next_news(self):
        trip = RoundTrip()
        trip.back_off()
        trip.news()
        self.assertEqual(trip.timeout_ms, 1000)  # no round trip is known
        trip.sample(150)
        before = trip.timeout_ms
        trip.back_off()
        trip.back_off()
        trip.news()
        self.assertEqual(trip.timeout_ms, before)


class Receiving(TestCase):
    def receive(self, window, numbers):
        return [window.receive(number, DATA, b"%d" % number) for number in numbers]

    def test_frames_come_out_in_order_whatever_order_they_come_in(self):
        window = ReceiveWindow(4)
        self.assertEqual(self.receive(window, (1, 3, 0)), [True, True, True])
        self.assertEqual([payload for _, payload in window.ready], [b"0", b"1"])
        self.assertTrue(window.gap())
        self.receive(window, (2,))
        self.assertEqual([payload for _, payload in window.ready], [b"0", b"1", b"2", b"3"])
        self.assertFalse(window.gap())

    def test_duplicates_and_frames_past_the_room_are_not_welcome(self):
        window = ReceiveWindow(4)
        welcome = self.receive(window, (0, 0, 2, 2, 3, 4, 0xFFFF))
        self.assertEqual(welcome, [True, False, True, False, True, False, False])

    def test_the_room_shrinks_while_nothing_is_taken(self):
        window = ReceiveWindow(2)
        self.receive(window, (0, 1))
        self.assertEqual(window.room, 0)
        self.assertEqual(self.receive(window, (2,)), [False])
        window.ready = []
        self.assertEqual(window.room, 2)

    def test_the_gap_map_says_which_later_ones_are_there(self):
        window = ReceiveWindow(64)
        self.receive(window, (1, 2, 10))
        self.assertEqual(window.gaps(), b"\x03\x02")
        self.receive(window, (0, 3, 4, 5, 6, 7, 8, 9))
        self.assertEqual(window.gaps(), b"")

    def test_numbers_wrap(self):
        window = ReceiveWindow(4)
        window.expected = 0xFFFE
        self.receive(window, (0, 0xFFFF, 0xFFFE))
        self.assertEqual(window.expected, 1)
