"""One-way sealed messages, for a receiver that is away: docs/mailbox.md has the format and what it is worth. Sans-IO.

sealed    = version, ephemeral key, sealed letter           Noise N to the receiver's static key of secure channels
letter    = CBOR [statement, signature, history, credentials, attestation]
statement = envelope of [receiver, id, created, expires, message], signed by the sender's identity

The receiver shows a card, which is its payload of a handshake: its history, and the attestation of that static key.
Times are Unix seconds.
"""

from collections import namedtuple
from hashlib import sha256

from .. import cbor, wire
from ..crypto import AesGcm
from ..crypto.curves import hkdf_sha256, x25519_public_steps, x25519_steps
from ..errors import LimitError, ProtocolError
from ..identifier import identifier_text
from ..port import MESSAGE_LIMIT, TYPE_CHECKING, const
from ..route import MAX_HOPS
from . import identity, purpose, signed
from .nonces import nonce
from .peer import KEY_BYTES, Party, Peer, Rules
from .policy import Only
from .proof import shown

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Any

    from ..message import Message
    from .keys import Keys
    from .peer import Histories, KeyPair
    from .purpose import Attestation

PROTOCOL = b"UOCKAM_N_25519_AES256_GCM_SHA256"  # 32 bytes, in the manner of Ockam's name for its XX
VERSION = b"\x01"
STATEMENT = const(117)  # the kind of envelope, far from those of Ockam: nothing else that is signed passes for it

ID_BYTES = const(16)
MAX_TTL_S = const(2_592_000)  # 30 days: for so long a receiver has to expect that a message comes again
MOST_BYTES = min(65536, MESSAGE_LIMIT)  # of a sealed message: what one answer of a mailbox brings with others
MOST_CARD_BYTES = const(8192)  # a history of 32 changes, and an attestation

_HEAD_BYTES = const(33)
_LEAST = const(49)  # with an empty letter
_NO_SECRET = bytes(KEY_BYTES)


class Letter(namedtuple("Letter", ("sender", "id", "created_at", "expires_at", "message", "card"))):
    """What was sealed, proven.

    sender: a Peer. message: the CBOR of one, which wire.decode reads with an origin and a way back. card: of the
    sender, not proven yet, for an answer; None when it takes none.
    """


def card_of(party: Party) -> bytes:
    """What others need for sealing to this party."""
    return _card(party.history, party.attestation)


def card_steps(card: bytes, receiver: bytes, known: "Histories", now: "int | None") -> "Generator[None, None, bytes]":
    """The static key of the receiver, an identifier. Raises ProtocolError unless its latest key attests that now.

    known: as of Rules; a history that contradicts it, or is older, is refused.
    """
    if len(card) > MOST_CARD_BYTES:
        raise ProtocolError("a card of %d bytes" % len(card))
    attestation = signed.fields(cbor.decode(card), "a card", _anything, purpose.read)[1]
    yield from Rules(known, Only(receiver)).admit_steps(card, attestation.key, now)
    return attestation.key  # type: ignore[no-any-return]


def seal_steps(
    ephemeral: bytes,
    static: bytes,
    receiver: bytes,
    keys: "Keys",
    party: Party,
    id: bytes,
    period: "tuple[int, int]",
    message: "Message",
) -> "Generator[None, None, bytes]":
    """The sealed message.

    ephemeral: 32 random bytes for this one alone. static: what card_steps gave for the receiver. party: the sender,
    whose keys are in `keys`, with the credentials that it shows. id: 16 bytes, another one for each message, the same
    for the same message sent again. period: (when it was made, when it is of no more use). message: its routes are
    those at the receiver; who answers needs a return route, which is one at the sender.
    Raises LimitError for a message that is too large, VaultError.
    """
    if len(message.onward_route) > MAX_HOPS or len(message.return_route) > MAX_HOPS:
        raise LimitError("a message with a route of more than %d hops" % MAX_HOPS, "look for a loop in the route")
    data = signed.envelope(STATEMENT, (receiver, id, period[0], period[1], wire.encode(message)))
    history, made = yield from keys.sign_steps(party.history.identifier, data)
    parts = [data, made.item(), history.item(), [issued.item() for issued in party.credentials]]
    if message.return_route:
        parts.append(party.attestation.item())
    return (yield from _encrypt_steps(ephemeral, static, cbor.encode(parts)))


