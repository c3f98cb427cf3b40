"""uockam.secure.signed: envelopes, keys and signatures, and the readers that every signed thing is made of."""

from lib.parties import HISTORIES, expect, seed
from lib.unittest import TestCase
from uockam import cbor
from uockam.crypto.steps import last
from uockam.errors import ProtocolError
from uockam.port import MICROPYTHON
from uockam.secure import identity, signed
from uockam.secure.signed import PublicKey, Signature


class Envelopes(TestCase):
    def test_what_is_put_inside_comes_out(self):
        data = signed.envelope(signed.CREDENTIAL, (1, b"two"))
        self.assertEqual(data, b"\x83\x01\x03\x46\x82\x01\x43two")
        self.assertEqual(signed.inside(data, signed.CREDENTIAL, "it", signed.number, signed.blob), [1, b"two"])

    def test_one_kind_of_statement_is_not_taken_for_another(self):
        for kind in (signed.CHANGE, signed.ATTESTATION, 0, 4, 259):
            with self.assertRaisesRegex(ProtocolError, "it that is of version 1 and kind 3"):
                signed.inside(signed.envelope(signed.CREDENTIAL, ()), kind, "it")

    def test_a_signature_is_by_this_key_of_this_data(self):
        key, data = last(signed.public_key_steps(seed(1))), b"data"
        made = last(signed.sign_steps(seed(1), data))
        other = last(signed.public_key_steps(seed(2)))
        hashed = signed.digest(data)
        cases = ((key, hashed, made, True), (other, hashed, made, False), (key, signed.digest(b"date"), made, False))
        for who, what, how, right in cases:
            self.assertIs(last(signed.verify_steps(who, what, how)), right)

    def test_the_kinds_of_key_and_signature_have_to_agree(self):
        key = last(signed.public_key_steps(seed(1)))
        made = last(signed.sign_steps(seed(1), b"data"))
        named = Signature(signed.P256, made.value)
        self.assertIs(last(signed.verify_steps(key, signed.digest(b"data"), named)), False)


class P256(TestCase):
    def setUp(self):
        self.change = identity.decode(HISTORIES["orchestrator_controller_p256"]).latest

    def verify(self, **values):
        """Whether the change of Ockam's controller verifies, with some of its values replaced."""
        key = PublicKey(signed.P256, values.get("key", self.change.public_key.value))
        made = Signature(signed.P256, values.get("made", self.change.signature.value))
        return signed.verify_steps(key, values.get("hashed", self.change.hash), made)

    def test_a_host_verifies_and_a_board_says_that_it_cannot(self):
        if MICROPYTHON:
            self.assertIn("P-256", expect(self, self.verify_it))
            return
        self.assertIs(last(self.verify()), True)
        self.assertIs(last(self.verify(hashed=bytes(32))), False)
        for made in (bytes(64), b"\xff" * 64, self.change.signature.value[::-1]):
            self.assertIs(last(self.verify(made=made)), False)
        for key in (bytes(65), b"\x04" + bytes(64), b"\x04" + b"\xff" * 64, b"\x00" + self.change.public_key.value[1:]):
            self.assertIs(last(self.verify(key=key)), False)

    def verify_it(self):
        """As verify."""
        yield from self.verify()


class Readers(TestCase):
    def test_values_of_another_kind_are_refused(self):
        for reader, bad in (
            (signed.number, (None, True, -1, b"", "1", [])),
            (signed.flag, (None, 0, 1, b"")),
            (signed.blob, (None, "text", [1], 1)),
            (signed.hash32, (None, bytes(31), bytes(33))),
            (signed.optional_hash, (bytes(31), 0, False)),
            (signed.public_key, (None, [0, []], [0, [bytes(65)]], [1, [bytes(32)]], [2, [bytes(32)]], [0])),
            (signed.optional_signature, ([0, [bytes(65)]], [9, [bytes(64)]], False)),
        ):
            for value in bad:
                expect(self, reader, value)

    def test_what_is_left_out_at_the_end_is_none_and_what_is_extra_is_skipped(self):
        readers = (signed.number, signed.optional_hash)
        for items in ([1], [1, None], [1, None, "later"]):
            self.assertEqual(signed.fields(items, "it", *readers), [1, None])
        for items in ([], None, {}, "text", [None]):
            expect(self, signed.fields, items, "it", *readers)

    def test_keys_and_signatures_are_read_back(self):
        for value, reader in (
            (PublicKey(signed.ED25519, bytes(32)), signed.public_key),
            (PublicKey(signed.P256, bytes(65)), signed.public_key),
            (Signature(signed.ED25519, bytes(64)), signed.signature),
            (Signature(signed.P256, bytes(64)), signed.signature),
        ):
            self.assertEqual(reader(cbor.decode(cbor.encode(value.item()))), value)

    def test_a_period_has_edges_and_a_device_without_a_clock_ignores_it(self):
        for now in (40, 100, 200, None):
            signed.check_period("it", 100, 200, now)
        self.assertIn("not valid yet", expect(self, signed.check_period, "it", 100, 200, 39))
        self.assertIn("expired", expect(self, signed.check_period, "it", 100, 200, 201))
