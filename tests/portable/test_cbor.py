"""CBOR: the examples of RFC 8949 that Ockam's subset covers, and what is refused."""

from lib.unittest import TestCase
from lib.vectors import from_hex, load, to_hex
from uockam import cbor
from uockam.cbor import Map
from uockam.errors import ProtocolError

# RFC 8949, appendix A, without floats, bignums and tags.
EXAMPLES = (
    (0, "00"),
    (23, "17"),
    (24, "1818"),
    (255, "18ff"),
    (256, "190100"),
    (65535, "19ffff"),
    (65536, "1a00010000"),
    (1000000000000, "1b000000e8d4a51000"),
    (18446744073709551615, "1bffffffffffffffff"),
    (-1, "20"),
    (-100, "3863"),
    (-18446744073709551616, "3bffffffffffffffff"),
    (False, "f4"),
    (True, "f5"),
    (None, "f6"),
    (b"", "40"),
    (b"\x01\x02\x03\x04", "4401020304"),
    ("", "60"),
    ("IETF", "6449455446"),
    ("\u6c34", "63e6b0b4"),
    ([], "80"),
    ([1, [2, 3], [4, 5]], "8301820203820405"),
    ({}, "a0"),
    ({1: 2}, "a10102"),
    (["a", {"b": "c"}], "826161a161626163"),
)


class Encoding(TestCase):
    def test_values_become_their_shortest_form_and_come_back(self):
        for value, digits in EXAMPLES:
            with self.subTest(hex=digits):
                self.assertEqual(to_hex(cbor.encode(value)), digits)
                self.assertEqual(cbor.decode(from_hex(digits)), value)
                self.assertIs(type(cbor.decode(from_hex(digits))), type(value))

    def test_a_map_keeps_the_order_of_its_pairs(self):
        pairs = [(number, None) for number in (9, 1, 30, 4, 2)]
        self.assertEqual(to_hex(cbor.encode(Map(*pairs))), "a509f601f6181ef604f602f6")

    def test_tuples_are_arrays_and_bytearrays_bytes(self):
        self.assertEqual(cbor.encode((1, bytearray(b"a"))), from_hex("82014161"))

    def test_values_without_a_form_are_refused(self):
        for value in (1.5, object(), 1 << 64, -1 - (1 << 64)):
            with self.assertRaises(ValueError):
                cbor.encode(value)


class Decoding(TestCase):
    def test_what_follows_the_first_item_is_ignored(self):
        self.assertEqual(cbor.decode(b"\x01\xff\xff"), 1)

    def test_longer_forms_of_numbers_and_lengths_are_read(self):
        for digits, value in (("1800", 0), ("1b0000000000000001", 1), ("580161", b"a"), ("9a0000000101", [1])):
            self.assertEqual(cbor.decode(from_hex(digits)), value)

    def test_arrays_and_maps_without_a_count_are_read(self):
        self.assertEqual(cbor.decode(from_hex("9f018202039f0405ffff")), [1, [2, 3], [4, 5]])
        self.assertEqual(cbor.decode(from_hex("bf01020304ff")), {1: 2, 3: 4})

    def test_a_tag_gives_what_it_marks_and_undefined_is_none(self):
        self.assertEqual(cbor.decode(from_hex("c11a514b67b0")), 1363896240)
        self.assertIsNone(cbor.decode(b"\xf7"))

    def test_an_array_of_numbers_can_be_a_key(self):
        self.assertEqual(cbor.decode(from_hex("a2820102038000")), {(1, 2): 3, (): 0})

    def test_input_that_is_not_for_us_is_refused(self):
        cases = (
            ("", "nothing"),
            ("18", "a head that is cut short"),
            ("1c", "a reserved head"),
            ("1f", "a number without a size"),
            ("42ff", "bytes that are cut short"),
            ("61ff", "text that is not UTF-8"),
            ("5f4101ff", "bytes in pieces: minicbor refuses them"),
            ("7f6161ff", "text in pieces"),
            ("8201", "an array that is cut short"),
            ("9f01", "an array that never ends"),
            ("9bffffffffffffffff", "an array of 2**64 items"),
            ("a101", "a map that is cut short"),
            ("bbffffffffffffffff", "a map of 2**64 pairs"),
            ("a181800f", "a map with an array of arrays as a key"),
            ("a1a00f", "a map with a map as a key"),
            ("f818", "a simple value of two bytes"),
            ("f93c00", "a float"),
            ("ff", "a break alone"),
            ("81" * 17 + "01", "17 arrays inside one another"),
            ("c1" * 17 + "01", "17 tags inside one another"),
        )
        for digits, what in cases:
            with self.subTest(what=what):
                with self.assertRaises(ProtocolError):
                    cbor.decode(from_hex(digits))

    def test_nesting_up_to_the_limit_is_read(self):
        value = cbor.decode(from_hex("81" * 16 + "01"))
        for _ in range(16):
            value = value[0]
        self.assertEqual(value, 1)

    def test_every_cut_of_a_value_is_refused(self):
        whole = from_hex(load("wire")["create_inlet_body"])
        for size in range(len(whole)):
            with self.subTest(size=size):
                with self.assertRaises(ProtocolError):
                    cbor.decode(whole[:size])

    def test_a_management_body_of_ockam_reads_and_writes_the_same(self):
        whole = from_hex(load("wire")["create_inlet_body"])
        body = cbor.decode(whole)
        self.assertEqual(body[1], ["127.0.0.1", 6000])
        self.assertEqual(body[3], "in1")
        self.assertEqual(cbor.encode(Map(*[(key, body[key]) for key in sorted(body)])), whole)
