"""The keys of a node's identities, as its store keeps them (secure.md 1 and 3.1). Sans-IO.

`fresh` gives 32 random bytes at each call. `now` is Unix seconds, or None on a device that has no clock: what it signs
then is valid from START_WITHOUT_CLOCK, for as long as its identity is.
"""

from ..errors import ProtocolError
from ..identifier import identifier_text
from ..port import TYPE_CHECKING, const
from . import identity, purpose, signed, store
from .identity import YEAR_S, History
from .known import Known
from .noise import KeyPair, key_pair_steps
from .peer import Party
from .store import Store, VaultError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from .credential import Issued
    from .purpose import Attestation

    Fresh = Callable[[], bytes]

# A peer demands that a period has begun and has not ended, and knows the time: so begin it before any device was made,
# and let it last for longer than one does.
START_WITHOUT_CLOCK = 1_735_689_600  # the beginning of 2025
LIFETIME_WITHOUT_CLOCK_S = 40 * YEAR_S

_KEY_BYTES = const(32)
_ED25519 = bytes((signed.ED25519,))
_OF_PARTY = (store.IDENTITY, store.SEED, store.CHANNEL_KEY)
_OF_IDENTITY = (store.IDENTITY, store.SEED, store.CHANNEL_KEY, store.CREDENTIAL_KEY)


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
        data = self.store.get(store.IDENTITY + identifier)
        return None if data is None else identity.decode(data)

    def create_steps(self, seed: bytes, now: "int | None") -> "Generator[None, None, History]":
        """A new identity whose first key is the seed, of 32 random bytes; it is in the store."""
        made = yield from identity.create_steps(seed, *_lifetime(now))
        self.store.put(
            {store.IDENTITY + made.identifier: made.encode(), store.SEED + made.identifier: _ED25519 + seed}
        )
        return made

    def rotate_steps(self, identifier: bytes, seed: bytes, now: "int | None") -> "Generator[None, None, History]":
        """The identity with a new key; the old seed, and what it attested, are forgotten.

        Raises LimitError for an identity that has changed too often.
        """
        history, old = self._signing(identifier)
        made = yield from identity.rotate_steps(history, old, seed, *_lifetime(now))
        changes: "dict[bytes, bytes | None]" = {name + identifier: None for name in _OF_IDENTITY}
        changes[store.IDENTITY + identifier] = made.encode()
        changes[store.SEED + identifier] = _ED25519 + seed
        self.store.put(changes)
        return made

    def remove(self, identifier: bytes) -> None:
        """Forget an identity and all of its keys."""
        self.store.put({name + identifier: None for name in _OF_IDENTITY})

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
        history, seed = self._signing(identifier)
        private, attestation = self._valid(store.CHANNEL_KEY, history, now)
        if attestation is None:
            private = fresh()
            pair = yield from key_pair_steps(private)
            attestation = yield from _attest_steps(history, seed, purpose.CHANNEL, pair.public, now)
            self.store.put({store.CHANNEL_KEY + identifier: private + attestation.encode()})
        return Party(KeyPair(private, attestation.key), history, attestation, credentials)

    def sign_steps(self, identifier: bytes, data: bytes) -> "Generator[None, None, tuple[History, signed.Signature]]":
        """The identity, and its signature of an envelope."""
        history, seed = self._signing(identifier)
        return history, (yield from signed.sign_steps(seed, data))

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
        from . import credential  # only authorities need it

        seed, attestation = yield from self._issuing_steps(identifier, fresh, now)
        known = self.known.get(subject)
        change = subject if known is None else identity.decode(known).latest.hash
        start = attestation.created_at if now is None else now
        claims = (subject, change, schema, attributes, start, lifetime_s)
        return (yield from credential.issue_steps(attestation, seed, *claims))

    def _issuing_steps(
        self, identifier: bytes, fresh: "Fresh", now: "int | None"
    ) -> "Generator[None, None, tuple[bytes, Attestation]]":
        history, seed = self._signing(identifier)
        signer, attestation = self._valid(store.CREDENTIAL_KEY, history, now)
        if attestation is None:
            signer = fresh()
            public = yield from signed.public_key_steps(signer)
            attestation = yield from _attest_steps(history, seed, purpose.CREDENTIALS, public, now)
            self.store.put({store.CREDENTIAL_KEY + identifier: signer + attestation.encode()})
        return signer, attestation

    def _signing(self, identifier: bytes) -> "tuple[History, bytes]":
        """The history and the seed of its latest key."""
        history = self.history(identifier)
        seed = self.store.get(store.SEED + identifier)
        if history is None or seed is None or seed[:1] != _ED25519:
            raise VaultError("the keys of %s are not in this vault" % identifier_text(identifier))
        return history, seed[1:]

    def _valid(self, name: bytes, history: History, now: "int | None") -> "tuple[bytes, Attestation | None]":
        """A purpose key and its attestation, if there is one that peers accept now."""
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


def _lifetime(now: "int | None") -> "tuple[int, int]":
    """(when an identity's key begins, for how long it is valid)."""
    return (START_WITHOUT_CLOCK, LIFETIME_WITHOUT_CLOCK_S) if now is None else (now, identity.LIFETIME_S)


def _attest_steps(
    history: History, seed: bytes, use: int, key: "bytes | signed.PublicKey", now: "int | None"
) -> "Generator[None, None, Attestation]":
    if now is None:  # the attestation is cut to the time of the identity's key
        return (yield from purpose.attest_steps(history, seed, use, key, 0, LIFETIME_WITHOUT_CLOCK_S))
    return (yield from purpose.attest_steps(history, seed, use, key, now))
