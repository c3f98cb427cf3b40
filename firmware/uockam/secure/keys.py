"""The keys of a node's identities, as its store keeps them (secure.md 1 and 3.1). Sans-IO.

What makes and reads identities is imported where it is used, so that a board can do without it between handshakes.

`fresh` gives 32 random bytes at each call. `now` is Unix seconds, or None on a device that has no clock: what it signs
then is valid from a time before it was made, for as long as its identity is (maker.py).
"""

from ..errors import ProtocolError
from ..identifier import identifier_text
from ..port import TYPE_CHECKING, const
from . import store
from .known import Known
from .peer import KeyPair, Party
from .store import Store, VaultError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .credential import Issued
    from .identity import History
    from .maker import Maker
    from .purpose import Attestation
    from .signed import Signature

    Fresh = Callable[[], bytes]

_KEY_BYTES = const(32)
_ED25519 = b"\x00"
_OF_PARTY = (store.IDENTITY, store.SEED, store.CHANNEL_KEY)


class Keys:
    """What a node signs and proves itself with. Every method may raise VaultError."""

    def __init__(self, kept: Store) -> None:
        self.known = Known(kept)  # histories of peers, for Rules
        self.store = kept
        self._latest: "tuple[list[bytes | None], tuple[Issued, ...], Party] | None" = None  # with what it was made of

    def identifiers(self) -> "list[bytes]":
        """Of the identities whose keys are here, in order."""
        start = len(store.IDENTITY)
        return [name[start:] for name in self.store.names(store.IDENTITY)]

    def history(self, identifier: bytes) -> "History | None":
        """The history of an identity whose keys are here."""
        from .identity import decode

        data = self.store.get(store.IDENTITY + identifier)
        return None if data is None else decode(data)

    def create_steps(self, seed: bytes, now: "int | None") -> "Generator[None, None, History]":
        """A new identity whose first key is the seed, of 32 random bytes; it is in the store."""
        return self._maker(now).create_steps(seed)

    def rotate_steps(self, identifier: bytes, seed: bytes, now: "int | None") -> "Generator[None, None, History]":
        """The identity with a new key; the old seed, and what it attested, are forgotten.

        Raises LimitError for an identity that has changed too often.
        """
        return self._maker(now).rotate_steps(identifier, seed)

    def remove(self, identifier: bytes) -> None:
        """Forget an identity and all of its keys."""
        self.store.put({name + identifier: None for name in store.OF_IDENTITY})

    def party_steps(
        self, identifier: bytes, fresh: "Fresh", now: "int | None", credentials: "tuple[Issued, ...]" = ()
    ) -> "Generator[None, None, Party]":
        """The identity as one side of channels; its static key is made when there is none that is valid."""
        records = [self.store.get(name + identifier) for name in _OF_PARTY]
        if self._latest is not None and self._latest[:2] == (records, credentials):
            party: Party = self._latest[2]
            if party.attestation.expires_at > (now or 0):
                return party
        party = yield from self._party_steps(identifier, fresh, now, credentials)
        self._latest = ([self.store.get(name + identifier) for name in _OF_PARTY], credentials, party)
        return party

    def _party_steps(
        self, identifier: bytes, fresh: "Fresh", now: "int | None", credentials: "tuple[Issued, ...]"
    ) -> "Generator[None, None, Party]":
        history, seed = self.signing(identifier)
        private, attestation = self.valid(store.CHANNEL_KEY, history, now)
        if attestation is None:
            private, attestation = yield from self._maker(now).static_key_steps(history, seed, fresh())
        return Party(KeyPair(private, attestation.key), history, attestation, credentials)

    def sign_steps(self, identifier: bytes, data: bytes) -> "Generator[None, None, tuple[History, Signature]]":
        """The identity, and its signature of an envelope."""
        from .signed import sign_steps

        history, seed = self.signing(identifier)
        return history, (yield from sign_steps(seed, data))

    def issue_steps(
        self,
        identifier: bytes,
        fresh: "Fresh",
        subject: bytes,
        attributes: "dict[bytes, bytes]",
        now: "int | None",
        lifetime_s: int,
        schema: int = 1,
    ) -> "Generator[None, None, Issued]":
        """A credential by this identity as an authority: it says that the subject, an identifier, has these attributes.

        It ends with the key that signs it, if that is sooner.
        """
        return self._maker(now).issue_steps(identifier, fresh, subject, attributes, lifetime_s, schema)

    def forget(self) -> None:
        """Drop what was made of the records, and with it all that it is made with."""
        self._latest = None

    def _maker(self, now: "int | None") -> "Maker":
        from .maker import Maker  # most devices make keys once in their life

        return Maker(self, now)

    def signing(self, identifier: bytes) -> "tuple[History, bytes]":
        """The history and the seed of its latest key."""
        history = self.history(identifier)
        seed = self.store.get(store.SEED + identifier)
        if history is None or seed is None or seed[:1] != _ED25519:
            raise VaultError("the keys of %s are not in this vault" % identifier_text(identifier))
        return history, seed[1:]

    def valid(self, name: bytes, history: "History", now: "int | None") -> "tuple[bytes, Attestation | None]":
        """A purpose key and its attestation, if there is one that peers accept now."""
        from . import purpose

        data = self.store.get(name + history.identifier)
        if data is not None:
            try:
                attestation = purpose.decode(data[_KEY_BYTES:])
                # a clock from before it was made is wrong, and a new key would not mend that
                purpose.check(attestation, history, None if now is None else max(now, attestation.created_at))
            except ProtocolError:
                return b"", None
            return data[:_KEY_BYTES], attestation
        return b"", None
