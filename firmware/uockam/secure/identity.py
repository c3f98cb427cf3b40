"""Identities: a history of changes, each signed, whose first one names it for good (secure.md 2).

A History is read by `decode`, which checks its structure, and proven by `verify_steps`, which checks its signatures;
making.py makes them. Times are Unix seconds.
"""

from collections import namedtuple

from .. import cbor
from ..errors import ProtocolError
from ..identifier import identifier_text as identifier_text
from ..identifier import parse_identifier as parse_identifier
from ..port import TYPE_CHECKING, const
from . import signed

if TYPE_CHECKING:
    from collections.abc import Generator

MAX_CHANGES = const(32)  # of a history: eight years of quarterly rotation; a peer's costs two verifications each


class Change(
    namedtuple(
        "Change",
        ("data", "signature", "previous_signature", "hash", "previous", "public_key", "valid_from", "valid_until"),
    )
):
    """One key of an identity; `data` is the envelope as it was signed, the names after `hash` are what it says."""


class History:
    """The changes of an identity, oldest first."""

    def __init__(self, changes: "tuple[Change, ...]") -> None:
        self.changes = changes
        self.identifier: bytes = changes[0].hash
        self.latest = changes[-1]

    @property
    def hashes(self) -> "tuple[bytes, ...]":
        """The hash of each change."""
        return tuple([change.hash for change in self.changes])

    def encode(self) -> bytes:
        """The bytes that `decode` reads."""
        return cbor.encode(self.item())

    def item(self) -> "list[object]":
        """What CBOR makes of it."""
        return [_change_item(change) for change in self.changes]


def decode(data: bytes) -> History:
    """The history, of sound structure but unproven. Raises ProtocolError."""
    return read(cbor.decode(data))


def read(item: object) -> History:
    """`decode` of a CBOR item that is decoded already."""
    if not isinstance(item, list) or not 0 < len(item) <= MAX_CHANGES:
        raise ProtocolError("an identity that is not a list of 1 to %d changes" % MAX_CHANGES)
    changes: "list[Change]" = []
    for each in item:
        change = _read_change(each)
        _check_link(changes[-1] if changes else None, change)
        changes.append(change)
    return History(tuple(changes))


def _read_change(item: object) -> Change:
    data, made, before = signed.fields(item, "a change", signed.blob, signed.signature, signed.optional_signature)
    previous, key, _, start, end = signed.inside(
        data,
        signed.CHANGE,
        "a change of an identity",
        signed.optional_hash,
        signed.public_key,
        signed.flag,  # whether it revokes older attestations: only those by the latest key are accepted anyway
        signed.number,
        signed.number,
    )
    return Change(data, made, before, signed.digest(data), previous, key, start, end)


def _check_link(last: "Change | None", change: Change) -> None:
    if change.previous != (last.hash if last else None):
        raise ProtocolError("a change of an identity that does not follow the one before it")
    if last and (change.previous_signature is None or change.valid_from < last.valid_from):
        raise ProtocolError("a change of an identity that is unsigned by the key before, or older than it")


def _change_item(change: Change) -> "list[object]":
    item: "list[object]" = [change.data, change.signature.item()]
    return item if change.previous_signature is None else item + [change.previous_signature.item()]


def verify_steps(history: History) -> "Generator[None, None, None]":
    """Raises ProtocolError unless each change is signed by its own key and by the one before."""
    last: "Change | None" = None
    for change in history.changes:
        right = yield from signed.verify_steps(change.public_key, change.hash, change.signature)
        if right and last:
            right = yield from signed.verify_steps(last.public_key, change.hash, change.previous_signature)
        if not right:
            raise ProtocolError("a change of an identity with a wrong signature")
        last = change


def is_newer(history: History, known: History) -> bool:
    """Whether a history goes on after the known one of its identity; False when they are the same.

    Raises ProtocolError for one that is older, or that contradicts the known one.
    """
    ours, theirs = known.hashes, history.hashes
    if theirs[: len(ours)] == ours:
        return len(theirs) > len(ours)
    if ours[: len(theirs)] == theirs:
        raise ProtocolError(
            "%s shows an older history than it did before" % identifier_text(history.identifier),
            "somebody holds an old key of it, or it was restored from an old backup",
        )
    raise ProtocolError(
        "%s contradicts the history that is known of it" % identifier_text(known.identifier),
        "a former key of it may have been stolen",
    )


def admit_steps(
    history: History, stored: "bytes | None", expected: "bytes | None" = None
) -> "Generator[None, None, bool]":
    """Whether a peer's history is to be stored, after it was compared with the stored bytes, and proven.

    Raises ProtocolError. The bytes that are stored count as proven.
    """
    if expected is not None and history.identifier != expected:
        raise ProtocolError("%s is not the identity expected" % identifier_text(history.identifier))
    newer = stored is None or is_newer(history, decode(stored))
    if newer or history.encode() != stored:
        yield from verify_steps(history)
    return newer
