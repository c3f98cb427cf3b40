"""What the management of a node says and is told of its secure channel listeners."""

from lib.unittest import TestCase
from uockam import cbor
from uockam.address import Address
from uockam.errors import ProtocolError
from uockam.services.listeners import ADDRESS, LISTENER, addressed, pack_listener, unpack_address, unpack_identifiers

ALICE = b"a" * 32


class TestListeners(TestCase):
    def test_a_listener_has_ockams_numbers_and_two_of_ours(self):
        body = cbor.decode(cbor.encode(pack_listener(b"api", "f" * 32, ALICE, [ALICE])))
        self.assertEqual(body, {1: [0, b"api"], 2: {1: "f" * 32}, 3: False, 100: ALICE, 101: [ALICE]})
        self.assertEqual(LISTENER.unpack(body)["identifier"], ALICE)

    def test_what_is_for_everybody_says_nothing_of_who_may(self):
        body = cbor.decode(cbor.encode(pack_listener(b"api", "", None, None)))
        self.assertEqual(body, {1: [0, b"api"], 2: {1: ""}, 3: False})

    def test_an_address_is_that_of_a_worker(self):
        self.assertEqual(addressed(cbor.decode(cbor.encode(ADDRESS.pack(address=(0, b"x"))))), Address(0, b"x"))
        for item in ([], [0], [0, b""], [1, b"x"], [0, "x"], {}, None, b"x"):
            with self.assertRaises(ProtocolError):
                unpack_address(item)

    def test_identifiers_have_32_bytes(self):
        self.assertEqual(unpack_identifiers(None), None)
        self.assertEqual(unpack_identifiers([]), [])
        self.assertEqual(unpack_identifiers([ALICE]), [ALICE])
        for items in ([b""], [ALICE, b"short"], [1], ["a" * 32]):
            with self.assertRaises(ProtocolError):
                unpack_identifiers(items)
