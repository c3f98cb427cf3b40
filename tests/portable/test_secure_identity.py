"""uockam.secure.identity: Ockam's identities, rotation, and histories that somebody made up."""

from lib.parties import HISTORIES, NOW, WORKED, expect, history, seed
from lib.unittest import TestCase
from lib.vectors import from_hex, load
from uockam import cbor
from uockam.crypto.steps import last
from uockam.errors import LimitError
from uockam.port import MICROPYTHON
from uockam.secure import identity, making, signed
from uockam.secure.identity import History, identifier_text

VECTORS = load("identities")["vectors"]
STRIDE = 19 if MICROPYTHON else 1


def rotated(base=None, old=1, new=2, now=NOW + 100):
    """The history of seed 1, with the key of seed 2 after it."""
    return last(making.rotate_steps(base or history(1), seed(old), seed(new), now))


def changed(whole, index, **values):
    """The history with one change replaced by one that says something else."""
    changes = list(whole.changes)
    names = ("data", "signature", "previous_signature", "hash", "previous", "public_key", "valid_from", "valid_until")
    changes[index] = identity.Change(*[values.get(name, getattr(changes[index], name)) for name in names])
    return History(tuple(changes))


def made_up(previous, keys, valid_from, signers, version=1, kind=signed.CHANGE):
    """A CBOR change that says what it is told to, properly signed by the seeds given."""
    key = last(signed.public_key_steps(seed(keys)))
    inner = cbor.encode((previous, key.item(), False, valid_from, valid_from + 1000))
    data = cbor.encode((version, kind, inner))
    made = [last(signed.sign_steps(seed(signer), data)).item() for signer in signers]
    return cbor.decode(cbor.encode([data] + made))


class Vectors(TestCase):
    def test_every_history_of_ockam_is_read_proven_and_written_back(self):
        for vector in VECTORS:
            with self.subTest(name=vector["name"]):
                data = from_hex(vector["change_history_hex"])
                read = identity.decode(data)
                self.assertEqual(identifier_text(read.identifier), vector["identifier"])
                self.assertEqual(read.encode(), data)
                self.assertEqual(read.latest.public_key.value, from_hex(vector["public_key_hex"]))
                self.assertEqual(read.latest.valid_from, vector["attestations_valid_from"])
                self.assertEqual(read.latest.valid_until, vector["attestations_valid_until"])
                if MICROPYTHON and vector["key_type"] == "P256":
                    self.assertIn("a board cannot verify", expect(self, identity.verify_steps, read))
                else:
                    last(identity.verify_steps(read))

    def test_ockams_secrets_make_ockams_histories(self):
        for vector in VECTORS:
            if "secret_key_hex" in vector:
                start, end = vector["attestations_valid_from"], vector["attestations_valid_until"]
                made = last(making.create_steps(from_hex(vector["secret_key_hex"]), start, end - start))
                self.assertEqual(made.encode(), from_hex(vector["change_history_hex"]))

    def test_the_rotated_identity_is_read_proven_and_made_again(self):
        example = WORKED["rotated_identity"]
        data = from_hex(example["change_history_hex"])
        read = identity.decode(data)
        last(identity.verify_steps(read))
        self.assertEqual(identifier_text(read.identifier), example["identifier"])
        self.assertEqual(read.latest.hash, from_hex(example["latest_change_hash"]))
        (client,) = [vector["secret_key_hex"] for vector in VECTORS if vector["name"] == "example06_client"]
        old, new = from_hex(client), from_hex(example["new_secret_key"])
        start, end = read.latest.valid_from, read.latest.valid_until
        first = identity.decode(HISTORIES["example06_client"])
        self.assertEqual(last(making.rotate_steps(first, old, new, start, end - start)).encode(), data)

    def test_a_changed_byte_never_leaves_the_same_identity_proven(self):
        for name in ("display_test",) if MICROPYTHON else ("display_test", "orchestrator_controller_p256"):
            data = HISTORIES[name]
            known = identity.decode(data)
            for at in range(0, len(data), STRIDE):
                damaged = bytearray(data)
                damaged[at] ^= 1 << at % 8
                expect(self, admit_bytes, bytes(damaged), known)

    def test_a_history_cut_anywhere_is_refused(self):
        for size in range(len(HISTORIES["display_test"])):
            expect(self, identity.decode, HISTORIES["display_test"][:size])


def admit_bytes(data, known):
    """What a handshake does with the history of a known peer."""
    yield from identity.admit_steps(identity.decode(data), known.encode(), known.identifier)


