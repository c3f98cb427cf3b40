"""uockam.secure.oneway: sealed messages for a receiver that is away, the same on both interpreters."""

import random

from lib.mutate import damaged
from lib.nodes import Lines
from lib.parties import CLIENT, ISSUER, NOW, WORKED, expect, history, party, seed
from lib.unittest import TestCase
from lib.vectors import from_hex, load, to_hex
from test_hostile_input import ROUNDS, SEED, hostile
from uockam import cbor, wire
from uockam.address import Address
from uockam.crypto.steps import last
from uockam.errors import DecryptionError, LimitError, ProtocolError
from uockam.message import local
from uockam.port import MICROPYTHON
from uockam.route import MAX_HOPS, route
from uockam.secure import credential, making, oneway, signed
from uockam.secure.keys import Keys
from uockam.secure.noise import KeyPair
from uockam.secure.peer import Party, Rules
from uockam.secure.policy import Only
from uockam.secure.store import MemoryStore, VaultError

VECTORS = load("oneway")
STRIDE = 11 if MICROPYTHON else 1  # the curve takes long there
SENDER, RECEIVER = party(1), party(2)
NAME = RECEIVER.history.identifier
ID = bytes(range(16))


def keys(number=1):
    """With the identity of seed(number)."""
    made = Keys(MemoryStore())
    last(made.create_steps(seed(number), NOW))
    return made


def seal(message=None, sender=SENDER, static=RECEIVER.static.public, name=NAME, period=(NOW, NOW + 60), **options):
    """A sealed message, by default a small one of party 1 for party 2."""
    message = message or local(route("led"), (), b"on")
    owned = options.get("keys") or keys()
    return last(oneway.seal_steps(seed(7), static, name, owned, sender, options.get("id", ID), period, message))


def opened(sealed, rules=None, now=NOW, receiver=RECEIVER, name=NAME):
    """The steps that open it."""
    return oneway.open_steps(sealed, receiver.static, name, rules or Rules({}), now)


def letter(**changed):
    """The parts of a small letter, some of them others."""
    values = {"receiver": NAME, "id": ID, "created": NOW, "expires": NOW + 60, "message": b"\x80"}
    values.update(changed)
    data = signed.envelope(
        oneway.STATEMENT, [values[name] for name in ("receiver", "id", "created", "expires", "message")]
    )
    proven, made = last(keys().sign_steps(history(1).identifier, data))
    return [data, made.item(), proven.item(), []]


def posted(parts):
    """These parts as somebody would seal them."""
    data = parts if isinstance(parts, bytes) else cbor.encode(parts)
    return last(oneway._encrypt_steps(seed(7), RECEIVER.static.public, data))


class Vectors(TestCase):
    def test_each_is_sealed_as_it_was(self):
        self.assertEqual(to_hex(oneway.card_of(RECEIVER)), VECTORS["receiver_card"])
        for case in VECTORS["cases"]:
            message = local(route(*case["onward"].split(" => ")), route(case["back"]) if case["back"] else (), b"")
            message = local(message.onward_route, message.return_route, from_hex(case["payload"]))
            sealed = last(
                oneway.seal_steps(
                    from_hex(case["ephemeral"]),
                    RECEIVER.static.public,
                    NAME,
                    keys(),
                    SENDER,
                    from_hex(case["id"]),
                    (case["created_at"], case["expires_at"]),
                    message,
                )
            )
            self.assertEqual(to_hex(sealed), case["sealed"])

    def test_each_is_opened(self):
        for case in VECTORS["cases"]:
            found = last(opened(from_hex(case["sealed"])))
            message = wire.decode(found.message)
            self.assertEqual(to_hex(found.sender.identifier), VECTORS["sender_identifier"])
            self.assertEqual((to_hex(found.id), to_hex(message.payload)), (case["id"], case["payload"]))
            self.assertEqual((found.created_at, found.expires_at), (case["created_at"], case["expires_at"]))
            self.assertEqual(message.return_route, route(case["back"]) if case["back"] else ())
            self.assertEqual(found.card is None, not case["back"])


