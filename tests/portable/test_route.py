"""Routes: built from hops, written and read as text (wire.md 2.1)."""

from lib.unittest import TestCase
from uockam import route
from uockam.address import Address
from uockam.errors import InvalidAddress


class Routes(TestCase):
    def test_hops_of_every_kind_become_one_flat_route(self):
        tail = (Address(0, b"c"), Address(0, b"d"))
        made = route.route("a", b"b", tail, Address(1, b"h:1"))
        self.assertEqual(made, (Address(0, b"a"), Address(0, b"b")) + tail + (Address(1, b"h:1"),))

    def test_no_hops_are_the_empty_route(self):
        self.assertEqual(route.route(), ())

    def test_the_text_form_joins_hops_with_arrows(self):
        text = "1#127.0.0.1:4000 => 0#echo"
        hops = (Address(1, b"127.0.0.1:4000"), Address(0, b"echo"))
        self.assertEqual(route.parse(text), hops)
        self.assertEqual(route.format(hops), text)

    def test_spaces_around_hops_do_not_count(self):
        self.assertEqual(route.parse("  a=>0#b   =>c "), route.route("a", "b", "c"))

    def test_an_empty_text_is_the_empty_route_both_ways(self):
        self.assertEqual(route.parse(""), ())
        self.assertEqual(route.parse("   "), ())
        self.assertEqual(route.format(()), "")

    def test_a_text_with_a_missing_or_wrong_hop_is_refused(self):
        for text in ("=>", "a =>", "=> a", "a => => b", "a => 0#b#c", "999#x"):
            with self.subTest(text=text):
                with self.assertRaises(InvalidAddress):
                    route.parse(text)
