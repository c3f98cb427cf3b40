"""The back end of a host: the `cryptography` package, which is OpenSSL. Nothing here takes long enough to yield."""

import hashlib

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import DecryptionError
from ..port import TYPE_CHECKING

if TYPE_CHECKING:
    from .steps import Steps, Verdict

NAME = "cryptography"


def x25519_steps(private: bytes, public: bytes) -> "Steps":
    """The shared secret, of 32 bytes each."""
    try:
        return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:  # OpenSSL refuses to give a result of zeros
        return bytes(32)
    yield


def x25519_public_steps(private: bytes) -> "Steps":
    """The public key of a private key, of 32 bytes each."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    yield


def ed25519_public_steps(seed: bytes) -> "Steps":
    """The public key of a seed, of 32 bytes each."""
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    yield


def ed25519_sign_steps(seed: bytes, message: bytes) -> "Steps":
    """The signature, of 64 bytes."""
    return Ed25519PrivateKey.from_private_bytes(seed).sign(message)
    yield


def ed25519_verify_steps(public: bytes, message: bytes, signature: bytes) -> "Verdict":
    """Whether the holder of the public key signed the message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
    yield


def sha512(data: bytes) -> bytes:
    """The hash, of 64 bytes."""
    return hashlib.sha512(data).digest()


def hkdf_sha256(salt: bytes, ikm: bytes, info: bytes, length: int) -> bytes:
    """`length` bytes of key."""
    return HKDF(hashes.SHA256(), length, salt, info).derive(ikm)


class AesGcm:
    """One key; seal and open as in uockam.crypto."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes = b"") -> bytes:
        """The ciphertext and its tag."""
        return self._cipher.encrypt(nonce, plaintext, aad)

    def open(self, nonce: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
        """What was sealed. Raises DecryptionError."""
        try:
            return self._cipher.decrypt(nonce, sealed, aad)
        except InvalidTag:
            raise DecryptionError("The encrypted message has been changed, or belongs to another key") from None
