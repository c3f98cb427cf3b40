"""The TCP message format: published frames, streams however they are split, and what is refused (wire.md 1 and 10)."""

from lib.unittest import TestCase
from lib.vectors import from_hex, load, to_hex
from uockam import wire
from uockam.address import Address
from uockam.errors import LimitError, ProtocolError
from uockam.message import Message
from uockam.route import route
from uockam.wire import StreamReader

VECTORS = load("wire")
FRAMES = VECTORS["frames"]


def hops(pairs):
    return tuple([Address(kind, from_hex(value)) for kind, value in pairs])


def expected(vector, origin=None):
    onward, back = hops(vector["onward"]), hops(vector["return"])
    return Message(onward, back, from_hex(vector["payload"]), vector["tracing"], origin)


def plain(payload=b"x", onward=("echo",), back=("me",), tracing=None):
    return Message(route(*onward), route(*back), payload, tracing, None)


class Vectors(TestCase):
    def test_every_published_frame_decodes_to_its_parts(self):
        for vector in FRAMES:
            with self.subTest(name=vector["name"]):
                self.assertEqual(wire.decode(from_hex(vector["frame"])[4:]), expected(vector))

    def test_every_published_frame_of_four_elements_is_what_we_send(self):
        for vector in FRAMES:
            if vector["elements"] == 4:
                with self.subTest(name=vector["name"]):
                    self.assertEqual(to_hex(wire.frame(expected(vector))), vector["frame"])

    def test_a_message_that_came_with_three_elements_is_sent_with_four(self):
        three = [vector for vector in FRAMES if vector["elements"] == 3]
        self.assertEqual(len(three), 1)
        sent = wire.frame(wire.decode(from_hex(three[0]["frame"])[4:]))
        self.assertEqual(wire.decode(sent[4:]), expected(three[0]))
        self.assertEqual((sent[4], sent[-1]), (0x84, 0xF6))

    def test_a_typed_address_has_its_published_form(self):
        for vector in VECTORS["address"]:
            hop = Address(vector["type"], from_hex(vector["value"]))
            self.assertEqual(to_hex(wire.encode_route((hop,))), "81" + vector["cbor"])
            self.assertEqual(wire.decode_route(from_hex("81" + vector["cbor"]), 0)[0], (hop,))


class Streams(TestCase):
    def setUp(self):
        self.stream = wire.VERSION + b"".join([from_hex(vector["frame"]) for vector in FRAMES])
        self.messages = [expected(vector) for vector in FRAMES if vector["onward"]]

    def test_all_at_once_gives_every_message_but_the_heartbeat(self):
        self.assertEqual(len(self.messages), len(FRAMES) - 1)
        self.assertEqual(StreamReader().feed(self.stream), self.messages)

    def test_a_stream_cut_in_two_anywhere_gives_the_same_messages(self):
        for cut in range(len(self.stream) + 1):
            reader = StreamReader()
            self.assertEqual(reader.feed(self.stream[:cut]) + reader.feed(self.stream[cut:]), self.messages, cut)

    def test_a_stream_in_pieces_of_any_size_gives_the_same_messages(self):
        for size in (1, 2, 3, 4, 5, 7, 59, 64, 1000):
            reader = StreamReader()
            got = []
            for start in range(0, len(self.stream), size):
                got.extend(reader.feed(self.stream[start : start + size]))
            self.assertEqual(got, self.messages, size)

    def test_pieces_of_nothing_change_nothing(self):
        reader = StreamReader()
        got = reader.feed(b"") + reader.feed(self.stream[:100]) + reader.feed(b"") + reader.feed(self.stream[100:])
        self.assertEqual(got, self.messages)

    def test_messages_carry_the_origin_of_their_reader(self):
        origin = object()
        got = StreamReader(origin=origin).feed(wire.VERSION + from_hex(FRAMES[0]["frame"]))
        self.assertEqual(got, [expected(FRAMES[0], origin)])

    def test_return_routes_are_led_back_through_the_stream(self):
        got = StreamReader(via=route("conn")).feed(wire.VERSION + from_hex(FRAMES[0]["frame"]))
        self.assertEqual(got[0].return_route, route("conn") + hops(FRAMES[0]["return"]))

    def test_what_was_whole_before_an_error_is_given_first_and_nothing_after_it(self):
        frame = from_hex(FRAMES[0]["frame"])
        reader = StreamReader()
        self.assertEqual(reader.feed(wire.VERSION + frame + b"\x00\x00\x00\x01\x00" + frame), [expected(FRAMES[0])])
        self.assertIsInstance(reader.error, ProtocolError)
        with self.assertRaises(ProtocolError):
            reader.feed(frame)

    def test_another_version_is_refused_at_its_byte(self):
        for version in (0, 2, 255):
            with self.assertRaisesRegex(ProtocolError, "version %d" % version):
                StreamReader().feed(bytes((version,)))

    def test_a_length_over_the_limit_is_refused_before_its_bytes_come(self):
        reader = StreamReader(limit=100)
        reader.feed(b"\x01\x00\x00\x00")
        with self.assertRaisesRegex(ProtocolError, "101 bytes, the limit is 100"):
            reader.feed(b"\x65")

    def test_a_message_of_exactly_the_limit_is_taken(self):
        frame = wire.frame(plain(b"x" * 80))
        self.assertEqual(len(StreamReader(limit=len(frame) - 4).feed(b"\x01" + frame)), 1)

    def test_a_frame_of_no_bytes_is_refused(self):
        with self.assertRaises(ProtocolError):
            StreamReader().feed(b"\x01\x00\x00\x00\x00")


