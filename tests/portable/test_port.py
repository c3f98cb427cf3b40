"""Clocks and randomness that are the same everywhere."""

from lib.unittest import TestCase
from uockam import port


class Ticks(TestCase):
    def test_time_goes_forward(self):
        first = port.ticks_ms()
        self.assertGreaterEqual(port.ticks_diff(port.ticks_ms(), first), 0)

    def test_differences_are_right_across_the_wrap(self):
        late = port.ticks_add(0, -5)
        self.assertGreater(late, 1 << 29)
        self.assertEqual(port.ticks_add(late, 12), 7)
        self.assertEqual(port.ticks_diff(7, late), 12)
        self.assertEqual(port.ticks_diff(late, 7), -12)

    def test_adding_and_taking_the_difference_cancel_out(self):
        for start in (0, 1, 1 << 29, (1 << 30) - 1):
            for delta in (0, 1, -1, 60_000, -60_000, (1 << 29) - 1):
                self.assertEqual(port.ticks_diff(port.ticks_add(start, delta), start), delta)


class Random(TestCase):
    def test_bytes_are_as_many_as_asked_for(self):
        self.assertEqual([len(port.random_bytes(count)) for count in (0, 1, 32)], [0, 1, 32])

    def test_names_are_32_hex_characters(self):
        name = port.random_name()
        self.assertEqual((len(name), name.lower()), (32, name))

    def test_a_constant_is_its_value(self):
        number = 7
        self.assertEqual(port.const(number), 7)
