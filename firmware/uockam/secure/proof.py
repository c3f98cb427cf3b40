"""What a peer shows of itself, held against the rules of this side (secure.md 5.2): what Rules does.

A board loads this for handshakes only.
"""

from .. import cbor
from ..errors import ProtocolError
from ..identifier import identifier_text
from ..log import WARNING, log
from ..port import TYPE_CHECKING, const
from . import identity, purpose, signed
from .peer import Peer, Rules

if TYPE_CHECKING:
    from collections.abc import Generator

    from .credential import Credential
    from .identity import History

_MAX_CREDENTIALS = const(4)  # that a peer may show: Ockam's nodes show one at most


def admit_steps(rules: Rules, payload: bytes, static: bytes, now: "int | None") -> "Generator[None, None, Peer]":
    """The peer that sent this payload and holds this static key. Raises ProtocolError unless all of it is proven.

    What costs little comes first.
    """
    history, attestation, issued = signed.fields(
        cbor.decode(payload), "a handshake payload", identity.read, purpose.read, shown
    )
    name = history.identifier
    if attestation.use != purpose.CHANNEL or attestation.key != static:
        raise ProtocolError("an attestation of another key than the handshake's")
    if not rules.policy.trusts(name):
        raise ProtocolError(
            "%s is not trusted here" % identifier_text(name),
            "compare it with the identifiers that are authorized",
        )
    stored = rules.known.get(name)
    newer = yield from identity.admit_steps(history, stored)
    yield from purpose.verify_steps(attestation, history, now, name)
    if newer:
        rules.known[name] = history.encode()
    return Peer(name, (yield from _prove_steps(rules, issued, name, now)))


def refresh_steps(
    rules: Rules, history: "History", issued: "list[object]", peer: Peer, now: "int | None"
) -> "Generator[None, None, Peer]":
    """The peer with the credentials that it shows now. Raises ProtocolError for a history that is not its own."""
    name = peer.identifier
    if (yield from identity.admit_steps(history, rules.known.get(name), name)):
        rules.known[name] = history.encode()
    return Peer(name, (yield from _prove_steps(rules, issued, name, now)))


def _prove_steps(
    rules: Rules, issued: "list[object]", subject: bytes, now: "int | None"
) -> "Generator[None, None, tuple[Credential, ...]]":
    if not issued or not rules.authorities:
        return ()
    from . import credential  # boards that ask for none do without it

    proven = []
    for each in issued:
        try:
            read = credential.read(each)
            proven.append((yield from credential.verify_steps(read, rules.authorities, now, subject)))
        except ProtocolError as error:  # a channel does without it
            log(WARNING, "secure", "%s shows %s" % (identifier_text(subject), error))
    return tuple(proven)


def shown(item: object) -> "list[object]":
    """The items of a decoded CBOR array of credentials, each of which may still be anything. Raises ProtocolError."""
    if not isinstance(item, list) or len(item) > _MAX_CREDENTIALS:
        raise ProtocolError("credentials that are not a list of at most %d" % _MAX_CREDENTIALS)
    return item
