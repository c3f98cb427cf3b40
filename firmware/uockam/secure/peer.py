"""Who the two sides of a channel are: what each shows of itself, and what the other demands of it (secure.md 5.2)."""

from collections import namedtuple

from .. import cbor
from ..errors import ProtocolError
from ..identifier import identifier_text
from ..log import WARNING, log
from ..port import TYPE_CHECKING, const
from . import identity, purpose, signed
from .identity import History
from .policy import ANYONE

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from typing import Protocol

    from .credential import Credential, Issued
    from .noise import KeyPair
    from .policy import Anyone, Only
    from .purpose import Attestation

    class Histories(Protocol):
        """What is known of peers: a dict, or a Known."""

        def get(self, __identifier: bytes) -> "bytes | None":
            """The stored bytes of a history."""

        def __setitem__(self, __identifier: bytes, __history: bytes) -> None: ...


_MAX_CREDENTIALS = const(4)  # that a peer may show: Ockam's nodes show one at most


class Party:
    """This side: its static key, and what proves that the key belongs to its identity."""

    def __init__(
        self, static: "KeyPair", history: History, attestation: "Attestation", credentials: "tuple[Issued, ...]" = ()
    ) -> None:
        self.static = static
        self.history = history
        self.attestation = attestation
        self.credentials = credentials
        self.payload = cbor.encode((history.item(), attestation.item(), [issued.item() for issued in credentials]))


class Peer(namedtuple("Peer", ("identifier", "credentials"))):
    """The other side, proven: its identifier, and those of its credentials that an authority of ours signed."""


class Rules:
    """What this side demands of others.

    known: the stored bytes of each history, by identifier; also set when a trusted peer shows a newer one.
    authorities: the proven history of each, by identifier; without any, credentials are not looked at.
    """

    def __init__(
        self,
        known: "Histories",
        policy: "Anyone | Only" = ANYONE,
        authorities: "Mapping[bytes, History] | None" = None,
    ) -> None:
        self.known = known
        self.policy = policy
        self.authorities = authorities or {}

    def admit_steps(self, payload: bytes, static: bytes, now: "int | None") -> "Generator[None, None, Peer]":
        """The peer that sent this payload and holds this static key. Raises ProtocolError unless all of it is proven.

        What costs little comes first.
        """
        history, attestation, issued = signed.fields(
            cbor.decode(payload), "a handshake payload", identity.read, purpose.read, shown
        )
        name = history.identifier
        if attestation.use != purpose.CHANNEL or attestation.key != static:
            raise ProtocolError("an attestation of another key than the handshake's")
        if not self.policy.trusts(name):
            raise ProtocolError(
                "%s is not trusted here" % identifier_text(name),
                "compare it with the identifiers that are authorized",
            )
        stored = self.known.get(name)
        newer = yield from identity.admit_steps(history, stored)
        yield from purpose.verify_steps(attestation, history, now, name)
        if newer:
            self.known[name] = history.encode()
        return Peer(name, (yield from self._prove_steps(issued, name, now)))

    def refresh_steps(
        self, history: History, issued: "list[object]", peer: Peer, now: "int | None"
    ) -> "Generator[None, None, Peer]":
        """The peer with the credentials that it shows now. Raises ProtocolError for a history that is not its own."""
        name = peer.identifier
        if (yield from identity.admit_steps(history, self.known.get(name), name)):
            self.known[name] = history.encode()
        return Peer(name, (yield from self._prove_steps(issued, name, now)))

    def _prove_steps(
        self, issued: "list[object]", subject: bytes, now: "int | None"
    ) -> "Generator[None, None, tuple[Credential, ...]]":
        if not issued or not self.authorities:
            return ()
        from . import credential  # boards that ask for none do without it

        proven = []
        for each in issued:
            try:
                read = credential.read(each)
                proven.append((yield from credential.verify_steps(read, self.authorities, now, subject)))
            except ProtocolError as error:  # a channel does without it
                log(WARNING, "secure", "%s shows %s" % (identifier_text(subject), error))
        return tuple(proven)


def shown(item: object) -> "list[object]":
    """The items of a decoded CBOR array of credentials, each of which may still be anything. Raises ProtocolError."""
    if not isinstance(item, list) or len(item) > _MAX_CREDENTIALS:
        raise ProtocolError("credentials that are not a list of at most %d" % _MAX_CREDENTIALS)
    return item
