"""Credentials: attributes of an identity, signed by an authority (secure.md 4.1 and 4.2). Times are Unix seconds."""

from collections import namedtuple

from .. import cbor
from ..errors import ProtocolError
from ..identifier import identifier_text
from ..port import TYPE_CHECKING, const
from . import purpose, signed

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from .identity import History

MAX_ATTRIBUTES = const(64)  # of a credential: Ockam's own have four


class Credential(
    namedtuple(
        "Credential",
        ("data", "signature", "subject", "subject_change", "schema", "attributes", "created_at", "expires_at"),
    )
):
    """A signed statement; `data` is the envelope as it was signed, the names after `signature` are what it says.

    attributes: a dict of bytes to bytes.
    """


class Issued(namedtuple("Issued", ("credential", "attestation"))):
    """A credential and the attestation of the key that signed it, whose subject is the issuer: how both travel."""

    def item(self) -> "tuple[object, ...]":
        """What CBOR makes of it."""
        credential = self.credential
        return ((credential.data, credential.signature.item()), self.attestation.item())

    def encode(self) -> bytes:
        """The bytes that `decode` reads."""
        return cbor.encode(self.item())


def decode(data: bytes) -> Issued:
    """The credential and its attestation, unproven. Raises ProtocolError."""
    return read(cbor.decode(data))


def read(item: object) -> Issued:
    """`decode` of a CBOR item that is decoded already."""
    credential, attestation = signed.fields(item, "an issued credential", _read_credential, purpose.read)
    return Issued(credential, attestation)


def _read_credential(item: object) -> Credential:
    data, made = signed.fields(item, "a credential", signed.blob, signed.signature)
    subject, change, attributes, created, expires = signed.inside(
        data,
        signed.CREDENTIAL,
        "a credential",
        signed.optional_hash,
        signed.optional_hash,
        _read_attributes,
        signed.number,
        signed.number,
    )
    return Credential(data, made, subject, change, attributes[0], attributes[1], created, expires)


def _read_attributes(item: object) -> "tuple[int, dict[bytes, bytes]]":
    schema, attributes = signed.fields(item, "attributes", signed.number, _read_map)
    return schema, attributes


def _read_map(item: object) -> "dict[bytes, bytes]":
    if not isinstance(item, dict) or len(item) > MAX_ATTRIBUTES:
        raise ProtocolError("attributes that are not a map of at most %d" % MAX_ATTRIBUTES)
    return {signed.blob(key): signed.blob(value) for key, value in item.items()}


def verify_steps(
    issued: Issued, authorities: "Mapping[bytes, History]", now: "int | None", subject: "bytes | None" = None
) -> "Generator[None, None, Credential]":
    """The credential. Raises ProtocolError unless one of the authorities signed it, for the subject, and it is valid.

    authorities: the proven history of each, by its identifier. now: None on a device that has no clock.
    """
    credential: Credential = issued.credential
    attestation = issued.attestation
    history = authorities.get(attestation.subject)
    if history is None:
        raise ProtocolError("a credential of %s, which is no authority here" % identifier_text(attestation.subject))
    yield from purpose.verify_steps(attestation, history, now)
    if attestation.use != purpose.CREDENTIALS:
        raise ProtocolError("a credential signed by a key that is not for credentials")
    _check_claims(credential, attestation, now, subject)
    hashed = signed.digest(credential.data)
    if not (yield from signed.verify_steps(attestation.key, hashed, credential.signature)):
        raise ProtocolError("a credential with a wrong signature")
    return credential


def issue_steps(
    attestation: purpose.Attestation,
    seed: bytes,
    subject: bytes,
    subject_change: bytes,
    schema: int,
    attributes: "Mapping[bytes, bytes]",
    now: int,
    lifetime_s: int,
) -> "Generator[None, None, Issued]":
    """A credential signed by the seed of the attested key, within the time of that."""
    start = max(now, attestation.created_at)
    end = min(start + lifetime_s, attestation.expires_at)
    pairs = cbor.Map(*[(key, attributes[key]) for key in sorted(attributes)])
    data = signed.envelope(signed.CREDENTIAL, (subject, subject_change, (schema, pairs), start, end))
    made = yield from signed.sign_steps(seed, data)
    held = Credential(data, made, subject, subject_change, schema, dict(attributes), start, end)
    return Issued(held, attestation)


def _check_claims(
    credential: Credential, attestation: purpose.Attestation, now: "int | None", subject: "bytes | None"
) -> None:
    if credential.subject is None or credential.subject != (subject or credential.subject):
        raise ProtocolError("a credential of somebody else")
    if credential.created_at < attestation.created_at or credential.expires_at > attestation.expires_at:
        raise ProtocolError("a credential outside of the time of the key that signed it")
    signed.check_period("a credential", credential.created_at, credential.expires_at, now)
