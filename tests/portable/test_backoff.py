"""Back-off: how long the pauses are."""

from lib.unittest import TestCase
from uockam.transport.backoff import Backoff


class Pauses(TestCase):
    def test_they_double_up_to_the_most(self):
        backoff = Backoff(100, 1000)
        self.assertEqual([backoff.next_ms(255) for _ in range(7)], [100, 200, 400, 800, 1000, 1000, 1000])

    def test_chance_spreads_each_over_its_upper_half(self):
        for chance in range(256):
            backoff = Backoff(100, 1000)
            for ceiling in (100, 200, 400, 800, 1000, 1000):
                pause = backoff.next_ms(chance)
                self.assertGreaterEqual(pause, ceiling // 2)
                self.assertLessEqual(pause, ceiling)
        self.assertEqual(Backoff(100, 1000).next_ms(0), 50)

    def test_after_a_reset_they_begin_anew(self):
        backoff = Backoff(100, 1000)
        for _ in range(5):
            backoff.next_ms(0)
        backoff.reset()
        self.assertEqual(backoff.next_ms(255), 100)

    def test_by_default_the_first_is_half_a_second_and_the_longest_a_minute(self):
        backoff = Backoff()
        pauses = [backoff.next_ms(255) for _ in range(20)]
        self.assertEqual((pauses[0], pauses[-1]), (500, 60_000))
