"""uockam.crypto: the published edge cases on every back end of this interpreter, and the interface above them."""

from lib import crypto_cases
from lib.unittest import TestCase
from lib.vectors import from_hex, load
from uockam import crypto
from uockam.crypto import pure, selftest, steps
from uockam.errors import DecryptionError

BACK_ENDS = (crypto.core,) if crypto.core is pure else (crypto.core, pure)
KEY = bytes(range(32))
NONCE = bytes(range(12))


class EveryBackEnd(TestCase):
    def test_the_published_edge_cases_come_out_as_published(self):
        for core in BACK_ENDS:
            for name, check in crypto_cases.CASES:
                with self.subTest(back_end=core.NAME, of=name):
                    self.assertEqual(crypto_cases.failures(core, name, check), [])

    def test_the_known_answers_of_the_self_test_are_right(self):
        for core in BACK_ENDS:
            with self.subTest(back_end=core.NAME):
                self.assertEqual(selftest.wrong(core), "")
            for name, (title, arguments, answer) in selftest.ANSWERS.items():
                with self.subTest(back_end=core.NAME, of=title):
                    self.assertEqual(steps.last(getattr(core, name)(*arguments)), answer)

    def test_ockams_own_vectors_come_out_as_published(self):
        vectors = load("crypto_primitives")
        hkdf, gcm = vectors["hkdf"], vectors["aes_gcm"]
        nonce = gcm["nonce"].to_bytes(12, "big")
        for core in BACK_ENDS:
            with self.subTest(back_end=core.NAME):
                derived = core.hkdf_sha256(from_hex(hkdf["salt"]), from_hex(hkdf["ikm"]), b"", 64)
                self.assertEqual(derived, from_hex(hkdf["k1"]) + from_hex(hkdf["k2"]))
                key, plain, aad = core.AesGcm(from_hex(gcm["key"])), gcm["plaintext_utf8"], gcm["aad_utf8"]
                sealed = key.seal(nonce, plain.encode(), aad.encode())
                self.assertEqual(sealed, from_hex(gcm["ciphertext_and_tag"]))

    def test_hashes_of_texts_around_the_edges_of_a_block_are_those_of_the_other_back_end(self):
        for size in (0, 1, 55, 63, 64, 111, 112, 119, 127, 128, 129, 239, 240, 256):
            with self.subTest(size=size):
                hashes = [core.sha512((KEY * 8)[:size]) for core in BACK_ENDS]
                self.assertEqual(hashes, [hashes[0]] * len(hashes))

    def test_a_signature_is_refused_with_any_bit_changed(self):
        public, signature = crypto.ed25519_public(KEY), crypto.ed25519_sign(KEY, b"text")
        for core in BACK_ENDS:
            for at in (0, 31, 32, 62):
                changed = bytearray(signature)
                changed[at] ^= 1
                with self.subTest(back_end=core.NAME, at=at):
                    self.assertIs(steps.last(core.ed25519_verify_steps(public, b"text", bytes(changed))), False)


class Interface(TestCase):
    def test_both_sides_get_the_same_secret(self):
        ours, theirs = KEY, bytes(reversed(KEY))
        secret = crypto.x25519(ours, crypto.x25519_public(theirs))
        self.assertEqual(secret, crypto.x25519(theirs, crypto.x25519_public(ours)))

    def test_a_key_without_order_gives_zeros(self):
        self.assertEqual(crypto.x25519(KEY, bytes(32)), bytes(32))

    def test_what_is_signed_is_verified(self):
        public, signature = crypto.ed25519_public(KEY), crypto.ed25519_sign(KEY, b"text")
        self.assertIs(crypto.ed25519_verify(public, b"text", signature), True)
        self.assertIs(crypto.ed25519_verify(public, b"test", signature), False)

    def test_a_signature_of_another_size_is_not_one(self):
        public, signature = crypto.ed25519_public(KEY), crypto.ed25519_sign(KEY, b"text")
        for wrong in (b"", signature[:63], signature + b"\x00"):
            self.assertIs(crypto.ed25519_verify(public, b"text", wrong), False)

    def test_what_is_sealed_is_opened(self):
        key = crypto.AesGcm(KEY)
        for size in (0, 1, 15, 16, 17, 32, 1000):
            with self.subTest(size=size):
                text = (KEY * 32)[:size]
                sealed = key.seal(NONCE, text, b"aad")
                self.assertEqual(len(sealed), size + 16)
                self.assertEqual(key.open(NONCE, sealed, b"aad"), text)

    def test_what_was_changed_is_not_opened(self):
        key = crypto.AesGcm(KEY)
        sealed = key.seal(NONCE, b"text", b"aad")
        for at in range(len(sealed)):
            changed = bytearray(sealed)
            changed[at] ^= 0x80
            with self.assertRaises(DecryptionError):
                key.open(NONCE, bytes(changed), b"aad")
        for nonce, text, aad in ((NONCE, sealed, b"add"), (KEY[1:13], sealed, b"aad"), (NONCE, sealed[:-1], b"aad")):
            with self.assertRaises(DecryptionError):
                key.open(nonce, text, aad)

    def test_what_is_shorter_than_a_tag_is_not_opened(self):
        for size in (0, 1, 15):
            with self.assertRaises(DecryptionError):
                crypto.AesGcm(KEY).open(NONCE, bytes(size))

    def test_arguments_of_another_size_are_refused(self):
        cases = (
            (crypto.x25519, (KEY, KEY[1:])),
            (crypto.x25519, (KEY + b"\x00", KEY)),
            (crypto.x25519_public, (b"",)),
            (crypto.ed25519_public, (KEY[1:],)),
            (crypto.ed25519_sign, (KEY[1:], b"")),
            (crypto.ed25519_verify, (KEY[1:], b"", bytes(64))),
            (crypto.AesGcm, (KEY[16:],)),
            (crypto.AesGcm(KEY).seal, (NONCE[1:], b"")),
            (crypto.AesGcm(KEY).open, (KEY, bytes(16))),
            (crypto.hkdf_sha256, (b"", b"", b"", 0)),
            (crypto.hkdf_sha256, (b"", b"", b"", 255 * 32 + 1)),
        )
        for at, (function, arguments) in enumerate(cases):
            with self.subTest(case=at):
                with self.assertRaises(ValueError):
                    function(*arguments)


class SelfTest(TestCase):
    def test_a_back_end_with_a_fault_is_found_out(self):
        for name in ("sha512", "AesGcm"):
            for fault in (other, failing):
                with self.subTest(of=name, fault=fault.__name__):
                    self.assertNotEqual(selftest.wrong(Faulty(name, fault)), "")

    def test_without_room_for_a_test_nothing_is_found_out(self):
        for fault in (MemoryError, RuntimeError):
            with self.subTest(fault=fault.__name__):
                with self.assertRaises(fault):
                    selftest.told("X25519", fault("no room"))


class Faulty:
    """A back end with one operation that does something else."""

    def __init__(self, name, fault):
        self.sha512, self.AesGcm = crypto.core.sha512, crypto.core.AesGcm
        setattr(self, name, fault)


def other(*arguments):
    return iter(())


def failing(*arguments):
    raise ValueError("no such instruction")
