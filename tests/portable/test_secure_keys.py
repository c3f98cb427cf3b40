"""uockam.secure.keys: identities, their purpose keys and credentials in a store, with a clock and without."""

from lib.parties import NOW, expect, history, seed
from lib.unittest import TestCase
from uockam.crypto import x25519_public
from uockam.crypto.steps import last
from uockam.secure import credential, identity, making, store
from uockam.secure.keys import Keys
from uockam.secure.maker import START_WITHOUT_CLOCK
from uockam.secure.making import YEAR_S
from uockam.secure.peer import Rules
from uockam.secure.store import MemoryStore, VaultError

SUBJECT = bytes(range(32))


class Fresh:
    """Gives other 32 bytes at each call."""

    def __init__(self):
        self.count = 0

    def __call__(self):
        self.count += 1
        return seed(self.count)


class Kept(TestCase):
    def setUp(self):
        self.store = MemoryStore()
        self.keys = Keys(self.store)
        self.fresh = Fresh()

    def create(self, number=1, now=NOW):
        return last(self.keys.create_steps(seed(number), now)).identifier

    def party(self, name, now=NOW):
        return last(self.keys.party_steps(name, self.fresh, now))

    def issue(self, name, now=NOW, **options):
        return last(self.keys.issue_steps(name, self.fresh, SUBJECT, {b"b": b"2", b"a": b"1"}, now, 60, **options))

    def admit(self, party, now):
        """What a peer with a clock makes of it."""
        return last(Rules({}).admit_steps(party.payload, party.static.public, now)).identifier


class Identities(Kept):
    def test_one_that_was_created_is_there_and_after_a_restart_too(self):
        name = self.create()
        again = Keys(self.store)
        self.assertEqual(again.identifiers(), [name])
        self.assertEqual(again.history(name).encode(), history(1).encode())
        self.assertIs(again.history(SUBJECT), None)

    def test_one_that_was_removed_leaves_nothing(self):
        name = self.create()
        self.party(name)
        self.issue(name)
        self.keys.remove(name)
        self.assertEqual((self.keys.identifiers(), self.store.names()), ([], []))
        with self.assertRaisesRegex(VaultError, "not in this vault"):
            self.party(name)

    def test_a_rotation_keeps_the_name_and_forgets_the_old_keys(self):
        name = self.create()
        before = self.party(name)
        made = last(self.keys.rotate_steps(name, seed(9), NOW + 1))
        last(identity.verify_steps(made))
        self.assertEqual((made.identifier, len(made.changes)), (name, 2))
        self.assertNotIn(seed(1), [self.store.get(each)[1:] for each in self.store.names(store.SEED)])
        after = self.party(name, NOW + 1)
        self.assertNotEqual(after.static.public, before.static.public)
        self.assertEqual(self.admit(after, NOW + 1), name)


class Parties(Kept):
    def test_the_static_key_is_made_once(self):
        name = self.create()
        one, two = self.party(name), self.party(name, NOW + 100)
        self.assertEqual((one.payload, one.static.private), (two.payload, two.static.private))
        self.assertEqual(one.static.public, x25519_public(one.static.private))
        self.assertEqual((self.fresh.count, self.admit(two, NOW)), (1, name))

    def test_a_key_that_another_program_changed_is_noticed(self):
        name = self.create()
        before = self.party(name)
        last(Keys(self.store).rotate_steps(name, seed(9), NOW + 1))
        after = self.party(name, NOW + 1)
        self.assertEqual((len(before.history.changes), len(after.history.changes)), (1, 2))
        self.assertNotEqual(before.static.public, after.static.public)

    def test_one_that_has_expired_is_replaced(self):
        name = self.create()
        before = self.party(name)
        later = NOW + making.ATTESTATION_LIFETIME_S + 1
        after = self.party(name, later)
        self.assertNotEqual(before.static.public, after.static.public)
        self.assertEqual(self.admit(after, later), name)

    def test_a_damaged_one_is_replaced(self):
        name = self.create()
        self.party(name)
        self.store.put({store.CHANNEL_KEY + name: b"short"})
        self.assertEqual(self.admit(self.party(name), NOW), name)

    def test_without_a_clock_it_is_valid_for_peers_that_have_one(self):
        name = self.create(now=None)
        party = self.party(name, None)
        for now in (START_WITHOUT_CLOCK, START_WITHOUT_CLOCK + 30 * YEAR_S):
            self.assertEqual(self.admit(party, now), name)
        for now in (None, NOW, START_WITHOUT_CLOCK + 30 * YEAR_S):
            self.assertEqual(self.party(name, now).payload, party.payload)


class Credentials(Kept):
    def verify(self, issued, now):
        authority = self.keys.history(self.keys.identifiers()[0])
        data = issued.encode()
        return last(credential.verify_steps(credential.decode(data), {authority.identifier: authority}, now, SUBJECT))

    def test_one_is_proven_by_the_history_of_its_issuer(self):
        issued = self.issue(self.create(), schema=3)
        proven = self.verify(issued, NOW)
        self.assertEqual((proven.attributes, proven.schema), ({b"a": b"1", b"b": b"2"}, 3))
        self.assertEqual((proven.created_at, proven.expires_at), (NOW, NOW + 60))
        self.assertEqual(proven, issued.credential)
        self.assertIn(b"\xa2\x41a\x411\x41b\x412", issued.credential.data)

    def test_it_names_the_latest_change_of_a_subject_that_is_known(self):
        name = self.create()
        rotated = last(making.rotate_steps(history(2), seed(2), seed(3), NOW))
        self.keys.known[rotated.identifier] = rotated.encode()
        made = last(self.keys.issue_steps(name, self.fresh, rotated.identifier, {}, NOW, 60))
        self.assertEqual(made.credential.subject_change, rotated.latest.hash)
        self.assertEqual(self.issue(name).credential.subject_change, SUBJECT)

    def test_the_key_that_signs_is_made_once(self):
        name = self.create()
        self.assertEqual(self.issue(name).attestation.key, self.issue(name).attestation.key)
        self.assertEqual(self.fresh.count, 1)

    def test_it_ends_with_the_key_that_signed_it(self):
        name = self.create()
        issued = last(self.keys.issue_steps(name, self.fresh, SUBJECT, {}, NOW, 100 * YEAR_S))
        self.assertEqual(issued.credential.expires_at, issued.attestation.expires_at)
        expect(self, credential.verify_steps, issued, {name: self.keys.history(name)}, NOW + 11 * YEAR_S)

    def test_without_a_clock_it_begins_with_the_key_that_signed_it(self):
        issued = self.issue(self.create(now=None), None)
        self.assertEqual(self.verify(issued, START_WITHOUT_CLOCK).created_at, START_WITHOUT_CLOCK)
