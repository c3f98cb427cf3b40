"""What identities sign: envelopes, public keys and signatures, as CBOR (secure.md 0, 1.2 and 2.1).

envelope = [version 1, what is inside, bytes of it]; a signature is of the SHA-256 of an envelope's bytes
"""

from collections import namedtuple
from hashlib import sha256

from .. import cbor
from ..crypto.curves import ed25519_public_steps, ed25519_sign_steps, ed25519_verify_steps
from ..errors import ProtocolError
from ..port import MICROPYTHON, TYPE_CHECKING, const

if MICROPYTHON:
    from .p256_micropython import verify as p256_verify
else:
    from .p256_cpython import verify as p256_verify

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from typing import Any

    from ..crypto.steps import Verdict

# What an envelope holds.
CHANGE = const(1)
ATTESTATION = const(2)
CREDENTIAL = const(3)

# Kinds of keys, and of the signatures they make.
ED25519 = const(0)
P256 = const(1)

HASH_BYTES = const(32)
SKEW_S = const(60)  # how far ahead the clock of a signer may be

_VERSION = const(1)
_KEY_BYTES = (32, 65)
_SIGNATURE_BYTES = (64, 64)


class PublicKey(namedtuple("PublicKey", ("kind", "value"))):
    """A key that verifies: ED25519 and 32 bytes, or P256 and 65 bytes."""

    def item(self) -> "tuple[object, ...]":
        """What CBOR makes of it."""
        return (self.kind, (self.value,))


class Signature(namedtuple("Signature", ("kind", "value"))):
    """The kind of the key that made it, and 64 bytes."""

    def item(self) -> "tuple[object, ...]":
        """What CBOR makes of it."""
        return (self.kind, (self.value,))


def envelope(kind: int, inner: object) -> bytes:
    """The bytes of an envelope."""
    return cbor.encode((_VERSION, kind, cbor.encode(inner)))


def inside(data: bytes, kind: int, what: str, *readers: "Callable[[Any], Any]") -> "list[Any]":
    """The fields of what an envelope of this kind holds. Raises ProtocolError."""
    version, found, inner = fields(cbor.decode(data), what, number, number, blob)
    if version != _VERSION or found != kind:
        raise ProtocolError("%s that is of version %d and kind %d" % (what, version, found))
    return fields(cbor.decode(inner), what, *readers)


def digest(data: bytes) -> bytes:
    """What is signed of an envelope, and names it."""
    return sha256(data).digest()


def sign_steps(seed: bytes, data: bytes) -> "Generator[None, None, Signature]":
    """The signature of an envelope by an Ed25519 seed."""
    return Signature(ED25519, (yield from ed25519_sign_steps(seed, digest(data))))


def public_key_steps(seed: bytes) -> "Generator[None, None, PublicKey]":
    """The public key of an Ed25519 seed."""
    return PublicKey(ED25519, (yield from ed25519_public_steps(seed)))


def verify_steps(key: PublicKey, hashed: bytes, made: Signature) -> "Verdict":
    """Whether the key signed an envelope with this digest. A board raises ProtocolError for a P-256 key."""
    if key.kind != made.kind:
        return False
    if key.kind == P256:
        return p256_verify(key.value, hashed, made.value)
    return (yield from ed25519_verify_steps(key.value, hashed, made.value))


def check_period(what: str, start: int, end: int, now: "int | None") -> None:
    """Raises ProtocolError outside of a period of Unix seconds; `now` is None on a device that has no clock."""
    if now is None:
        return
    if start > now + SKEW_S:
        raise ProtocolError("%s that is not valid yet" % what, "compare the clocks of both sides")
    if end < now:
        raise ProtocolError("%s that has expired" % what, "compare the clocks of both sides")


# Readers: each gives the value of a decoded CBOR item, or raises ProtocolError.


def fields(value: object, what: str, *readers: "Callable[[Any], Any]") -> "list[Any]":
    """What each reader makes of its item of an array; those left out at the end are None, extra ones are skipped."""
    if not isinstance(value, list):
        raise ProtocolError("%s that is not an array" % what)
    items = value + [None] * (len(readers) - len(value))
    return [reader(item) for reader, item in zip(readers, items)]


def number(value: object) -> int:
    """An unsigned int of up to 64 bits."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ProtocolError("a number is missing in something signed")
    return value


def flag(value: object) -> bool:
    """True or False."""
    if not isinstance(value, bool):
        raise ProtocolError("a flag is missing in something signed")
    return value


def blob(value: object) -> bytes:
    """Bytes."""
    if not isinstance(value, bytes):
        raise ProtocolError("bytes are missing in something signed")
    return value


def hash32(value: object) -> bytes:
    """A SHA-256."""
    return _sized(blob(value), HASH_BYTES)


def optional_hash(value: object) -> "bytes | None":
    """A SHA-256, or None."""
    return None if value is None else hash32(value)


def public_key(value: object) -> PublicKey:
    """A public key of a kind that Ockam has."""
    kind, inner = variant(value)
    return PublicKey(kind, _sized(inner, _KEY_BYTES[_known(kind)]))


def signature(value: object) -> Signature:
    """A signature of a kind that Ockam has."""
    kind, inner = variant(value)
    return Signature(kind, _sized(inner, _SIGNATURE_BYTES[_known(kind)]))


def optional_signature(value: object) -> "Signature | None":
    """A signature, or None."""
    return None if value is None else signature(value)


def variant(value: object) -> "tuple[int, Any]":
    """(index, the one field) of a variant of an enum."""
    kind, inner = fields(value, "a variant", number, _list)
    if not inner:
        raise ProtocolError("a variant without its field")
    return kind, inner[0]


def _list(value: object) -> "list[object]":
    if not isinstance(value, list):
        raise ProtocolError("a variant whose fields are not an array")
    return value


def _known(kind: int) -> int:
    if kind > P256:
        raise ProtocolError("a key or signature of an unknown kind")
    return kind


def _sized(value: object, size: int) -> bytes:
    raw = blob(value)
    if len(raw) != size:
        raise ProtocolError("%d bytes where %d belong" % (len(raw), size))
    return raw
