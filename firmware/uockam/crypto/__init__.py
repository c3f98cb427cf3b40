"""What secure channels compute with: X25519, Ed25519, SHA-512, HKDF and AES-256-GCM, the same on both interpreters.

Keys, seeds and hashes are bytes. Arguments of another size than is said here are a caller's mistake: ValueError.

What takes long on a board has a second form whose name ends in `_steps`: a generator that yields None between stretches
of at most 50 ms on an RP2040 and then returns the result, so `result = yield from x25519_steps(...)`.

AesGcm is what a channel needs all the time. The rest, in curves.py, is loaded when it is asked for.
"""

from ..port import MICROPYTHON, TYPE_CHECKING, at_home, const

if MICROPYTHON:
    from .core_micropython import core
else:
    from . import core_cpython as core

if TYPE_CHECKING:
    from .curves import ed25519_public as ed25519_public
    from .curves import ed25519_public_steps as ed25519_public_steps
    from .curves import ed25519_sign as ed25519_sign
    from .curves import ed25519_sign_steps as ed25519_sign_steps
    from .curves import ed25519_verify as ed25519_verify
    from .curves import ed25519_verify_steps as ed25519_verify_steps
    from .curves import hkdf_sha256 as hkdf_sha256
    from .curves import sha512 as sha512
    from .curves import x25519 as x25519
    from .curves import x25519_public as x25519_public
    from .curves import x25519_public_steps as x25519_public_steps
    from .curves import x25519_steps as x25519_steps
    from .steps import Cipher

backend: str = core.NAME  # "cryptography", "viper" or "pure"; a board may find out later that it needs the last

_KEY = const(32)
_NONCE = const(12)
_CURVES = (
    "x25519",
    "x25519_steps",
    "x25519_public",
    "x25519_public_steps",
    "ed25519_public",
    "ed25519_public_steps",
    "ed25519_sign",
    "ed25519_sign_steps",
    "ed25519_verify",
    "ed25519_verify_steps",
    "sha512",
    "hkdf_sha256",
)


def __getattr__(name: str) -> object:
    return at_home(__name__, dict.fromkeys(_CURVES, "crypto.curves"), name)


class AesGcm:
    """AES-256-GCM (NIST SP 800-38D) under one key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        self._core: "Cipher" = core.AesGcm(sized(key, _KEY))

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes = b"") -> bytes:
        """The ciphertext and its tag of 16 bytes. A nonce of 12 bytes must never come twice under one key."""
        return self._core.seal(sized(nonce, _NONCE), plaintext, aad)

    def open(self, nonce: bytes, sealed: bytes, aad: bytes = b"") -> bytes:
        """What was sealed. Raises DecryptionError when it was not sealed like this."""
        return self._core.open(sized(nonce, _NONCE), sealed, aad)


def sized(data: bytes, size: int) -> bytes:
    """The data. Raises ValueError when it is not of this size."""
    if len(data) != size:
        raise ValueError("This takes %d bytes, not %d" % (size, len(data)))
    return data
