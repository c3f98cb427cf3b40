"""Known peers: the histories that they showed, so that an older or another one is refused later (secure.md 2.4).

A history of one change needs no memory: its identifier is the hash of that change, so nothing can be older than it or
contradict it. Some of those are kept in RAM, because what is known need not be verified again; only the longer ones are
written to the store, once a rotation. So strangers who come with ever new identities wear out no flash.
"""

from ..errors import LimitError
from ..identifier import identifier_text
from ..log import WARNING, log
from ..port import MICROPYTHON, const
from .store import KNOWN, Store

MOST_RECENT = 8 if MICROPYTHON else 1024  # histories in RAM, of some 130 bytes each
MOST_STORED = 64 if MICROPYTHON else 100_000  # rotated identities that are remembered for good, at least 360 bytes each
_SEVERAL = const(1)


class Known:
    """The stored bytes of each history, by identifier; what Rules take as theirs."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._recent: "list[tuple[bytes, bytes]]" = []  # oldest first

    def get(self, identifier: bytes) -> "bytes | None":
        """The history, None when it is not known. Raises VaultError."""
        for name, history in self._recent:
            if name == identifier:
                return history
        return self._store.get(KNOWN + identifier)

    def __setitem__(self, identifier: bytes, history: bytes) -> None:
        """Remember a proven history. Raises VaultError when it has to be written and cannot be."""
        from . import identity  # which a board has loaded while this can happen

        self._recent = [pair for pair in self._recent if pair[0] != identifier]
        if len(identity.decode(history).changes) > _SEVERAL:
            self._write(identifier, history)
        else:
            self._recent = self._recent[1 - MOST_RECENT :] + [(identifier, history)]

    def _write(self, identifier: bytes, history: bytes) -> None:
        name = KNOWN + identifier
        try:
            if self._store.get(name) is None and len(self._store.names(KNOWN)) >= MOST_STORED:
                raise LimitError("%d rotated identities are remembered" % MOST_STORED)
            self._store.put({name: history})
        except LimitError as error:
            text = "%s is not remembered, so an older history of it will not be noticed: %s"
            log(WARNING, "secure", text % (identifier_text(identifier), error))