class Sending(TestCase):
    def test_a_payload_of_any_length_comes_back(self):
        for size in (0, 1, 23, 24, 255, 256, 5000):
            message = plain(b"\x5a" * size)
            self.assertEqual(wire.decode(wire.encode(message)), message)

    def test_a_tracing_text_comes_back(self):
        message = plain(tracing='{"traceparent":"00-1-2-00"}')
        self.assertEqual(wire.decode(wire.encode(message)), message)

    def test_a_message_over_the_limit_is_refused_by_the_sender(self):
        message = plain(b"x" * 100)
        size = len(wire.encode(message))
        self.assertEqual(len(wire.frame(message, size)), size + 4)
        with self.assertRaises(LimitError):
            wire.frame(message, size - 1)

    def test_a_route_that_no_peer_would_take_is_refused_by_the_sender(self):
        self.assertEqual(len(wire.decode(wire.frame(plain(back=("a",) * 32))[4:]).return_route), 32)
        for message in (plain(back=("a",) * 33), plain(onward=("a",) * 33)):
            with self.assertRaisesRegex(LimitError, "32 hops"):
                wire.frame(message)


class Tolerance(TestCase):
    """What minicbor takes and we therefore take too (wire.md 0.1)."""

    def test_lists_without_a_count_are_read(self):
        want = plain(b"p", back=())
        self.assertEqual(wire.decode(from_hex("9f9f820044" + "6563686f" + "ff804170f6ff")), want)
        self.assertEqual(wire.decode(from_hex("9f9f820044" + "6563686f" + "ff804170ff")), want)

    def test_long_forms_of_numbers_are_read(self):
        self.assertEqual(wire.decode(from_hex("849801" + "9802180058046563686f" + "80580170f6")), plain(b"p", back=()))

    def test_elements_after_the_fourth_are_skipped(self):
        self.assertEqual(wire.decode(from_hex("8581820044" + "6563686f" + "804170f601")), plain(b"p", back=()))

    def test_a_tracing_text_that_is_too_long_is_dropped_and_the_message_kept(self):
        got = wire.decode(wire.encode(plain(tracing="t" * 4097)))
        self.assertEqual(got, plain())


class Refused(TestCase):
    def test_cbor_that_is_no_message(self):
        cases = (
            ("", "nothing"),
            ("01", "a number"),
            ("a0", "a map"),
            ("80", "no elements"),
            ("828080", "no payload"),
            ("9f8080ff", "a break for a payload"),
            ("8480804100", "tracing that is cut short"),
            ("848080410001", "tracing that is a number"),
            ("8380806161", "a payload of text"),
            ("83808041", "a payload that is cut short"),
            ("8401804100f6", "a route that is a number"),
            ("84810041" + "00f6", "an address that is a number"),
            ("8481810080" + "4100f6", "an address of one part"),
            ("84818300410000" + "804100f6", "an address of three parts"),
            ("84819f004161ff" + "804100f6", "an address without a count"),
            ("8481821901004161" + "804100f6", "a type of 256"),
            ("8481822041" + "61804100f6", "a negative type"),
            ("848182006161" + "804100f6", "a value of text"),
            ("84818200590201" + "61" * 513 + "804100f6", "a value of 513 bytes"),
            ("849821" + "82004161" * 33 + "804100f6", "33 hops"),
            ("849f" + "82004161" * 33 + "ff804100f6", "33 hops without a count"),
            ("849bffffffffffffffff", "2**64 hops"),
        )
        for digits, what in cases:
            with self.subTest(what=what):
                with self.assertRaises(ProtocolError):
                    wire.decode(from_hex(digits))

    def test_every_cut_of_a_message(self):
        for vector in FRAMES:
            body = from_hex(vector["frame"])[4:]
            for size in range(len(body)):
                with self.assertRaises(ProtocolError):
                    wire.decode(body[:size])
