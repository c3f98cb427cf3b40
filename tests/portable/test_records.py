"""Records: maps from small numbers to values (wire.md 0.1)."""

from lib.unittest import TestCase
from uockam import cbor
from uockam.errors import ProtocolError
from uockam.records import Record

POINT = Record("a point", (1, "name", str, True), (2, "size", int, False), (4, "alive", bool, False))


class Records(TestCase):
    def test_fields_are_packed_in_ascending_order_without_those_that_are_none(self):
        self.assertEqual(cbor.encode(POINT.pack(alive=False, name="n")), b"\xa2\x01\x61n\x04\xf4")

    def test_what_was_packed_comes_back_with_none_for_what_was_left_out(self):
        body = cbor.decode(cbor.encode(POINT.pack(name="n", size=3)))
        self.assertEqual(POINT.unpack(body), {"name": "n", "size": 3, "alive": None})

    def test_unknown_numbers_are_skipped(self):
        self.assertEqual(POINT.unpack({1: "n", 3: [], 99: "later"})["name"], "n")

    def test_a_body_of_the_wrong_shape_is_refused_by_name(self):
        cases = (
            ([], "a point is not a map"),
            (None, "a point is not a map"),
            ({}, "a point without its name"),
            ({1: None}, "a point without its name"),
            ({1: b"n"}, "name is of the wrong type"),
            ({1: "n", 2: "3"}, "size is of the wrong type"),
            ({1: "n", 2: True}, "size is of the wrong type"),
            ({1: "n", 4: 1}, "alive is of the wrong type"),
        )
        for body, reason in cases:
            with self.subTest(body=body):
                with self.assertRaises(ProtocolError) as caught:
                    POINT.unpack(body)
                self.assertIn(reason, str(caught.exception))
