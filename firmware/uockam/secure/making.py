"""Identities and attestations being made (secure.md 2 and 3). A board that has its keys never loads this.

Times are Unix seconds.
"""

from ..errors import LimitError
from ..port import TYPE_CHECKING, const
from . import identity, purpose, signed
from .identity import Change, History
from .signed import PublicKey

if TYPE_CHECKING:
    from collections.abc import Generator

    from .signed import Signature

YEAR_S = const(31_536_000)
KEY_LIFETIME_S = 10 * YEAR_S  # of an identity's key, unless its owner wants another
ATTESTATION_LIFETIME_S = 5 * YEAR_S  # likewise


def create_steps(seed: bytes, now: int, lifetime_s: int = KEY_LIFETIME_S) -> "Generator[None, None, History]":
    """A new identity whose key is an Ed25519 seed of 32 random bytes."""
    return History(((yield from _change_steps(None, None, seed, now, lifetime_s)),))


def rotate_steps(
    history: History, old_seed: bytes, new_seed: bytes, now: int, lifetime_s: int = KEY_LIFETIME_S
) -> "Generator[None, None, History]":
    """The history with a new key, after which the old seed is to be forgotten.

    Raises LimitError at identity.MAX_CHANGES.
    """
    if len(history.changes) >= identity.MAX_CHANGES:
        raise LimitError("An identity changes at most %d times" % identity.MAX_CHANGES, "create a new one")
    last = history.latest
    change = yield from _change_steps(last.hash, old_seed, new_seed, max(now, last.valid_from), lifetime_s)
    return History(history.changes + (change,))


def _change_steps(
    previous: "bytes | None", old_seed: "bytes | None", seed: bytes, start: int, lifetime_s: int
) -> "Generator[None, None, Change]":
    key = yield from signed.public_key_steps(seed)
    end = start + lifetime_s
    data = signed.envelope(signed.CHANGE, (previous, key.item(), False, start, end))
    made = yield from signed.sign_steps(seed, data)
    before: "Signature | None" = None
    if old_seed is not None:
        before = yield from signed.sign_steps(old_seed, data)
    return Change(data, made, before, signed.digest(data), previous, key, start, end)


def attest_steps(
    history: History,
    seed: bytes,
    use: int,
    key: "bytes | PublicKey",
    now: int,
    lifetime_s: int = ATTESTATION_LIFETIME_S,
) -> "Generator[None, None, purpose.Attestation]":
    """The attestation of a key by the seed of the latest change, within the time of that.

    key: 32 bytes for purpose.CHANNEL, a PublicKey for purpose.CREDENTIALS.
    """
    latest = history.latest
    start = max(now, latest.valid_from)
    end = min(start + lifetime_s, latest.valid_until)
    inner = (use, (key.item() if isinstance(key, PublicKey) else key,))
    data = signed.envelope(signed.ATTESTATION, (history.identifier, latest.hash, inner, start, end))
    made = yield from signed.sign_steps(seed, data)
    return purpose.Attestation(data, made, history.identifier, latest.hash, use, key, start, end)
