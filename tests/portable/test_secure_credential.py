"""uockam.secure.credential: a credential of a real authority, that of the worked example, and wrong ones."""

from lib.parties import CLIENT, ISSUER, NOW, WORKED, expect, history, seed
from lib.unittest import TestCase
from lib.vectors import from_hex, load
from uockam import cbor
from uockam.api import decode_response
from uockam.bare import encode_bytes
from uockam.crypto.steps import last
from uockam.port import MICROPYTHON
from uockam.secure import credential, identity, making, purpose, signed

STRIDE = 41 if MICROPYTHON else 1
REAL = load("rust_0_150_credential")
AUTHORITY = 7
SIGNER = 8
SUBJECT = bytes(range(32))


def verify(data, authorities, now, subject=None):
    """Read and verify."""
    return (yield from credential.verify_steps(credential.decode(data), authorities, now, subject))


def known(*histories):
    """The authorities."""
    return {history.identifier: history for history in histories}


def issued(subject=SUBJECT, start=NOW, end=NOW + 9, signer=SIGNER, use=purpose.CREDENTIALS, attributes=None, version=1):
    """A credential by the key of `signer`, with the attestation of SIGNER's key by AUTHORITY."""
    key = last(signed.public_key_steps(seed(SIGNER))) if use == purpose.CREDENTIALS else bytes(32)
    attested = last(making.attest_steps(history(AUTHORITY), seed(AUTHORITY), use, key, NOW, 1000))
    claims = (subject, None, (1, {b"role": b"tester"} if attributes is None else attributes), start, end)
    data = cbor.encode((version, signed.CREDENTIAL, cbor.encode(claims)))
    made = (data, last(signed.sign_steps(seed(signer), data)).item())
    return cbor.encode((made, attested.item()))


class Vectors(TestCase):
    def test_the_credential_of_a_real_authority_is_read_proven_and_written_back(self):
        authority = identity.decode(from_hex(REAL["authority_change_history"]))
        last(identity.verify_steps(authority))
        member = identity.parse_identifier(REAL["member_identifier"])
        data = from_hex(REAL["credential_and_purpose_key"])
        now = credential.decode(data).credential.created_at
        proven = last(verify(data, known(authority), now, member))
        self.assertEqual(proven.attributes[b"sensor"], b"yes")
        self.assertEqual((proven.subject, proven.schema), (member, 1))
        self.assertEqual(credential.decode(data).encode(), data)
        made = last(making.create_steps(from_hex(REAL["member_ed25519_secret"]), REAL["member_created_at"]))
        self.assertEqual(made.identifier, member)

    def test_it_is_the_body_of_the_response_that_brought_it(self):
        response = decode_response(encode_bytes(from_hex(REAL["response_payload"])))
        self.assertEqual(credential.read(response.body).encode(), from_hex(REAL["credential_and_purpose_key"]))

    def test_the_credential_of_the_worked_example_is_proven(self):
        data = from_hex(WORKED["initiator_credential_and_purpose_key"])
        last(verify(data, known(ISSUER), NOW, CLIENT.identifier))

    def test_a_changed_byte_is_noticed(self):
        data = from_hex(WORKED["initiator_credential_and_purpose_key"])
        for at in range(0, len(data), STRIDE):
            damaged = bytearray(data)
            damaged[at] ^= 1 << at % 8
            expect(self, verify, bytes(damaged), known(ISSUER), NOW, CLIENT.identifier)

    def test_a_credential_cut_anywhere_is_refused(self):
        data = from_hex(REAL["credential_and_purpose_key"])
        for size in range(len(data)):
            expect(self, credential.decode, data[:size])


class Verifying(TestCase):
    def check(self, data, text, now=NOW, authorities=None, subject=SUBJECT):
        if authorities is None:
            authorities = known(history(AUTHORITY))
        self.assertIn(text, expect(self, verify, data, authorities, now, subject))

    def test_a_right_one_is_accepted_at_the_edges_of_its_time(self):
        authorities = known(history(AUTHORITY))
        for start, end, now in ((NOW + 60, NOW + 1000, NOW), (NOW, NOW + 9, NOW + 9), (NOW, NOW + 9, None)):
            last(verify(issued(start=start, end=end), authorities, now, SUBJECT))
        last(verify(issued(), authorities, NOW))

    def test_each_wrong_claim_is_refused(self):
        self.check(issued(), "no authority", authorities={})
        self.check(issued(), "no authority", authorities=known(history(1)))
        self.check(issued(subject=bytes(32)), "somebody else")
        self.check(issued(subject=None), "somebody else")
        self.check(issued(subject=None), "somebody else", subject=None)
        self.check(issued(start=NOW - 1), "outside of the time")
        self.check(issued(end=NOW + 1001), "outside of the time")
        self.check(issued(start=NOW + 61, end=NOW + 90), "not valid yet")
        self.check(issued(), "expired", now=NOW + 10)
        self.check(issued(signer=1), "wrong signature")
        self.check(issued(use=purpose.CHANNEL), "not for credentials")
        self.check(issued(version=2), "version")

    def test_attributes_are_a_map_of_bytes_of_at_most_64(self):
        many = {b"%d" % number: b"" for number in range(65)}
        for bad in (many, [], {b"a": 1}, {1: b"a"}, {"text": b"a"}):
            expect(self, credential.decode, issued(attributes=bad))
        del many[b"0"]
        self.assertEqual(len(credential.decode(issued(attributes=many)).credential.attributes), 64)
