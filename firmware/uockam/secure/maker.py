"""The keys of identities being made, and put into their store. A board that has its keys never loads this. Sans-IO."""

from ..port import TYPE_CHECKING
from . import identity, making, purpose, signed, store
from .making import YEAR_S
from .noise import key_pair_steps

if TYPE_CHECKING:
    from collections.abc import Generator

    from .credential import Issued
    from .identity import History
    from .keys import Fresh, Keys
    from .purpose import Attestation

# A peer demands that a period has begun and has not ended, and knows the time: so begin it before any device was made,
# and let it last for longer than one does.
START_WITHOUT_CLOCK = 1_735_689_600  # the beginning of 2025
LIFETIME_WITHOUT_CLOCK_S = 40 * YEAR_S


class Maker:
    """What Keys does when it has to make a key. Its methods take and raise what those of Keys do."""

    def __init__(self, keys: "Keys", now: "int | None") -> None:
        self._keys = keys
        self._now = now

    def create_steps(self, seed: bytes) -> "Generator[None, None, History]":
        """A new identity."""
        made = yield from making.create_steps(seed, *self._lifetime())
        self._keys.store.put(_own(made, seed))
        return made

    def rotate_steps(self, identifier: bytes, seed: bytes) -> "Generator[None, None, History]":
        """An identity with a new key."""
        history, old = self._keys.signing(identifier)
        made = yield from making.rotate_steps(history, old, seed, *self._lifetime())
        changes: "dict[bytes, bytes | None]" = {name + identifier: None for name in store.OF_IDENTITY}
        changes.update(_own(made, seed))
        self._keys.store.put(changes)
        return made

    def static_key_steps(
        self, history: "History", seed: bytes, private: bytes
    ) -> "Generator[None, None, tuple[bytes, Attestation]]":
        """The private key of channels, and its attestation by an identity with this seed."""
        pair = yield from key_pair_steps(private)
        attestation = yield from self._attest_steps(history, seed, purpose.CHANNEL, pair.public)
        self._keep(store.CHANNEL_KEY, history, private, attestation)
        return private, attestation

    def issue_steps(
        self,
        identifier: bytes,
        fresh: "Fresh",
        subject: bytes,
        attributes: "dict[bytes, bytes]",
        lifetime_s: int,
        schema: int,
    ) -> "Generator[None, None, Issued]":
        """A credential."""
        from . import credential  # only authorities need it

        seed, attestation = yield from self._issuing_steps(identifier, fresh)
        known = self._keys.known.get(subject)
        change = subject if known is None else identity.decode(known).latest.hash
        start = attestation.created_at if self._now is None else self._now
        claims = (subject, change, schema, attributes, start, lifetime_s)
        return (yield from credential.issue_steps(attestation, seed, *claims))

    def _issuing_steps(self, identifier: bytes, fresh: "Fresh") -> "Generator[None, None, tuple[bytes, Attestation]]":
        history, seed = self._keys.signing(identifier)
        signer, attestation = self._keys.valid(store.CREDENTIAL_KEY, history, self._now)
        if attestation is None:
            signer = fresh()
            public = yield from signed.public_key_steps(signer)
            attestation = yield from self._attest_steps(history, seed, purpose.CREDENTIALS, public)
            self._keep(store.CREDENTIAL_KEY, history, signer, attestation)
        return signer, attestation

    def _attest_steps(
        self, history: "History", seed: bytes, use: int, key: "bytes | signed.PublicKey"
    ) -> "Generator[None, None, Attestation]":
        if self._now is None:  # the attestation is cut to the time of the identity's key
            return (yield from making.attest_steps(history, seed, use, key, 0, LIFETIME_WITHOUT_CLOCK_S))
        return (yield from making.attest_steps(history, seed, use, key, self._now))

    def _keep(self, name: bytes, history: "History", private: bytes, attestation: "Attestation") -> None:
        self._keys.store.put({name + history.identifier: private + attestation.encode()})

    def _lifetime(self) -> "tuple[int, int]":
        """(when an identity's key begins, for how long it is valid)."""
        if self._now is None:
            return START_WITHOUT_CLOCK, LIFETIME_WITHOUT_CLOCK_S
        return self._now, making.KEY_LIFETIME_S


def _own(history: "History", seed: bytes) -> "dict[bytes, bytes | None]":
    """The records of an identity whose latest key is this seed."""
    name = history.identifier
    return {store.IDENTITY + name: history.encode(), store.SEED + name: bytes((signed.ED25519,)) + seed}
