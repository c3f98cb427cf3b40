"""Frames among text (docs/serial-link.md, section 2): vectors, splits, damage, printed text in bad places."""

from lib.lossy_line import Random
from lib.unittest import TestCase
from lib.vectors import from_hex, load, to_hex
from uockam.transport.framing import FRAME, TEXT, Deframer, decode, encode

VECTORS = load("serial_link")
KINDS = {"text": TEXT, "frame": FRAME}
LIMIT = 512


def merged(events):
    """Events with neighbouring texts joined: how text is cut says nothing."""
    result = []
    for kind, data in events:
        if kind == TEXT and result and result[-1][0] == TEXT:
            result[-1] = (TEXT, result[-1][1] + data)
        else:
            result.append((kind, data))
    return result


def all_at_once(data):
    return merged(Deframer(LIMIT).feed(data))


def byte_by_byte(data):
    deframer = Deframer(LIMIT)
    events = []
    for at in range(len(data)):
        events += deframer.feed(data[at : at + 1])
    return merged(events)


def text_of(events):
    return b"".join([data for kind, data in events if kind == TEXT])


class Vectors(TestCase):
    def test_every_body_becomes_its_line_and_back(self):
        for vector in VECTORS["frames"]:
            with self.subTest(name=vector["name"]):
                self.assertEqual(to_hex(encode(from_hex(vector["body"]))), vector["line"])
                self.assertEqual(decode(from_hex(vector["line"])[1:-1]), from_hex(vector["body"]))

    def test_every_line_gives_its_events_however_it_is_split(self):
        for vector in VECTORS["deframe"]:
            expected = [(KINDS[kind], from_hex(data)) for kind, data in vector["events"]]
            with self.subTest(name=vector["name"]):
                self.assertEqual(all_at_once(from_hex(vector["line"])), expected)
                self.assertEqual(byte_by_byte(from_hex(vector["line"])), expected)


class Stuffing(TestCase):
    def test_no_byte_that_means_something_on_a_line_is_inside_a_frame(self):
        inside = encode(bytes(range(256)) * 2)[1:-1]
        for byte in b"\x01\x02\x03\x04\x05\r\n\x11\x13\xf5\xf6":
            self.assertFalse(bytes((byte,)) in inside)

    def test_random_bodies_of_many_lengths_come_back(self):
        random = Random(1)
        for size in range(1, 300, 7):
            body = random.bytes(size)
            self.assertEqual(all_at_once(encode(body)), [(FRAME, body)])

    def test_the_worst_body_at_the_limit_is_taken_and_a_longer_one_is_not(self):
        worst = b"\x03" * LIMIT
        self.assertEqual(all_at_once(encode(worst)), [(FRAME, worst)])
        self.assertEqual(all_at_once(encode(b"z" * (LIMIT + 1))), [])

    def test_any_flipped_bit_loses_the_frame_and_never_changes_it(self):
        body = b"hello\x03world"
        line = encode(body)
        for bit in range(8, 8 * (len(line) - 1)):
            bad = bytearray(line)
            bad[bit // 8] ^= 1 << bit % 8
            events = all_at_once(bytes(bad) + encode(b"next"))
            frames = [data for kind, data in events if kind == FRAME]
            self.assertEqual(frames, [b"next"], bit)


class Text(TestCase):
    def test_text_comes_out_at_once(self):
        self.assertEqual(Deframer(LIMIT).feed(b">>> "), [(TEXT, b">>> ")])

    def test_a_partial_frame_waits_for_the_rest(self):
        deframer = Deframer(LIMIT)
        line = encode(b"hello")
        self.assertEqual(deframer.feed(b"a" + line[:5]), [(TEXT, b"a")])
        self.assertTrue(deframer.holding)
        self.assertEqual(deframer.feed(line[5:]), [(FRAME, b"hello")])
        self.assertFalse(deframer.holding)

    def test_a_line_printed_anywhere_into_a_frame_comes_out_and_the_frame_does_not(self):
        line = encode(b"\x00\x81" * 20)
        for at in range(1, len(line)):
            events = all_at_once(line[:at] + "grüße, 3 €\r\n".encode() + line[at:] + encode(b"next"))
            self.assertTrue("grüße, 3 €\r\n".encode() in text_of(events), at)
            self.assertEqual([data for kind, data in events if kind == FRAME], [b"next"], at)

    def test_a_line_printed_into_a_frame_does_not_wait_for_the_end_of_the_frame(self):
        deframer = Deframer(LIMIT)
        self.assertEqual(deframer.feed(b"\xf5\x00\x00help\r\n"), [(TEXT, b"help\r"), (TEXT, b"\n")])

    def test_a_traceback_that_cuts_a_frame_off_comes_out_with_the_prompt(self):
        traceback = b'Traceback (most recent call last):\r\n  File "main.py", line 1\r\nKeyboardInterrupt: \r\n>>> '
        deframer = Deframer(LIMIT)
        events = deframer.feed(encode(b"\x00" * 20)[:12] + traceback)
        events += deframer.flush()
        self.assertEqual(text_of(events), traceback)
        self.assertEqual(deframer.feed(b"1+1\r\n2\r\n>>> "), [(TEXT, b"1+1\r\n2\r\n>>> ")])

    def test_a_prompt_printed_into_a_stale_frame_is_released(self):
        deframer = Deframer(LIMIT)
        self.assertEqual(deframer.feed(b"\xf5\x00\x00name? "), [])
        self.assertEqual(deframer.flush(), [(TEXT, b"name? ")])
        self.assertFalse(deframer.holding)

    def test_a_stray_start_marker_loses_no_line(self):
        self.assertEqual(text_of(all_at_once(b"\xf5one\r\ntwo\r\n")), b"one\r\ntwo\r\n")

    def test_a_stray_start_marker_before_a_long_text_loses_nothing(self):
        long = b"abcdefgh" * 200
        self.assertEqual(text_of(all_at_once(b"\xf5" + long)), long)

    def test_text_cut_inside_a_character_comes_out_whole(self):
        text = "\u20ac\U0001f600".encode()
        self.assertEqual(byte_by_byte(text), [(TEXT, text)])

    def test_damage_is_counted_once_for_each_frame(self):
        deframer = Deframer(LIMIT)
        deframer.feed(b"\xf5abc\xf6" + encode(b"good") + b"\xf5one\r\ntwo\r\n\x00\xf6" + b"\xf5" + encode(b"good"))
        self.assertEqual(deframer.damaged, 3)


class Noise(TestCase):
    def test_noise_never_raises_is_never_held_beyond_the_bound_and_splits_alike(self):
        random = Random(2)
        for _ in range(200):
            noise = b"".join([self._piece(random) for _ in range(random.below(12))])
            deframer = Deframer(LIMIT)
            whole = deframer.feed(noise)
            self.assertLessEqual(sum([len(part) for part in deframer._parts]), 2 * (LIMIT + 4))
            self.assertEqual(merged(whole), byte_by_byte(noise))

    def _piece(self, random):
        line = encode(random.bytes(1 + random.below(20)))
        cut = random.below(len(line))
        choices = (line, line[:cut], line[cut:], b"text\r\n", b"\xf5", b"\xf6", b"\xf7", random.bytes(5), b"x" * 40)
        return random.choice(choices)
