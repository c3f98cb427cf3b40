"""Purpose keys: what an identity attests that a key of another use is its own (secure.md 3). Times are Unix seconds."""

from collections import namedtuple

from .. import cbor
from ..errors import ProtocolError
from ..identifier import identifier_text
from ..port import TYPE_CHECKING, const
from . import signed

if TYPE_CHECKING:
    from collections.abc import Generator

    from .identity import History
    from .signed import PublicKey

# Uses of a key.
CHANNEL = const(0)  # X25519: the static key of secure channels, 32 bytes
CREDENTIALS = const(1)  # a PublicKey that signs credentials


class Attestation(
    namedtuple("Attestation", ("data", "signature", "subject", "change_hash", "use", "key", "created_at", "expires_at"))
):
    """A signed statement; `data` is the envelope as it was signed, the names after `signature` are what it says."""

    def item(self) -> "tuple[object, ...]":
        """What CBOR makes of it."""
        return (self.data, self.signature.item())

    def encode(self) -> bytes:
        """The bytes that `decode` reads."""
        return cbor.encode(self.item())


def decode(data: bytes) -> Attestation:
    """The attestation, unproven. Raises ProtocolError."""
    return read(cbor.decode(data))


def read(item: object) -> Attestation:
    """`decode` of a CBOR item that is decoded already."""
    data, made = signed.fields(item, "an attestation", signed.blob, signed.signature)
    subject, latest, key, created, expires = signed.inside(
        data,
        signed.ATTESTATION,
        "an attestation",
        signed.hash32,
        signed.hash32,
        _read_key,
        signed.number,
        signed.number,
    )
    return Attestation(data, made, subject, latest, key[0], key[1], created, expires)


def _read_key(item: object) -> "tuple[int, bytes | PublicKey]":
    use, key = signed.variant(item)
    if use == CHANNEL:
        return use, signed.hash32(key)  # an X25519 key has the size of a hash
    if use == CREDENTIALS:
        return use, signed.public_key(key)
    raise ProtocolError("an attested key of an unknown use")


def verify_steps(
    attestation: Attestation, history: "History", now: "int | None", expected: "bytes | None" = None
) -> "Generator[None, None, None]":
    """Raises ProtocolError unless the latest key of a proven history attests this now.

    expected: whose it has to be. now: None on a device that has no clock, where periods are compared with each other
    only.
    """
    check(attestation, history, now, expected)
    right = yield from signed.verify_steps(
        history.latest.public_key, signed.digest(attestation.data), attestation.signature
    )
    if not right:
        raise ProtocolError("an attestation with a wrong signature")


def check(attestation: Attestation, history: "History", now: "int | None", expected: "bytes | None" = None) -> None:
    """As verify_steps, but for the signature: enough for an attestation of this side's own making."""
    subject, latest = attestation.subject, history.latest
    if subject != history.identifier or subject != (expected or subject):
        raise ProtocolError("an attestation of another identity, %s" % identifier_text(subject))
    if attestation.change_hash != latest.hash:
        raise ProtocolError("an attestation by a key that is not the latest of its identity")
    if attestation.created_at < latest.valid_from or attestation.expires_at > latest.valid_until:
        raise ProtocolError("an attestation outside of the time of the key that signed it")
    signed.check_period("an attestation", attestation.created_at, attestation.expires_at, now)
