"""uockam.secure.nonces: counters, keys that change, the replay window."""

from lib.unittest import TestCase
from lib.vectors import from_hex, load
from uockam.crypto import AesGcm
from uockam.errors import DecryptionError, LimitError, ProtocolError
from uockam.port import MICROPYTHON
from uockam.secure.noise import nonce
from uockam.secure.nonces import INTERVAL, Opener, Sealer, Window, next_key

_LAST = (1 << 64) - 1
KEY = bytes(range(32))
WORKED = load("worked_example_selfmade")
K2 = from_hex(WORKED["handshake_without_credentials"]["k2_initiator_to_responder"])


def sealed(count, start=0):
    """`count` sealed messages, from number `start` on; each says its number."""
    sealer = Sealer(KEY)
    made = [sealer.seal(b"%d" % number) for number in range(start + count)]
    return made[start:]


class Keys(TestCase):
    def test_the_sealed_messages_are_those_of_the_worked_example(self):
        transport = WORKED["transport"]
        sealer = Sealer(K2)
        plaintext = from_hex(transport["payload_plaintext"])
        self.assertEqual(sealer.seal(plaintext), from_hex(transport["nonce0"]))
        self.assertEqual(
            sealer.seal(from_hex(transport["close_plaintext"])), from_hex(transport["close_sealed_nonce1"])
        )
        for _ in range(2, INTERVAL):
            sealer.seal(b"")
        self.assertEqual(sealer.seal(plaintext), from_hex(transport["payload_sealed_nonce32_with_rekeyed_key"]))

    def test_the_next_keys_are_those_of_the_worked_example(self):
        once = next_key(K2)
        self.assertEqual(once, from_hex(WORKED["transport"]["rekey_once_of_k2"]))
        self.assertEqual(next_key(once), from_hex(WORKED["transport"]["rekey_twice_of_k2"]))

    def test_messages_arrive_over_many_keys(self):
        count = 4 * INTERVAL + 1 if MICROPYTHON else 1000
        opener = Opener(KEY)
        for number, message in enumerate(sealed(count)):
            self.assertEqual(opener.open(message), b"%d" % number)

    def test_a_sealer_stops_before_its_last_counter(self):
        sealer = Sealer(KEY, (1 << 64) - 2)
        self.assertEqual(sealer.seal(b"")[:8], b"\xff" * 7 + b"\xfe")
        for _ in range(2):
            with self.assertRaises(LimitError):
                sealer.seal(b"")


class Order(TestCase):
    def test_a_message_opens_once(self):
        opener = Opener(KEY)
        for message in sealed(2):
            opener.open(message)
            with self.assertRaisesRegex(ProtocolError, "seen already"):
                opener.open(message)

    def test_each_message_of_the_window_opens_in_reverse_order(self):
        messages = sealed(INTERVAL + 33)
        opener = Opener(KEY)
        opener.open(messages[INTERVAL])
        opener.open(messages[INTERVAL + 32])
        for number in range(INTERVAL + 31, INTERVAL, -1):
            self.assertEqual(opener.open(messages[number]), b"%d" % number)
        with self.assertRaises(ProtocolError):
            opener.open(messages[INTERVAL])

    def test_32_lost_in_a_row_are_survived_and_33_are_not(self):
        messages = sealed(INTERVAL * 3)
        for start in (0, 1, 31, 40):
            opener = Opener(KEY)
            for message in messages[: start + 1]:
                opener.open(message)
            with self.assertRaises(ProtocolError):
                opener.open(messages[start + 33])
            self.assertEqual(opener.open(messages[start + 32]), b"%d" % (start + 32))

    def test_a_message_33_back_is_refused_and_32_back_is_not(self):
        messages = sealed(80)
        opener = Opener(KEY)
        opener.open(messages[0])
        opener.open(messages[20])
        opener.open(messages[50])
        opener.open(messages[70])
        for number in (37, 20, 0):
            with self.assertRaises(ProtocolError):
                opener.open(messages[number])
        self.assertEqual(opener.open(messages[38]), b"38")

    def test_random_loss_and_reordering_never_meets_a_wrong_key(self):
        messages = sealed(200)
        opener = Opener(KEY)
        state = 7
        opened = set()
        for step in range(600):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            number = min(max(step // 3 + (state >> 8) % 61 - 30, 0), 199)
            try:
                self.assertEqual(opener.open(messages[number]), b"%d" % number)
                self.assertNotIn(number, opened)
                opened.add(number)
            except ProtocolError as error:
                self.assertFalse(isinstance(error, DecryptionError))
        self.assertGreater(len(opened), 100)


class Forgery(TestCase):
    def test_forged_messages_change_nothing(self):
        messages = sealed(INTERVAL + 2)
        opener = Opener(KEY)
        opener.open(messages[0])
        for message in messages[1:33]:
            for at in range(len(message)):
                changed = bytearray(message)
                changed[at] ^= 0x40
                with self.assertRaises(ProtocolError):
                    opener.open(bytes(changed))
        self.assertEqual(opener.open(messages[32]), b"32")
        self.assertEqual(opener.open(messages[1]), b"1")
        self.assertEqual(opener.open(messages[33]), b"33")

    def test_a_counter_is_bound_to_its_message(self):
        first, second = sealed(2)
        opener = Opener(KEY)
        with self.assertRaises(DecryptionError):
            opener.open(second[:8] + first[8:])

    def test_messages_of_another_channel_or_cut_short_are_refused(self):
        opener = Opener(KEY)
        message = sealed(1)[0]
        for bad in [Sealer(next_key(KEY)).seal(b"0")] + [message[:size] for size in range(len(message))]:
            with self.assertRaises(ProtocolError):
                opener.open(bad)
        self.assertEqual(opener.open(message), b"0")

    def test_the_highest_counters_are_refused(self):
        for counter in ((1 << 64) - 1, (1 << 64) - 2, 33):
            with self.assertRaises(ProtocolError):
                Opener(KEY).open(counter.to_bytes(8, "big") + bytes(16))

    def test_the_counter_that_makes_keys_is_refused_even_when_it_is_next(self):
        opener = Opener(KEY)
        opener._interval = _LAST // INTERVAL
        opener._window.highest = _LAST - 2
        for counter, fits in ((_LAST - 1, True), (_LAST, False)):
            message = counter.to_bytes(8, "big") + AesGcm(KEY).seal(nonce(counter), b"text")
            if fits:
                self.assertEqual(opener.open(message), b"text")
            else:
                with self.assertRaisesRegex(ProtocolError, "too far"):
                    opener.open(message)


class WindowEdges(TestCase):
    def test_the_first_counter_is_0_to_32(self):
        for counter in range(40):
            self.assertIs(Window().open_to(counter), counter <= 32)

    def test_the_window_agrees_with_a_list_of_what_came(self):
        window, came, highest, state = Window(), set(), 0, 1
        for _ in range(2000):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            counter = max(0, highest + (state >> 8) % 70 - 36)
            fresh = counter not in came and highest - 32 <= counter <= highest + 32
            self.assertIs(window.open_to(counter), fresh)
            if fresh:
                window.mark(counter)
                came.add(counter)
                highest = max(highest, counter)
