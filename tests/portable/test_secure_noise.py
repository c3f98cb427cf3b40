"""uockam.secure.noise: Ockam's vectors, and each byte of each message changed."""

from lib.unittest import TestCase
from lib.vectors import from_hex, load
from uockam.crypto.steps import last
from uockam.errors import LimitError, ProtocolError
from uockam.port import MICROPYTHON
from uockam.secure.noise import MOST_BYTES, Handshake, KeyPair, key_pair_steps, nonce

STRIDE = 23 if MICROPYTHON else 1  # the curve takes long there
TEST_NAME = b"Noise_XX_25519_AESGCM_SHA256" + bytes(4)  # what the unit tests of Ockam call it
PAYLOADS = (b"", b"payload of the responder", b"payload of the initiator")
LOW_ORDER = (bytes(32), b"\x01" + bytes(31))


def pair(text):
    return last(key_pair_steps(from_hex(text)))


def sides(keys, *protocol):
    """(initiator, responder) with the keys of a vector."""
    names = [("initiator", True), ("responder", False)]
    return [Handshake(first, *[pair(keys[kind % name]) for kind in _KEYS], *protocol) for name, first in names]


_KEYS = ("%s_static_key", "%s_ephemeral_key")
VECTORS = load("noise_xx")["cases"]


class Vectors(TestCase):
    def test_ockams_handshakes_come_out_byte_for_byte(self):
        for case in VECTORS:
            initiator, responder = sides(case, TEST_NAME)
            for number, writer, reader in (
                (1, initiator, responder),
                (2, responder, initiator),
                (3, initiator, responder),
            ):
                payload = from_hex(case["message%d_payload" % number])
                message = last(writer.write_steps(payload))
                self.assertEqual(message, from_hex(case["message%d_ciphertext" % number]))
                self.assertEqual(last(reader.read_steps(message)), payload)
            self.assertEqual(initiator.hash, from_hex(case["derived_final_h"]))
            self.assertEqual(responder.hash, initiator.hash)
            first, second = from_hex(case["derived_k1"]), from_hex(case["derived_k2"])
            self.assertEqual(initiator.keys(), (second, first))
            self.assertEqual(responder.keys(), (first, second))

    def test_under_the_real_name_the_keys_are_those_of_the_worked_example(self):
        worked = load("worked_example_selfmade")
        keys = {name.replace("_x25519", "_key"): value for name, value in worked["keys"].items()}
        example = worked["handshake_without_credentials"]
        initiator, responder = sides(keys)
        self.assertEqual(responder.hash, from_hex(example["initial_h"]))
        payloads = (b"", from_hex(example["m2_payload"]), from_hex(example["m3_payload"]))
        for number, writer, reader in ((0, initiator, responder), (1, responder, initiator), (2, initiator, responder)):
            message = last(writer.write_steps(payloads[number]))
            self.assertEqual(message, from_hex(example["m%d" % (number + 1)]))
            last(reader.read_steps(message))
        self.assertEqual(initiator.hash, from_hex(example["final_h"]))
        own, other = from_hex(example["k2_initiator_to_responder"]), from_hex(example["k1_responder_to_initiator"])
        self.assertEqual(initiator.keys(), (own, other))


class Hostile(TestCase):
    def setUp(self):
        """Each reader as it is before the message of its turn, and that message."""
        initiator, responder = sides(VECTORS[0])
        self.turns = []
        for turn, payload in enumerate(PAYLOADS):
            writer, reader = (responder, initiator) if turn % 2 else (initiator, responder)
            message = last(writer.write_steps(payload))
            self.turns.append((reader.copy(), message))
            last(reader.read_steps(message))
        self.done = initiator, responder

    def refuse(self, turn, message):
        """Once message 1 is changed, nobody notices before message 2 is read; the others are refused at once."""
        reader = self.turns[turn][0].copy()
        with self.assertRaises(ProtocolError):
            last(reader.read_steps(message))

    def test_a_changed_byte_of_message_1_makes_message_2_unreadable(self):
        initiator, responder = sides(VECTORS[0])
        first = last(initiator.write_steps())
        for at in range(0, len(first) - 1, STRIDE):  # the last bit of a key is ignored by the curve, not by the hash
            changed = bytearray(first)
            changed[at] ^= 0x10
            answering = responder.copy()
            last(answering.read_steps(bytes(changed)))
            second = last(answering.write_steps(PAYLOADS[1]))
            with self.assertRaises(ProtocolError):
                last(initiator.copy().read_steps(second))

    def test_a_changed_byte_of_messages_2_and_3_is_noticed(self):
        for turn in (1, 2):
            message = self.turns[turn][1]
            for at in range(0, len(message), STRIDE):
                changed = bytearray(message)
                changed[at] ^= 1 << at % 8
                self.refuse(turn, bytes(changed))

    def test_a_message_cut_anywhere_is_refused(self):
        for turn, (_, message) in enumerate(self.turns):
            for size in range(0, len(message), STRIDE):
                self.refuse(turn, message[:size])

    def test_a_message_that_goes_on_is_refused_from_message_2_on(self):
        for turn in (1, 2):
            self.refuse(turn, self.turns[turn][1] + b"\x00")

    def test_a_message_of_another_turn_is_refused(self):
        for turn, _ in enumerate(self.turns):
            for other in range(3):
                if turn and other != turn:
                    self.refuse(turn, self.turns[other][1])

    def test_a_copy_of_the_state_before_a_bad_message_reads_the_good_one(self):
        for turn, (reader, message) in enumerate(self.turns):
            if turn:
                self.refuse(turn, bytes(len(message)))
            self.assertEqual(last(reader.copy().read_steps(message)), PAYLOADS[turn])

    def test_a_key_that_agrees_on_nothing_is_refused(self):
        for key in LOW_ORDER:
            responder = sides(VECTORS[0])[1]
            last(responder.read_steps(key))
            with self.assertRaisesRegex(ProtocolError, "nothing secret"):
                last(responder.write_steps())
            self.refuse(1, key + self.turns[1][1][32:])

    def test_nothing_is_written_or_read_out_of_turn(self):
        initiator, responder = sides(VECTORS[0])
        for steps in (initiator.read_steps(bytes(96)), responder.write_steps(), self.done[0].write_steps()):
            with self.assertRaisesRegex(ProtocolError, "out of turn"):
                last(steps)
        with self.assertRaises(ProtocolError):
            initiator.keys()

    def test_a_message_is_at_most_what_noise_or_the_board_takes(self):
        initiator, _ = sides(VECTORS[0])
        self.assertEqual(len(last(initiator.copy().write_steps(bytes(MOST_BYTES - 32)))), MOST_BYTES)
        with self.assertRaises(LimitError):
            last(initiator.write_steps(bytes(MOST_BYTES - 31)))
        with self.assertRaises(ProtocolError):
            last(sides(VECTORS[0])[1].read_steps(bytes(MOST_BYTES + 1)))


class Secrets(TestCase):
    def test_a_nonce_is_big_endian(self):
        self.assertEqual(nonce(258), bytes(10) + b"\x01\x02")

    def test_a_key_pair_does_not_print_its_halves(self):
        self.assertIn("KeyPair", repr(KeyPair(b"secret", b"public")))
        self.assertNotIn("secret", repr(KeyPair(b"secret", b"public")))
