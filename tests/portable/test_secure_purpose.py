"""uockam.secure.purpose: attestations of Ockam's, of our own, and wrong ones."""

from lib.parties import CLIENT, ISSUER, NOW, SERVER, WORKED, attestation, expect, history, seed
from lib.unittest import TestCase
from lib.vectors import from_hex
from uockam import cbor
from uockam.crypto.steps import last
from uockam.port import MICROPYTHON
from uockam.secure import making, purpose, signed

STRIDE = 29 if MICROPYTHON else 1
KEY = bytes(range(32))
YEAR = making.YEAR_S


def statement(subject, change_hash, start, end, signer=1, key=None, version=1, kind=signed.ATTESTATION):
    """An attestation that says what it is told to, properly signed by a seed."""
    inner = cbor.encode((subject, change_hash, key or (0, (KEY,)), start, end))
    data = cbor.encode((version, kind, inner))
    return cbor.decode(cbor.encode([data, last(signed.sign_steps(seed(signer), data)).item()]))


class Vectors(TestCase):
    def test_the_attestations_of_the_worked_example_are_read_proven_and_written_back(self):
        for name, whose, use in (
            ("initiator_attestation", CLIENT, purpose.CHANNEL),
            ("responder_attestation", SERVER, purpose.CHANNEL),
            ("issuer_credential_attestation", ISSUER, purpose.CREDENTIALS),
        ):
            with self.subTest(name=name):
                data = from_hex(WORKED[name])
                read = purpose.decode(data)
                last(purpose.verify_steps(read, whose, NOW, whose.identifier))
                self.assertEqual((read.use, read.encode()), (use, data))

    def test_a_changed_byte_is_noticed(self):
        data = from_hex(WORKED["initiator_attestation"])
        for at in range(0, len(data), STRIDE):
            damaged = bytearray(data)
            damaged[at] ^= 1 << at % 8
            expect(self, prove, bytes(damaged), CLIENT)

    def test_an_attestation_cut_anywhere_is_refused(self):
        data = from_hex(WORKED["issuer_credential_attestation"])
        for size in range(len(data)):
            expect(self, purpose.decode, data[:size])


def prove(data, whose):
    """Read and verify."""
    yield from purpose.verify_steps(purpose.decode(data), whose, NOW, whose.identifier)


class Attesting(TestCase):
    def test_what_is_attested_is_proven(self):
        made = attestation(1, KEY)
        self.assertEqual(purpose.decode(made.encode()), made)
        last(purpose.verify_steps(made, history(1), NOW))
        self.assertEqual(made.expires_at, NOW + 5 * YEAR)

    def test_a_key_for_credentials_is_attested_too(self):
        key = last(signed.public_key_steps(seed(9)))
        made = last(making.attest_steps(history(1), seed(1), purpose.CREDENTIALS, key, NOW))
        self.assertEqual(purpose.decode(made.encode()).key, key)
        last(purpose.verify_steps(made, history(1), NOW))

    def test_it_stays_within_the_time_of_the_key_that_signs(self):
        made = attestation(1, KEY, lifetime_s=20 * YEAR)
        self.assertEqual(made.expires_at, history(1).latest.valid_until)
        last(purpose.verify_steps(made, history(1), NOW))
        early = last(making.attest_steps(history(1), seed(1), purpose.CHANNEL, KEY, NOW - 9))
        last(purpose.verify_steps(early, history(1), NOW))


class Verifying(TestCase):
    def check(self, item, now=NOW, text="", expected=None):
        error = expect(self, purpose.verify_steps, purpose.read(item), history(1), now, expected)
        self.assertIn(text, error)

    def test_each_wrong_claim_is_refused(self):
        mine, end = history(1).identifier, history(1).latest.valid_until
        self.check(statement(history(2).identifier, mine, NOW, NOW + 9), text="of another identity")
        self.check(statement(mine, mine, NOW, NOW + 9), text="of another identity", expected=history(2).identifier)
        self.check(statement(mine, bytes(32), NOW, NOW + 9), text="not the latest")
        self.check(statement(mine, mine, NOW - 1, NOW + 9), text="outside of the time")
        self.check(statement(mine, mine, NOW, end + 1), text="outside of the time")
        self.check(statement(mine, mine, NOW, NOW + 9, signer=2), text="wrong signature")
        self.check(statement(mine, mine, NOW + 61, NOW + 900), text="not valid yet")
        self.check(statement(mine, mine, NOW, NOW + 9), now=NOW + 10, text="expired")

    def test_the_edges_of_its_time_are_accepted(self):
        mine, end = history(1).identifier, history(1).latest.valid_until
        for start, stop, now in ((NOW + 60, end, NOW), (NOW, NOW + 9, NOW + 9), (NOW, NOW + 9, None)):
            last(purpose.verify_steps(purpose.read(statement(mine, mine, start, stop)), history(1), now))

    def test_other_envelopes_are_refused(self):
        mine = history(1).identifier
        for version, kind in ((1, signed.CHANGE), (1, signed.CREDENTIAL), (0, signed.ATTESTATION), (2, 2)):
            expect(self, purpose.read, statement(mine, mine, NOW, NOW + 9, version=version, kind=kind))

    def test_other_keys_are_refused(self):
        mine = history(1).identifier
        for key in ((2, (KEY,)), (0, (KEY[1:],)), (0, ((0, (KEY,)),)), (1, (KEY,)), (1, ((0, (KEY + KEY,)),)), (0, ())):
            expect(self, purpose.read, statement(mine, mine, NOW, NOW + 9, key=key))

    def test_an_attestation_by_a_former_key_is_refused_after_rotation(self):
        after = last(making.rotate_steps(history(1), seed(1), seed(2), NOW))
        self.assertIn("latest", expect(self, purpose.verify_steps, attestation(1, KEY), after, NOW))
        renewed = last(making.attest_steps(after, seed(2), purpose.CHANNEL, KEY, NOW))
        last(purpose.verify_steps(renewed, after, NOW))