class Cards(TestCase):
    def test_a_card_gives_the_key_of_its_owner_and_makes_the_owner_known(self):
        known = {}
        self.assertEqual(last(oneway.card_steps(oneway.card_of(RECEIVER), NAME, known, NOW)), RECEIVER.static.public)
        self.assertEqual(known, {NAME: RECEIVER.history.encode()})

    def test_a_card_of_somebody_else_is_refused(self):
        card = oneway.card_of(SENDER)
        self.assertIn("not trusted", expect(self, oneway.card_steps, card, NAME, {}, NOW))
        mixed = cbor.encode([RECEIVER.history.item(), SENDER.attestation.item(), []])
        expect(self, oneway.card_steps, mixed, NAME, {}, NOW)

    def test_a_card_whose_time_is_over_or_that_is_too_large_is_refused(self):
        card = oneway.card_of(RECEIVER)
        self.assertIn(
            "expired", expect(self, oneway.card_steps, card, NAME, {}, NOW + making.ATTESTATION_LIFETIME_S + 1)
        )
        self.assertIn("card of", expect(self, oneway.card_steps, bytes(oneway.MOST_CARD_BYTES + 1), NAME, {}, NOW))

    def test_an_older_history_than_the_known_one_is_refused(self):
        newer = last(making.rotate_steps(history(2), seed(2), seed(3), NOW))
        known = {NAME: newer.encode()}
        self.assertIn("older", expect(self, oneway.card_steps, oneway.card_of(RECEIVER), NAME, known, NOW))

    def test_a_damaged_card_is_refused_or_gives_the_same_key(self):
        card = oneway.card_of(RECEIVER)
        for number in range(SEED, SEED + ROUNDS // (20 if MICROPYTHON else 4)):
            random.seed(number)
            try:
                found = last(oneway.card_steps(hostile([card]), NAME, {}, NOW))
            except ProtocolError:
                continue
            self.assertEqual(found, RECEIVER.static.public)


class Sealing(TestCase):
    def test_a_message_without_a_way_back_says_nothing_of_the_senders_key(self):
        back = local(route("led"), route("me"), b"on")
        self.assertEqual(len(seal(back)) - len(seal()), 198)
        self.assertEqual(last(opened(seal(back))).card, oneway.card_of(SENDER))

    def test_what_is_too_large_or_goes_too_far_is_refused(self):
        with self.assertRaisesRegex(LimitError, "the limit is %d" % oneway.MOST_BYTES):
            seal(local(route("led"), (), bytes(oneway.MOST_BYTES)))
        hops = tuple([Address(0, b"x")] * (MAX_HOPS + 1))
        for onward, back in ((hops, ()), (route("led"), hops)):
            with self.assertRaisesRegex(LimitError, "hops"):
                seal(local(onward, back, b""))

    def test_a_sender_needs_its_keys(self):
        with self.assertRaises(VaultError):
            seal(keys=keys(3))

    def test_a_receivers_key_of_small_order_is_refused(self):
        with self.assertRaisesRegex(ProtocolError, "nothing secret"):
            seal(static=bytes(32))


class Opening(TestCase):
    def test_who_has_another_key_cannot_open_it(self):
        other = party(3)
        with self.assertRaises(DecryptionError):
            last(opened(seal(), receiver=other, name=other.history.identifier))

    def test_a_letter_to_another_identity_is_refused_though_the_key_opens_it(self):
        self.assertIn("a letter to", expect(self, opened, seal(name=history(3).identifier)))

    def test_any_byte_changed_is_refused(self):
        sealed = seal()
        for at in range(0, len(sealed), STRIDE):
            changed = bytearray(sealed)
            changed[at] ^= 1
            if at == 32:  # the top bit of an X25519 key is ignored, but it is in the hash
                changed[at] ^= 0x81
            expect(self, opened, bytes(changed))

    def test_any_other_length_is_refused(self):
        sealed = seal()
        for bad in (b"", sealed[:1], sealed[:48], sealed[:-1], sealed + b"\x00", bytes(oneway.MOST_BYTES + 1)):
            expect(self, opened, bad)

    def test_a_key_of_small_order_is_refused(self):
        self.assertIn("nothing secret", expect(self, opened, b"\x01" + bytes(32) + seal()[33:]))

    def test_it_is_of_use_from_when_it_was_made_until_it_expires(self):
        sealed = seal()
        for now in (NOW - signed.SKEW_S, NOW, NOW + 60, None):
            self.assertEqual(last(opened(sealed, now=now)).id, ID)
        self.assertIn("not valid yet", expect(self, opened, sealed, None, NOW - signed.SKEW_S - 1))
        self.assertIn("expired", expect(self, opened, sealed, None, NOW + 61))

    def test_a_period_that_is_too_long_or_reversed_or_not_of_the_key_is_refused(self):
        ends = history(1).latest.valid_until
        for created, expires in (
            (NOW, NOW - 1),
            (NOW, NOW + oneway.MAX_TTL_S + 1),
            (NOW - 1, NOW),
            (ends + 1, ends + 2),
        ):
            expect(self, opened, posted(letter(created=created, expires=expires)), None, None)

    def test_who_is_not_trusted_is_refused_before_anything_is_verified(self):
        parts = letter()
        parts[1] = [0, [bytes(64)]]
        self.assertIn("not trusted", expect(self, opened, posted(parts), Rules({}, Only(history(3).identifier))))
        self.assertIn("wrong signature", expect(self, opened, posted(parts)))

    def test_a_statement_that_is_signed_for_something_else_is_refused(self):
        for kind in (signed.CHANGE, signed.ATTESTATION, signed.CREDENTIAL):
            data = signed.envelope(kind, (NAME, ID, NOW, NOW + 60, b"\x80"))
            _, made = last(keys().sign_steps(history(1).identifier, data))
            parts = [data, made.item()] + letter()[2:]
            self.assertIn("kind %d" % kind, expect(self, opened, posted(parts)))

    def test_a_statement_of_another_sender_is_refused(self):
        parts = letter()
        parts[2] = history(3).item()
        self.assertIn("wrong signature", expect(self, opened, posted(parts)))

    def test_an_id_of_another_length_is_refused(self):
        for bad in (b"", bytes(15), bytes(17), None, 7):
            expect(self, opened, posted(letter(id=bad)))

    def test_a_sender_that_rotated_its_key_is_not_heard_with_the_old_one(self):
        newer = last(making.rotate_steps(history(1), seed(1), seed(3), NOW))
        rules = Rules({newer.identifier: newer.encode()})
        self.assertIn("older", expect(self, opened, seal(), rules))

    def test_the_sender_is_known_afterwards(self):
        rules = Rules({})
        last(opened(seal(), rules))
        self.assertEqual(rules.known, {history(1).identifier: history(1).encode()})

    def test_credentials_of_an_authority_count_while_they_are_valid(self):
        self.addCleanup(Lines().done)
        shown = credential.decode(from_hex(WORKED["initiator_credential_and_purpose_key"]))
        subject = Party(SENDER.static, SENDER.history, SENDER.attestation, (shown,))
        rules = Rules({}, authorities={ISSUER.identifier: ISSUER})
        found = last(opened(seal(sender=subject), rules))  # it is the credential of somebody else
        self.assertEqual((found.sender.credentials, shown.credential.subject), ((), CLIENT.identifier))
        own = Keys(MemoryStore())
        issuer = last(own.create_steps(seed(9), NOW))
        granted = last(
            own.issue_steps(issuer.identifier, lambda: seed(10), history(1).identifier, {b"role": b"admin"}, NOW, 30)
        )
        subject = Party(SENDER.static, SENDER.history, SENDER.attestation, (granted,))
        rules = Rules({}, authorities={issuer.identifier: issuer})
        sealed = seal(sender=subject)
        self.assertEqual(last(opened(sealed, rules)).sender.credentials[0].attributes, {b"role": b"admin"})
        self.assertEqual(last(opened(sealed, rules, NOW + 31)).sender.credentials, ())

    def test_two_messages_have_nothing_in_common_but_their_version(self):
        first = last(
            oneway.seal_steps(
                seed(8),
                RECEIVER.static.public,
                NAME,
                keys(),
                SENDER,
                ID,
                (NOW, NOW + 60),
                local(route("led"), (), b"on"),
            )
        )
        second = seal()
        self.assertNotEqual(first[1:33], second[1:33])
        self.assertFalse(first[40:72] in second)


class Damaged(TestCase):
    def test_a_damaged_letter_is_refused_or_says_the_same(self):
        """By a sender that seals it well: the signature holds all that matters."""
        right = letter()
        encoded = cbor.encode(right)
        expected = last(opened(posted(right)))
        for number in range(SEED, SEED + ROUNDS // (20 if MICROPYTHON else 4)):
            random.seed(number)
            data = damaged(encoded)
            try:
                found = last(opened(posted(data)))
            except ProtocolError:
                continue
            self.assertEqual(found[:5], expected[:5], "UOCKAM_FUZZ_SEED=%d" % number)

    def test_a_damaged_attestation_for_the_answer_is_refused_when_it_is_used(self):
        sealed = seal(local(route("led"), route("me"), b"on"))
        card = last(opened(sealed)).card
        changed = bytearray(card)
        changed[-20] ^= 1
        expect(self, oneway.card_steps, bytes(changed), history(1).identifier, {}, NOW)

    def test_another_static_key_with_the_same_private_half_opens_nothing(self):
        wrong = KeyPair(RECEIVER.static.private, SENDER.static.public)
        with self.assertRaises(DecryptionError):
            last(oneway.open_steps(seal(), wrong, NAME, Rules({}), NOW))
