"""What handshakes compute with, as uockam.crypto gives it to everybody: agreement, signatures, hashes, derived keys."""

from ..port import TYPE_CHECKING, const
from . import core, sized
from .steps import last

if TYPE_CHECKING:
    from .steps import Steps, Verdict

_KEY = const(32)
_SIGNATURE = const(64)
_MOST_DERIVED = const(255 * 32)  # RFC 5869, 2.3


def x25519(private: bytes, public: bytes) -> bytes:
    """The shared secret of 32 bytes (RFC 7748). All zeros is a result too, which a handshake refuses."""
    return last(x25519_steps(private, public))


def x25519_steps(private: bytes, public: bytes) -> "Steps":
    """As x25519."""
    return core.x25519_steps(sized(private, _KEY), sized(public, _KEY))


def x25519_public(private: bytes) -> bytes:
    """The public key of a private key, of 32 bytes each."""
    return last(x25519_public_steps(private))


def x25519_public_steps(private: bytes) -> "Steps":
    """As x25519_public."""
    return core.x25519_public_steps(sized(private, _KEY))


def ed25519_public(seed: bytes) -> bytes:
    """The public key of a seed, of 32 bytes each (RFC 8032)."""
    return last(ed25519_public_steps(seed))


def ed25519_public_steps(seed: bytes) -> "Steps":
    """As ed25519_public."""
    return core.ed25519_public_steps(sized(seed, _KEY))


def ed25519_sign(seed: bytes, message: bytes) -> bytes:
    """The signature of 64 bytes, which is the same each time (RFC 8032)."""
    return last(ed25519_sign_steps(seed, message))


def ed25519_sign_steps(seed: bytes, message: bytes) -> "Steps":
    """As ed25519_sign."""
    return core.ed25519_sign_steps(sized(seed, _KEY), message)


def ed25519_verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the holder of the public key of 32 bytes signed the message; False for a signature of another size."""
    return last(ed25519_verify_steps(public, message, signature))


def ed25519_verify_steps(public: bytes, message: bytes, signature: bytes) -> "Verdict":
    """As ed25519_verify."""
    sized(public, _KEY)
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
