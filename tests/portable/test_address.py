"""Addresses: their text form, bytes, and what is refused (wire.md 2.1)."""

from lib.unittest import TestCase
from uockam.address import LOCAL, TCP, Address, address, random_address
from uockam.errors import InvalidAddress


class AddressText(TestCase):
    def test_a_name_without_a_type_is_local(self):
        self.assertEqual(address("echo"), Address(LOCAL, b"echo"))

    def test_a_type_stands_before_the_mark(self):
        self.assertEqual(address("1#127.0.0.1:4000"), Address(TCP, b"127.0.0.1:4000"))
        self.assertEqual(address("255#x"), Address(255, b"x"))

    def test_bytes_are_a_local_name_taken_as_they_are(self):
        self.assertEqual(address(b"1#a\xff"), Address(LOCAL, b"1#a\xff"))

    def test_an_address_stays_itself(self):
        hop = Address(7, b"x")
        self.assertIs(address(hop), hop)

    def test_text_that_is_no_address_is_refused_with_a_remedy(self):
        for text in ("", "#", "0#", "#x", "x#y", "0#a#b", "256#x", "-1#x", " 1#x", "1.0#x"):
            with self.subTest(text=text):
                with self.assertRaises(InvalidAddress) as caught:
                    address(text)
                self.assertIn("NAME", caught.exception.remedy)

    def test_the_text_shows_the_type_and_nothing_unprintable(self):
        self.assertEqual(str(address("echo")), "0#echo")
        self.assertEqual(str(Address(3, b"a\x1b[31m\xff")), "3#a?[31m?")

    def test_addresses_are_equal_by_type_and_value_and_fit_into_a_table(self):
        table = {Address(0, b"a"): 1}
        self.assertEqual(table[address("a")], 1)
        self.assertNotEqual(Address(0, b"a"), Address(1, b"a"))


class RandomAddress(TestCase):
    def test_is_32_hex_characters_and_local(self):
        made = random_address()
        self.assertEqual(made.type, LOCAL)
        self.assertEqual(len(made.value), 32)
        self.assertTrue(all([byte in b"0123456789abcdef" for byte in made.value]))

    def test_is_another_one_each_time(self):
        self.assertEqual(len({random_address().value for _ in range(50)}), 50)
