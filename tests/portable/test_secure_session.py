"""A recorded session with a node of ockam_command 0.150.0: both directions, frame by frame."""

from lib.parties import fire, static
from lib.unittest import TestCase
from lib.vectors import from_hex, load
from uockam import cbor, wire
from uockam.crypto.steps import last
from uockam.errors import ProtocolError
from uockam.secure import identity, making, purpose
from uockam.secure.channel import CLOSED, MESSAGE, OPEN, READY, RECEIVED, Channel, Delivered, Send
from uockam.secure.identity import identifier_text
from uockam.secure.noise import Handshake
from uockam.secure.nonces import Opener
from uockam.secure.peer import Party, Rules
from uockam.secure.policy import Only
from uockam.secure.sealed import decode

SESSION = load("rust_0_150_session")
FRAMES = [(way, wire.decode(from_hex(frame))) for way, frame in SESSION["frames"]]
HANDSHAKE = [message.payload for _, message in FRAMES[:3]]
STATIC = static(from_hex(SESSION["initiator_static_x25519_secret"]))
EPHEMERAL = static(from_hex(SESSION["initiator_ephemeral_x25519_secret"]))
RESPONDER = identity.parse_identifier(SESSION["responder_identifier"])


def own_payload():
    """What the initiator said of itself: sealing zeros in place of it gives what its ciphertext was added to."""
    noise = Handshake(True, STATIC, EPHEMERAL)
    last(noise.write_steps())
    last(noise.read_steps(HANDSHAKE[1]))
    zeros = last(noise.write_steps(bytes(len(HANDSHAKE[2]) - 64)))
    return bytes([one ^ other for one, other in zip(zeros[48:-16], HANDSHAKE[2][48:-16])])


def initiator(policy):
    """The channel of the initiator, and the present time."""
    history, attestation, _ = cbor.decode(own_payload())
    attestation = purpose.read(attestation)
    party = Party(STATIC, identity.read(history), attestation)
    return Channel(True, party, EPHEMERAL, Rules({}, policy)), attestation.created_at


class Session(TestCase):
    def test_every_frame_of_both_directions_opens(self):
        opening = {"to": Opener(from_hex(SESSION["initiator_key"])), "from": Opener(from_hex(SESSION["responder_key"]))}
        sent = {"to": [], "from": []}
        for way, message in FRAMES[3:]:
            sent[way].append(decode(opening[way].open(message.payload))[1])
        self.assertEqual([len(sent[way]) for way in ("to", "from")], [70, 70])
        self.assertEqual((sent["to"][0].text, sent["from"][0].text), ("hello", "HELLO"))
        for asked, answer in list(zip(sent["to"], sent["from"]))[1:]:
            self.assertEqual(answer.payload, asked.payload)
            self.assertEqual(answer.onward_route, asked.return_route)

    def test_the_initiator_says_byte_for_byte_what_it_said(self):
        side, now = initiator(Only(RESPONDER))
        self.assertEqual(fire(side, OPEN), (Send(HANDSHAKE[0]),))
        answer, opened = fire(side, RECEIVED, HANDSHAKE[1], now)
        self.assertEqual(answer, Send(HANDSHAKE[2]))
        self.assertEqual(identifier_text(opened.peer.identifier), SESSION["responder_identifier"])
        plain = Opener(from_hex(SESSION["initiator_key"]))
        for way, message in FRAMES[3:]:
            if way == "to":
                said = decode(plain.open(message.payload))[1]
                self.assertEqual(fire(side, MESSAGE, said), (Send(message.payload),))
            else:
                (delivered,) = fire(side, RECEIVED, message.payload)
                self.assertIsInstance(delivered, Delivered)
        self.assertEqual(side.state, READY)

    def test_what_the_initiator_said_of_itself_is_proven(self):
        known = {}
        payload = own_payload()
        now = purpose.read(cbor.decode(payload)[1]).created_at
        peer = last(Rules(known).admit_steps(payload, STATIC.public, now))
        self.assertEqual(identifier_text(peer.identifier), SESSION["initiator_identifier"])
        made = last(
            making.create_steps(
                from_hex(SESSION["initiator_identity_ed25519_secret"]),
                identity.decode(known[peer.identifier]).latest.valid_from,
            )
        )
        self.assertEqual(made.encode(), known[peer.identifier])

    def test_another_identity_than_the_authorized_one_is_refused_at_once(self):
        side, now = initiator(Only(bytes(32)))
        fire(side, OPEN)
        with self.assertRaisesRegex(ProtocolError, SESSION["responder_identifier"]):
            fire(side, RECEIVED, HANDSHAKE[1], now)
        self.assertEqual(side.state, CLOSED)
        self.assertIsNone(side.peer)
