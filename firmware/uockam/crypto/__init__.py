"""What secure channels compute with: X25519, Ed25519, SHA-512, HKDF and AES-256-GCM, the same on both interpreters.

Keys, seeds and hashes are bytes. Arguments of another size than is said here are a caller's mistake: ValueError.

What takes long on a board has a second form whose name ends in `_steps`: a generator that yields None between stretches
of at most 50 ms on an RP2040 and then returns the result, so `result = yield from x25519_steps(...)`.
"""

from ..port import MICROPYTHON, TYPE_CHECKING
from .steps import last

if MICROPYTHON:
    from .core_micropython import core
else:
    from . import core_cpython as core

if TYPE_CHECKING:
    from .steps import Cipher, Steps, Verdict

backend: str = core.NAME  # "cryptography", "viper" or "pure"

_KEY = 32
_NONCE = 12
_SIGNATURE = 64
_MOST_DERIVED = 255 * 32  # RFC 5869, 2.3


def x25519(private: bytes, public: bytes) -> bytes:
    """The shared secret of 32 bytes (RFC 7748). All zeros is a result too, which a handshake refuses."""
    return last(x25519_steps(private, public))


def x25519_steps(private: bytes, public: bytes) -> "Steps":
    """As x25519."""
    return core.x25519_steps(_sized(private, _KEY), _sized(public, _KEY))


def x25519_public(private: bytes) -> bytes:
    """The public key of a private key, of 32 bytes each."""
    return last(x25519_public_steps(private))


def x25519_public_steps(private: bytes) -> "Steps":
    """As x25519_public."""
    return core.x25519_public_steps(_sized(private, _KEY))


def ed25519_public(seed: bytes) -> bytes:
    """The public key of a seed, of 32 bytes each (RFC 8032)."""
    return last(ed25519_public_steps(seed))


def ed25519_public_steps(seed: bytes) -> "Steps":
    """As ed25519_public."""
    return core.ed25519_public_steps(_sized(seed, _KEY))


def ed25519_sign(seed: bytes, message: bytes) -> bytes:
    """The signature of 64 bytes, which is the same each time (RFC 8032)."""
    return last(ed25519_sign_steps(seed, message))


def ed25519_sign_steps(seed: bytes, message: bytes) -> "Steps":
    """As ed25519_sign."""
    return core.ed25519_sign_steps(_sized(seed, _KEY), message)


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of the public key of 32 bytes signed the message; False for a signature of another size."""
    return last(ed25519_verify_steps(public, message, signature))


def ed25519_verify_steps(public: bytes, message: bytes, signature: bytes) -> "Verdict":
    """As ed25519_verify."""
    _sized(public, _KEY)
    if len(signature) != _SIGNATURE:
        return False
    return (yield from core.ed25519_verify_steps(public, message, signature))


def sha512(data: bytes) -> bytes:
    """The hash of 64 bytes (FIPS 180-4)."""
    return core.sha512(data)


def hkdf_sha256(salt: bytes, ikm: bytes, info: bytes, length: int) -> bytes:
    """`length` bytes of key, at most 8160 (RFC 5869)."""
    if not 0 < length <= _MOST_DERIVED:
        raise ValueError("HKDF gives 1 to %d bytes, not %d" % (_MOST_DERIVED, length))
    return core.hkdf_sha256(salt, ikm, info, length)


class AesGcm:
    """AES-256-GCM (NIST SP 800-38D) under one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._core: "Cipher" = core.AesGcm(_sized(key, _KEY))

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes = b"") -> bytes:
        """The ciphertext and its tag of 16 bytes. A nonce of 12 bytes must never come twice under one key."""
        return self._core.seal(_sized(nonce, _NONCE), plaintext, aad)

    def open(self, nonce: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
        """What was sealed. Raises DecryptionError when it was not sealed like this."""
        return self._core.open(_sized(nonce, _NONCE), sealed, aad)


def _sized(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise ValueError("This takes %d bytes, not %d" % (size, len(data)))
    return data
