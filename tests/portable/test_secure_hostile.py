"""Secure channels against whoever is between, or at the other end: damaged, repeated and reordered bytes.

UOCKAM_FUZZ_ROUNDS and UOCKAM_FUZZ_SEED are those of test_hostile_input.
"""

import random

from lib.mutate import damaged
from lib.parties import HISTORIES, NOW, WORKED, channels, expect, fire, history, party, seed, shake, static
from lib.unittest import TestCase
from lib.vectors import from_hex, load
from test_hostile_input import ROUNDS, SEED, hostile
from uockam import cbor
from uockam.crypto.steps import last
from uockam.errors import ProtocolError
from uockam.message import local
from uockam.port import MICROPYTHON
from uockam.route import route
from uockam.secure import credential, identity, purpose, sealed
from uockam.secure.channel import (
    AWAITING_1,
    AWAITING_2,
    AWAITING_3,
    CLOSE,
    CLOSED,
    MESSAGE,
    OPEN,
    READY,
    RECEIVED,
    Delivered,
    Opened,
)
from uockam.secure.identity import MAX_CHANGES
from uockam.secure.noise import MOST_BYTES, Handshake
from uockam.secure.peer import Rules

STRIDE = 7 if MICROPYTHON else 1  # the curve takes long there
_REFRESH = from_hex(load("secure_channel_messages")["refresh_credentials_hex"])
_ISSUED = [
    from_hex(WORKED["initiator_credential_and_purpose_key"]),
    from_hex(load("rust_0_150_credential")["credential_and_purpose_key"]),
]
_ATTESTED = [from_hex(WORKED[name]) for name in ("initiator_attestation", "issuer_credential_attestation")]
_SEALED = [from_hex(WORKED["transport"]["payload_plaintext"]), _REFRESH, sealed.FAREWELL]
_HELLO = local(route("echo"), route("asker"), b"hello")


class Handshakes(TestCase):
    def setUp(self):
        """The three messages, and a way to get both sides to where one of them is next."""
        self.messages = shake(*channels())

    def before(self, number):
        """(reader, state) where message `number` of 1 to 3 is next."""
        initiator, responder = channels()
        if number == 1:
            return responder, AWAITING_1
        fire(initiator, OPEN)
        if number == 2:
            return initiator, AWAITING_2
        fire(responder, RECEIVED, self.messages[0])
        return responder, AWAITING_3

    def refuse(self, reader, state, data):
        """The data is refused and leaves no trace."""
        expect(self, reader.fire_steps, RECEIVED, data, NOW)
        self.assertEqual((reader.state, reader.peer), (state, None))

    def finish(self, reader, number):
        """The right message still does what it should."""
        outputs = fire(reader, RECEIVED, self.messages[number - 1])
        self.assertEqual(reader.state, AWAITING_3 if number == 1 else READY)
        self.assertEqual(isinstance(outputs[-1], Opened), number > 1)

    def test_any_byte_of_messages_2_and_3_changed_is_refused_and_the_right_one_still_accepted(self):
        for number in (2, 3):
            reader, state = self.before(number)
            for at in range(0, len(self.messages[number - 1]), STRIDE):
                for bit in (1,) if MICROPYTHON else (1, 0x80):
                    changed = bytearray(self.messages[number - 1])
                    changed[at] ^= bit
                    self.refuse(reader, state, bytes(changed))
            self.finish(reader, number)

    def test_any_byte_of_message_1_changed_never_opens_a_channel(self):
        for at in range(0, 32, STRIDE):
            initiator, responder = channels()
            changed = bytearray(fire(initiator, OPEN)[0].data)
            changed[at] ^= 1
            (second,) = fire(responder, RECEIVED, bytes(changed))
            self.refuse(initiator, AWAITING_2, second.data)

    def test_any_message_cut_anywhere_is_refused_and_the_right_one_still_accepted(self):
        for number in (1, 2, 3):
            reader, state = self.before(number)
            for size in range(0, len(self.messages[number - 1]), STRIDE):
                self.refuse(reader, state, self.messages[number - 1][:size])
            self.finish(reader, number)

    def test_messages_repeated_or_reordered_are_refused(self):
        for number in (2, 3):
            reader, state = self.before(number)
            for other in (1, 2, 3):
                if other != number:
                    self.refuse(reader, state, self.messages[other - 1])
            self.finish(reader, number)
            for again in self.messages:
                expect(self, reader.fire_steps, RECEIVED, again, NOW)
            self.assertEqual(reader.state, READY)

    def test_messages_of_another_handshake_are_refused(self):
        other = channels(initiator=3, responder=4)
        other[0]._noise = Handshake(True, party(3).static, static(seed(211)))
        others = shake(*other)
        for number in (2, 3):
            reader, state = self.before(number)
            self.refuse(reader, state, others[number - 1])
            self.finish(reader, number)

    def test_a_key_that_agrees_on_nothing_is_refused_in_each_place(self):
        responder, state = self.before(1)
        self.refuse(responder, state, bytes(32))
        self.finish(responder, 1)
        initiator, state = self.before(2)
        self.refuse(initiator, state, bytes(32) + self.messages[1][32:])
        self.finish(initiator, 2)


