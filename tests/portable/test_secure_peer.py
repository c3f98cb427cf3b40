"""uockam.secure.peer: what a party shows, and the order in which it is looked at."""

from lib.parties import CLIENT, ISSUER, NOW, WORKED, expect, history, party, seed
from lib.unittest import TestCase
from lib.vectors import from_hex
from uockam import cbor
from uockam.crypto.steps import last
from uockam.errors import ProtocolError
from uockam.secure import credential, making, purpose
from uockam.secure.noise import KeyPair
from uockam.secure.peer import Party, Peer, Rules
from uockam.secure.policy import Only
from uockam.secure.proof import shown as credentials_in

SHOWN = credential.decode(from_hex(WORKED["initiator_credential_and_purpose_key"]))


def client(*credentials):
    """The party of the worked example's initiator."""
    attested = purpose.decode(from_hex(WORKED["initiator_attestation"]))
    return Party(KeyPair(b"", attested.key), CLIENT, attested, credentials)


def admit(own, rules, now=NOW):
    """The peer that the rules make of a party."""
    return rules.admit_steps(own.payload, own.static.public, now)


class Showing(TestCase):
    def test_a_payload_is_that_of_the_worked_example(self):
        for name, shown in (("without", ()), ("with", (SHOWN,))):
            example = WORKED["handshake_%s_credentials" % name]
            self.assertEqual(client(*shown).payload, from_hex(example["m3_payload"]))


class Admitting(TestCase):
    def test_a_proven_peer_is_admitted_and_known_from_then_on(self):
        rules = Rules({})
        self.assertEqual(last(admit(party(1), rules)), Peer(history(1).identifier, ()))
        self.assertEqual(rules.known, {history(1).identifier: history(1).encode()})

    def test_who_is_not_trusted_costs_no_verification(self):
        forged = Party(party(1).static, history(1), purpose.read(_unsigned()))
        with self.assertRaisesRegex(ProtocolError, "not trusted"):
            next(admit(forged, Rules({}, Only())))
        self.assertIn("wrong signature", expect(self, admit, forged, Rules({})))

    def test_nobody_is_known_who_was_not_admitted(self):
        forged = Party(party(1).static, history(1), purpose.read(_unsigned()))
        rules = Rules({})
        expect(self, admit, forged, rules)
        expect(self, admit, party(1), rules, NOW - 61)
        self.assertEqual(rules.known, {})

    def test_an_attestation_of_a_key_for_credentials_proves_no_channel(self):
        key = history(1).latest.public_key
        attested = last(making.attest_steps(history(1), seed(1), purpose.CREDENTIALS, key, NOW))
        own = Party(KeyPair(b"", key.value), history(1), attested)
        self.assertIn("another key", expect(self, admit, own, Rules({})))

    def test_after_rotation_the_new_history_is_known_and_the_old_one_refused(self):
        newer = last(making.rotate_steps(history(1), seed(1), seed(2), NOW))
        static = party(1).static
        attested = last(making.attest_steps(newer, seed(2), purpose.CHANNEL, static.public, NOW))
        rules = Rules({})
        last(admit(party(1), rules))
        last(admit(Party(static, newer, attested), rules))
        self.assertEqual(rules.known, {newer.identifier: newer.encode()})
        self.assertIn("older", expect(self, admit, party(1), rules))

    def test_a_payload_with_a_part_missing_is_refused(self):
        whole = cbor.decode(party(1).payload)
        for parts in ([], whole[:1], whole[:2], [whole[1], whole[0], whole[2]], None):
            expect(self, Rules({}).admit_steps, cbor.encode(parts), party(1).static.public, NOW)


def _unsigned():
    """The attestation of party 1, with a signature of zeros."""
    data = party(1).payload
    return [cbor.decode(data)[1][0], [0, [bytes(64)]]]


class Credentials(TestCase):
    def test_those_of_an_authority_are_kept_and_others_ignored(self):
        authorities = {ISSUER.identifier: ISSUER}
        for rules, now, kept in (
            (Rules({}, authorities=authorities), NOW, (SHOWN.credential,)),
            (Rules({}, authorities=authorities), SHOWN.credential.expires_at + 1, ()),
            (Rules({}, authorities={history(1).identifier: history(1)}), NOW, ()),
            (Rules({}), NOW, ()),
        ):
            self.assertEqual(last(admit(client(SHOWN), rules, now)).credentials, kept)

    def test_more_than_four_are_refused(self):
        item = cbor.decode(SHOWN.encode())
        self.assertEqual(credentials_in([item] * 4), [item] * 4)
        for bad in ([item] * 5, None, {}):
            expect(self, credentials_in, bad)

    def test_one_that_is_nonsense_is_as_good_as_none(self):
        own = client()
        for bad in (None, 7, [], [[b"", b""], []], cbor.decode(SHOWN.encode())[:1]):
            parts = cbor.decode(own.payload)[:2] + [[bad]]
            for authorities in ({}, {ISSUER.identifier: ISSUER}):
                rules = Rules({}, authorities=authorities)
                peer = last(rules.admit_steps(cbor.encode(parts), own.static.public, NOW))
                self.assertEqual((peer.identifier, peer.credentials), (CLIENT.identifier, ()))
