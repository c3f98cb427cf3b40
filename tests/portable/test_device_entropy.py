"""Random bytes for a board's keys, from sources that are made up here."""

import os
import sys

from device import entropy
from device.entropy import NoEntropy, fresh
from lib.unittest import TestCase


class Source:
    """The module os of a board whose random source is a function of the number of bytes."""

    def __init__(self, urandom):
        self.urandom = urandom


class Stuck:
    """The register of MicroPython's rp2 port when its oscillator is stopped, with its random bit always `bit`."""

    def __init__(self, bit):
        self.bit = bit
        self.register = 0

    def urandom(self, count):
        return bytes([self._next() for _ in range(count)])

    def _next(self):
        for _ in range(8):
            self.register = ((self.register << 1) | self.bit) & 0xFF ^ (0xD5 if self.register & 0x80 else 0)
        return self.register


class Radio:
    """The module network of an ESP32, and its station; `log`: what that was told."""

    STA_IF = 0

    def __init__(self, on):
        self.on = on
        self.log = []

    def WLAN(self, which):
        return self

    def active(self, on=None):
        if on is not None:
            self.on = on
            self.log.append(on)
        return self.on


class Keys(TestCase):
    def setUp(self):
        entropy._pool = b""
        self.before = {name: sys.modules.get(name) for name in ("esp32", "network")}

    def tearDown(self):
        entropy.os = os
        for name in self.before:
            sys.modules.pop(name, None)
            if self.before[name] is not None:
                sys.modules[name] = self.before[name]

    def test_keys_are_of_32_bytes_and_no_two_are_alike(self):
        keys = [fresh() for _ in range(50)]
        self.assertEqual({len(key) for key in keys}, {32})
        self.assertEqual(len(set(keys)), 50)

    def test_what_repeats_itself_is_no_source(self):
        sources = {
            "zeros": lambda count: bytes(count),
            "ones": lambda count: b"\xff" * count,
            "a counter": lambda count: bytes([at & 0xFF for at in range(count)]),
            "a text": lambda count: (b"correct horse battery staple" * 20)[:count],
            "half of it twice": lambda count: 2 * os.urandom(count // 2),
            "few values": lambda count: bytes([byte & 0x3F for byte in os.urandom(count)]),
            "a stopped oscillator": Stuck(1).urandom,
            "a stopped oscillator that gives zeros": Stuck(0).urandom,
        }
        for name, urandom in sources.items():
            with self.subTest(name=name):
                entropy.os = Source(urandom)
                with self.assertRaises(NoEntropy) as caught:
                    fresh()
                self.assertIn("repeats itself", str(caught.exception))

    def test_a_source_that_stops_later_is_noticed(self):
        fresh()
        entropy.os = Source(bytes)
        with self.assertRaises(NoEntropy):
            fresh()

    def test_a_micropython_without_a_source_says_so(self):
        entropy.os = sys
        with self.assertRaises(NoEntropy) as caught:
            fresh()
        self.assertIn("no random source", str(caught.exception))
        self.assertTrue(caught.exception.remedy)

    def test_an_esp32_has_its_radio_on_for_the_first_draw_and_as_before_afterwards(self):
        sys.modules["esp32"] = sys
        for before in (False, True):
            radio = sys.modules["network"] = Radio(before)
            drawn = []
            entropy._pool = b""
            entropy.os = Source(lambda count, radio=radio, drawn=drawn: drawn.append(radio.on) or os.urandom(count))
            fresh()
            self.assertEqual((drawn, radio.on), ([True, before], before))
            radio.log.clear()
            fresh()
            self.assertEqual(radio.log, [])  # what was drawn with the radio on is in every key