def open_steps(
    sealed: bytes, own: "KeyPair", receiver: bytes, rules: Rules, now: "int | None"
) -> "Generator[None, None, Letter]":
    """The letter in a sealed message for this receiver, an identifier, whose static key is `own`.

    rules: what is demanded of senders. now: None on a device that has no clock, which cannot see what has expired.
    Raises ProtocolError, its DecryptionError for what was sealed to another key, VaultError.
    """
    letter = yield from _decrypt_steps(sealed, own)
    data, made, history, issued, attestation = signed.fields(
        cbor.decode(letter), "a letter", signed.blob, signed.signature, identity.read, shown, _optional_attestation
    )
    wanted, id, created, expires, message = signed.inside(
        data, STATEMENT, "a letter", signed.hash32, _id, signed.number, signed.number, signed.blob
    )
    if wanted != receiver:
        raise ProtocolError("a letter to %s" % identifier_text(wanted))
    _check_period(created, expires, history, now)
    if not rules.policy.trusts(history.identifier):
        raise ProtocolError("a letter of %s, which is not trusted here" % identifier_text(history.identifier))
    if not (yield from signed.verify_steps(history.latest.public_key, signed.digest(data), made)):
        raise ProtocolError("a letter with a wrong signature")
    sender = yield from rules.refresh_steps(history, issued, Peer(history.identifier, ()), now)
    card = None if attestation is None else _card(history, attestation)
    return Letter(sender, id, created, expires, message, card)


def _check_period(created: int, expires: int, history: identity.History, now: "int | None") -> None:
    latest = history.latest
    if not created <= expires <= created + MAX_TTL_S:
        raise ProtocolError("a letter that is valid for too long, or never")
    if created < latest.valid_from or created > latest.valid_until:
        raise ProtocolError("a letter outside of the time of the key that signed it")
    signed.check_period("a letter", created, expires, now)


# Noise N: the receiver's key is known before, the sender makes one for this message, and both agree on one secret.


def _encrypt_steps(ephemeral: bytes, static: bytes, letter: bytes) -> "Generator[None, None, bytes]":
    public = yield from x25519_public_steps(ephemeral)
    cipher, hashed = _agreed((yield from x25519_steps(ephemeral, static)), static, public)
    sealed = VERSION + public + cipher.seal(nonce(0), letter, hashed)
    if len(sealed) > MOST_BYTES:
        raise LimitError("a sealed message of %d bytes, the limit is %d" % (len(sealed), MOST_BYTES))
    return sealed


def _decrypt_steps(sealed: bytes, own: "KeyPair") -> "Generator[None, None, bytes]":
    if sealed[:1] != VERSION or not _LEAST <= len(sealed) <= MOST_BYTES:
        raise ProtocolError("a sealed message of another version, or of %d bytes" % len(sealed))
    public = sealed[1:_HEAD_BYTES]
    cipher, hashed = _agreed((yield from x25519_steps(own.private, public)), own.public, public)
    return cipher.open(nonce(0), sealed[_HEAD_BYTES:], hashed)


def _agreed(secret: bytes, static: bytes, ephemeral: bytes) -> "tuple[AesGcm, bytes]":
    """The cipher, and the hash of all that both sides know, which goes with what is sealed."""
    if secret == _NO_SECRET:
        raise ProtocolError("a public key that agrees on nothing secret")
    hashed = sha256(PROTOCOL + VERSION).digest()
    for part in (static, ephemeral):
        hashed = sha256(hashed + part).digest()
    return AesGcm(hkdf_sha256(PROTOCOL, secret, b"", 2 * KEY_BYTES)[KEY_BYTES:]), hashed


def _card(history: identity.History, attestation: "Attestation") -> bytes:
    return cbor.encode((history.item(), attestation.item(), ()))


def _optional_attestation(value: object) -> "Attestation | None":
    return None if value is None else purpose.read(value)


def _id(value: object) -> bytes:
    id = signed.blob(value)
    if len(id) != ID_BYTES:
        raise ProtocolError("a letter whose id is not %d bytes" % ID_BYTES)
    return id


def _anything(value: object) -> "Any":
    return value
