"""MultiAddr texts, their binary form and the routes they stand for (wire.md 2.4)."""

from lib.unittest import TestCase
from lib.vectors import from_hex, load, to_hex
from uockam import multiaddr, route
from uockam.address import Address
from uockam.errors import InvalidAddress, ProtocolError

VECTORS = load("wire")["multiaddr"]


class Vectors(TestCase):
    def test_every_text_encodes_to_its_published_bytes_and_back(self):
        for vector in VECTORS:
            with self.subTest(text=vector["text"]):
                pairs = multiaddr.parse(vector["text"])
                self.assertEqual(to_hex(multiaddr.encode(pairs)), vector["hex"])
                self.assertEqual(multiaddr.decode(from_hex(vector["hex"])), pairs)
                self.assertEqual(multiaddr.format(pairs), vector["text"])

    def test_every_text_gives_its_route_or_is_refused_where_a_host_must_replace_a_part(self):
        for vector in VECTORS:
            with self.subTest(text=vector["text"]):
                pairs = multiaddr.parse(vector["text"])
                if vector["route"] is None:
                    with self.assertRaises(InvalidAddress):
                        multiaddr.to_route(pairs)
                else:
                    self.assertEqual(route.format(multiaddr.to_route(pairs)), vector["route"])


class Text(TestCase):
    def test_the_first_slash_may_be_missing(self):
        self.assertEqual(multiaddr.parse("node/n1"), (("node", "n1"),))

    def test_self_is_short_for_the_listener_of_a_node(self):
        self.assertEqual(multiaddr.parse("self"), (("secure", "api"),))
        self.assertEqual(multiaddr.to_route(multiaddr.parse("self")), route.route("api"))

    def test_a_service_may_have_no_name(self):
        for text in ("/service", "/service/"):
            self.assertEqual(multiaddr.parse(text), (("service", ""),))

    def test_a_part_that_is_wrong_is_named(self):
        cases = (
            ("", 'unregistered protocol prefix ""'),
            ("/", 'unregistered protocol prefix ""'),
            ("/serivce/echo", '"serivce"'),
            ("/service/echo/", 'prefix ""'),
            ("/udp/4000", '"udp"'),
            ("/node", "/node needs a value"),
            ("/node/", "/node needs a value"),
            ("/ip4/127.0.0.1/tcp", "'' is not a TCP port"),
            ("/tcp/65536", "'65536' is not a TCP port"),
            ("/tcp/-1", "'-1' is not a TCP port"),
            ("/tcp/0080", "'0080' is not a TCP port"),
            ("/ip4/127.0.0.256", "'127.0.0.256' is not an IPv4"),
            ("/ip4/127.0.0.01", "is not an IPv4"),
            ("/ip4/127.1", "is not an IPv4"),
            ("/ip6/::1::", "is not an IPv6"),
            ("/ip6/1:2:3", "is not an IPv6"),
            ("/node/" + "n" * 513, "1 to 512 bytes"),
            ("/service/x" * 65, "too long"),
        )
        for text, reason in cases:
            with self.subTest(text=text):
                with self.assertRaises(InvalidAddress) as caught:
                    multiaddr.parse(text)
                self.assertIn(reason, str(caught.exception))
                self.assertIn("/service/echo", caught.exception.remedy)

    def test_digits_of_other_scripts_are_no_port(self):
        for text in ("/tcp/\u0664000", "/tcp/\u00b2", "/ip4/\u0661.2.3.4"):
            with self.assertRaises(InvalidAddress):
                multiaddr.parse(text)


class Ip6(TestCase):
    def test_texts_pack_and_come_back_in_their_shortest_form(self):
        cases = (
            ("::", "::"),
            ("::1", "::1"),
            ("1::", "1::"),
            ("2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"),
            ("1:0:0:2:0:0:0:3", "1:0:0:2::3"),
            ("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"),
            ("::ffff:1.2.3.4", "::ffff:102:304"),
            ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
        )
        for text, shortest in cases:
            with self.subTest(text=text):
                pairs = multiaddr.parse("/ip6/" + text)
                self.assertEqual(multiaddr.decode(multiaddr.encode(pairs)), (("ip6", shortest),))

    def test_texts_that_are_none_are_refused(self):
        for text in ("1.2.3.4::", ":", ":::", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::8:9", "12345::", "g::", "1::2::3"):
            with self.subTest(text=text):
                with self.assertRaises(InvalidAddress):
                    multiaddr.parse("/ip6/" + text)


class Binary(TestCase):
    def test_bytes_that_are_none_are_refused(self):
        cases = (
            "05",  # an unknown code
            "0400",  # an address that is cut short
            "047f0000",
            "ceb604",  # a node without a length
            "ceb60405",  # a node that is cut short
            "ceb60400",  # a node without a name
            "ceb60401ff",  # not UTF-8
            "ceb604012f",  # a slash inside a value
            "ceb604ffffffffffffffffff01",  # a length of 64 bits
            "ffffffffffffffffffff01",  # a code of more than 64 bits
            "06000a" * 65,  # too many parts
        )
        for digits in cases:
            with self.subTest(hex=digits):
                with self.assertRaises(ProtocolError):
                    multiaddr.decode(from_hex(digits))

    def test_nothing_is_the_empty_address(self):
        self.assertEqual(multiaddr.decode(b""), ())
        self.assertEqual(multiaddr.encode(()), b"")


class Route(TestCase):
    def hops(self, text):
        return multiaddr.to_route(multiaddr.parse(text))

    def test_a_host_and_its_port_become_one_hop(self):
        self.assertEqual(self.hops("/ip6/::1/tcp/4000"), (Address(1, b"[::1]:4000"),))

    def test_several_tcp_hops_and_workers_keep_their_order(self):
        text = "/ip4/1.2.3.4/tcp/1/worker/a/dnsaddr/h/tcp/2/service/b"
        self.assertEqual(route.format(self.hops(text)), "1#1.2.3.4:1 => 0#a => 1#h:2 => 0#b")

    def test_parts_that_fit_nowhere_are_refused(self):
        for text in (
            "/tcp/1",
            "/ip4/1.2.3.4",
            "/ip4/1.2.3.4/service/a",
            "/ip4/1.2.3.4/ip4/1.2.3.4/tcp/1",
            "/service/",
            "/space/x",
        ):
            with self.subTest(text=text):
                with self.assertRaises(InvalidAddress):
                    self.hops(text)