class Payloads(TestCase):
    """A peer that holds its keys, and lies about who it is."""

    def test_damaged_payloads_end_the_handshake_or_say_nothing_false(self):
        rounds = 30 if MICROPYTHON else ROUNDS // 2
        own = party(1)
        for number in range(SEED, SEED + rounds):
            random.seed(number)
            known = {}
            payload = damaged(own.payload)
            try:
                peer = last(Rules(known).admit_steps(payload, own.static.public, NOW))
            except ProtocolError:
                self.assertEqual(known, {})
                continue
            except Exception:
                print("UOCKAM_FUZZ_SEED=%d" % number)
                raise
            self.assertEqual(peer.identifier, history(1).identifier)

    def test_huge_histories_are_refused_before_any_signature_is_looked_at(self):
        change = history(1).item()[0]
        for item in (
            [change] * (MAX_CHANGES + 1),
            [change] * (MOST_BYTES // len(history(1).encode())),
            [0] * (MOST_BYTES - 400),
            [],
        ):
            payload = cbor.encode((item, [b"", []], []))
            steps = Rules({}).admit_steps(payload, bytes(32), NOW)
            with self.assertRaises(ProtocolError):
                next(steps)

    def test_somebody_elses_identity_is_not_proven_by_showing_it(self):
        victim, liar = party(3), party(1)
        expect(self, Rules({}).admit_steps, victim.payload, liar.static.public, NOW)
        mixed = cbor.decode(victim.payload)[:1] + cbor.decode(liar.payload)[1:]
        expect(self, Rules({}).admit_steps, cbor.encode(mixed), liar.static.public, NOW)


class Parsers(TestCase):
    def each(self, valid, decode):
        """Damaged values are decoded into what can be encoded again, or refused."""
        for number in range(SEED, SEED + ROUNDS):
            random.seed(number)
            data = hostile(valid)
            try:
                decoded = decode(data)
            except ProtocolError:
                continue
            except Exception:
                print("UOCKAM_FUZZ_SEED=%d: %r" % (number, data))
                raise
            if hasattr(decoded, "encode"):
                self.assertEqual(decode(decoded.encode()).encode(), decoded.encode())

    def test_histories(self):
        self.each(
            list(HISTORIES.values()) + [from_hex(WORKED["rotated_identity"]["change_history_hex"])], identity.decode
        )

    def test_attestations(self):
        self.each(_ATTESTED, purpose.decode)

    def test_credentials(self):
        self.each(_ISSUED, credential.decode)

    def test_sealed_messages(self):
        self.each(_SEALED, sealed.decode)


class Traffic(TestCase):
    def test_whatever_arrives_a_ready_channel_delivers_only_what_was_sent_and_once(self):
        initiator, responder = channels()
        shake(initiator, responder)
        random.seed(SEED)
        sent, once, delivered = [], set(), 0
        for number in range(60 if MICROPYTHON else ROUNDS):
            sent.append(fire(initiator, MESSAGE, local(_HELLO.onward_route, (), b"%d" % number))[0].data)
            once.add(sent[-1])
            for _ in range(random.randrange(3)):
                data = damaged(sent[random.randrange(len(sent))])
                if data not in once:
                    expect(self, responder.fire_steps, RECEIVED, data)
            (got,) = fire(responder, RECEIVED, sent[-1])
            self.assertIsInstance(got, Delivered)
            self.assertEqual(got.message.payload, b"%d" % number)
            delivered += 1
        for data in sent:
            expect(self, responder.fire_steps, RECEIVED, data)
        self.assertEqual((delivered, responder.state), (len(sent), READY))

    def test_what_is_sealed_nonsense_changes_nothing(self):
        initiator, responder = channels()
        shake(initiator, responder)
        for nonsense in (b"", b"\xff", b"\x82\x82\x07\x80\x40"):
            expect(self, responder.fire_steps, RECEIVED, initiator._sealer.seal(nonsense))
        (got,) = fire(responder, RECEIVED, fire(initiator, MESSAGE, _HELLO)[0].data)
        self.assertEqual(got.message, _HELLO)
        fire(responder, RECEIVED, fire(initiator, CLOSE)[0].data)
        self.assertEqual(responder.state, CLOSED)
