"""BARE: the lengths and texts of payloads (wire.md 0.2 and 4)."""

from lib.unittest import TestCase
from lib.vectors import from_hex, load, to_hex
from uockam import bare
from uockam.errors import ProtocolError


class Numbers(TestCase):
    def test_numbers_take_seven_bits_a_byte_low_group_first(self):
        cases = ((0, "00"), (1, "01"), (127, "7f"), (128, "8001"), (200, "c801"), (16384, "808001"))
        for value, digits in cases + (((1 << 64) - 1, "ffffffffffffffffff01"),):
            with self.subTest(value=value):
                self.assertEqual(to_hex(bare.encode_uint(value)), digits)
                self.assertEqual(bare.decode_uint(from_hex(digits)), (value, len(digits) // 2))

    def test_a_number_is_read_at_its_position(self):
        self.assertEqual(bare.decode_uint(b"\xff\x05\xff", 1), (5, 2))

    def test_numbers_that_are_cut_short_or_too_large_are_refused(self):
        for digits in ("", "80", "ffffffffffffffffff", "ffffffffffffffffff02", "80" * 10 + "01"):
            with self.subTest(hex=digits):
                with self.assertRaises(ProtocolError):
                    bare.decode_uint(from_hex(digits))


class Texts(TestCase):
    def test_every_published_text_has_its_published_payload(self):
        for vector in load("wire")["text_payloads"]:
            with self.subTest(hex=vector["hex"]):
                self.assertEqual(to_hex(bare.encode_text(vector["text"])), vector["hex"])
                self.assertEqual(bare.decode_text(from_hex(vector["hex"])), vector["text"])

    def test_bytes_of_any_length_come_back(self):
        for size in (0, 1, 127, 128, 129, 300, 16384):
            data = b"\xa5" * size
            self.assertEqual(bare.decode_bytes(bare.encode_bytes(data)), data)

    def test_what_follows_is_ignored_as_ockam_does(self):
        self.assertEqual(bare.decode_bytes(b"\x02abc"), b"ab")

    def test_a_text_that_is_cut_short_or_not_utf8_is_refused(self):
        for data in (b"", b"\x01", b"\x02a", b"\x01\xff", b"\x80", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"):
            with self.subTest(data=data):
                with self.assertRaises(ProtocolError):
                    bare.decode_text(data)
