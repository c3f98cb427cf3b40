"""uockam.secure.sealed: what is inside sealed messages, Ockam's own and nonsense."""

from lib.parties import expect
from lib.unittest import TestCase
from lib.vectors import from_hex, load
from uockam.address import Address
from uockam.message import local
from uockam.route import route
from uockam.secure import credential, sealed
from uockam.secure.identity import identifier_text

VECTORS = load("secure_channel_messages")
REFRESH = from_hex(VECTORS["refresh_credentials_hex"])
PLAINTEXT = from_hex(load("worked_example_selfmade")["transport"]["payload_plaintext"])
MESSAGE = local(route("echo"), route("a" * 32), b"\x05hello")


class Vectors(TestCase):
    def test_the_message_of_the_worked_example_is_written_and_read(self):
        self.assertEqual(sealed.encode_message(MESSAGE), PLAINTEXT)
        self.assertEqual(sealed.decode(PLAINTEXT), (sealed.MESSAGE, MESSAGE))

    def test_ockams_farewell_is_written_and_read(self):
        self.assertEqual(sealed.FAREWELL, from_hex(VECTORS["close_hex"]))
        self.assertEqual(sealed.decode(sealed.FAREWELL), (sealed.CLOSE, None))

    def test_ockams_refresh_of_credentials_is_read_and_written_back(self):
        kind, (history, (item,)) = sealed.decode(REFRESH)
        issued = credential.read(item)
        said, claims = VECTORS["decoded"], issued.credential
        self.assertEqual(kind, sealed.REFRESH)
        self.assertEqual(sealed.encode_refresh(history, (issued,)), REFRESH)
        self.assertEqual(identifier_text(claims.subject), said["subject"])
        self.assertEqual(identifier_text(issued.attestation.subject), said["issuer"])
        self.assertEqual(
            (claims.created_at, claims.expires_at), (said["credential_created_at"], said["credential_expires_at"])
        )
        self.assertEqual({key.decode(): value.decode() for key, value in claims.attributes.items()}, said["attributes"])
        self.assertEqual(issued.attestation.key.value, from_hex(said["credential_purpose_public_key_ed25519"]))


class Decoding(TestCase):
    def test_padding_of_any_size_is_accepted(self):
        padded = PLAINTEXT[:-1] + b"\x58\x20" + bytes(32)
        self.assertEqual(sealed.decode(padded), (sealed.MESSAGE, MESSAGE))

    def test_arrays_without_a_count_are_accepted(self):
        self.assertEqual(sealed.decode(b"\x9f\x9f\x02\x9f\xff\xff\x40\xff"), (sealed.CLOSE, None))

    def test_origin_and_way_back_are_those_of_the_channel(self):
        origin, back = object(), Address(0, b"back")
        _, message = sealed.decode(PLAINTEXT, origin, (back,))
        self.assertIs(message.origin, origin)
        self.assertEqual(message.return_route, (back,) + MESSAGE.return_route)

    def test_nonsense_is_refused(self):
        for bad in (
            b"",
            b"\xf6",
            b"\x80",
            b"\x82\x02\x40",
            b"\x82\x82\x20\x80\x40",
            b"\x82\x82\x03\x80\x40",
            b"\x82\x82\x00\x80\x40",
            b"\x82\x82\x01\x80\x40",
            b"\x82\x82\x01\x81\x80\x40",
            b"\x82\x82\x02\x40\x40",
            b"\x81\x82\x02\x80",
        ):
            expect(self, sealed.decode, bad)

    def test_a_message_cut_before_its_padding_is_refused(self):
        for whole in (PLAINTEXT, REFRESH):
            for size in range(len(whole) - 1):
                expect(self, sealed.decode, whole[:size])

    def test_more_credentials_than_four_are_refused(self):
        _, (history, (item,)) = sealed.decode(REFRESH)
        issued = credential.read(item)
        sealed.decode(sealed.encode_refresh(history, (issued,) * 4))
        expect(self, sealed.decode, sealed.encode_refresh(history, (issued,) * 5))
