"""Who the two sides of a channel are: what each shows of itself, and what the other demands of it (secure.md 5.2).

What it takes to prove that is in proof.py, which a board loads for handshakes only.
"""

from collections import namedtuple

from .. import cbor
from ..port import TYPE_CHECKING, const
from .policy import ANYONE

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping
    from typing import Protocol

    from .credential import Issued
    from .identity import History
    from .policy import Anyone, Only
    from .purpose import Attestation

    class Histories(Protocol):
        """What is known of peers: a dict, or a Known."""

        def get(self, __identifier: bytes) -> "bytes | None":
            """The stored bytes of a history."""

        def __setitem__(self, __identifier: bytes, __history: bytes) -> None: ...


KEY_BYTES = const(32)


class KeyPair:
    """An X25519 key; it prints neither half."""

    def __init__(self, private: bytes, public: bytes) -> None:
        self.private = private
        self.public = public


class Party:
    """This side: its static key, and what proves that the key belongs to its identity."""

    def __init__(
        self, static: KeyPair, history: "History", attestation: "Attestation", credentials: "tuple[Issued, ...]" = ()
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
        from .proof import admit_steps

        return admit_steps(self, payload, static, now)

    def refresh_steps(
        self, history: "History", issued: "list[object]", peer: Peer, now: "int | None"
    ) -> "Generator[None, None, Peer]":
        """The peer with the credentials that it shows now. Raises ProtocolError for a history that is not its own."""
        from .proof import refresh_steps

        return refresh_steps(self, history, issued, peer, now)