class Rotation(TestCase):
    def test_a_new_key_keeps_the_identifier_and_is_proven_by_the_old_one(self):
        whole = rotated()
        last(identity.verify_steps(whole))
        self.assertEqual(whole.identifier, history(1).identifier)
        self.assertEqual(identity.decode(whole.encode()).hashes, whole.hashes)

    def test_a_clock_that_went_back_makes_no_change_older_than_the_one_before(self):
        last(identity.verify_steps(identity.decode(rotated(now=NOW - 500).encode())))

    def test_a_signature_by_another_key_is_refused(self):
        for index, values in (
            (0, {"signature": history(3).latest.signature}),
            (1, {"signature": history(3).latest.signature}),
            (1, {"previous_signature": history(3).latest.signature}),
            (1, {"signature": signed.Signature(signed.P256, bytes(64))}),
        ):
            self.assertIn("wrong signature", expect(self, identity.verify_steps, changed(rotated(), index, **values)))
        self.assertIn("wrong signature", expect(self, identity.verify_steps, rotated(old=3)))

    def test_a_history_changes_at_most_32_times(self):
        whole = History(history(1).changes * identity.MAX_CHANGES)
        with self.assertRaises(LimitError):
            last(making.rotate_steps(whole, seed(1), seed(2), NOW))
        expect(self, identity.read, [[]] * (identity.MAX_CHANGES + 1))


class Structure(TestCase):
    def test_changes_that_do_not_follow_are_refused(self):
        first = made_up(None, 1, NOW, (1,))
        name = signed.digest(first[0])
        for bad in (
            [],
            [made_up(name, 1, NOW, (1,))],
            [first, made_up(None, 2, NOW, (2, 1))],
            [first, made_up(bytes(32), 2, NOW, (2, 1))],
            [first, made_up(name, 2, NOW, (2,))],
            [first, made_up(name, 2, NOW - 1, (2, 1))],
            [made_up(None, 1, NOW, (1,), version=0)],
            [made_up(None, 1, NOW, (1,), version=2)],
            [made_up(None, 1, NOW, (1,), kind=signed.ATTESTATION)],
        ):
            expect(self, identity.read, bad)
        last(identity.verify_steps(identity.read([first, made_up(name, 2, NOW, (2, 1))])))

    def test_values_of_another_kind_are_refused(self):
        for bad in (None, 1, b"", "text", {}, [None], [[]], [[1, 2]], [[b""]], [[b"\x80", [0, [bytes(64)]]]]):
            expect(self, identity.read, bad)
        first = made_up(None, 1, NOW, (1,))
        for bad in (None, [0, []], [2, [bytes(64)]], [0, [bytes(63)]], [0, bytes(64)], [True, [bytes(64)]]):
            expect(self, identity.read, [[first[0], bad]])

    def test_what_a_later_ockam_may_add_at_the_end_is_skipped(self):
        first = made_up(None, 1, NOW, (1,))
        last(identity.verify_steps(identity.read([first + [None, 7]])))


class KnownPeers(TestCase):
    def admit(self, whole, stored, *expected):
        return last(identity.admit_steps(whole, stored and stored.encode(), *expected))

    def test_a_peer_seen_first_or_with_a_new_key_is_to_be_stored(self):
        self.assertIs(self.admit(history(1), None), True)
        self.assertIs(self.admit(rotated(), history(1)), True)
        self.assertIs(self.admit(rotated(), rotated()), False)

    def test_a_history_older_than_the_stored_one_is_refused(self):
        self.assertIn("older", expect(self, identity.admit_steps, history(1), rotated().encode()))

    def test_a_history_that_contradicts_the_stored_one_is_refused(self):
        other = rotated(new=4)
        self.assertIn("contradicts", expect(self, identity.admit_steps, other, rotated().encode()))
        longer = rotated(other, 4, 5)
        self.assertIn("contradicts", expect(self, identity.admit_steps, longer, rotated().encode()))
        self.assertIn("contradicts", expect(self, identity.admit_steps, history(3), history(1).encode()))

    def test_another_identity_than_the_expected_one_is_refused(self):
        expect(self, identity.admit_steps, history(3), None, history(1).identifier)

    def test_signatures_are_checked_unless_the_very_bytes_are_stored(self):
        forged = changed(history(1), 0, signature=history(3).latest.signature)
        expect(self, identity.admit_steps, forged, None)
        expect(self, identity.admit_steps, forged, history(1).encode())

    def test_a_damaged_store_refuses_the_peer(self):
        expect(self, identity.admit_steps, history(1), history(1).encode()[:-1])
