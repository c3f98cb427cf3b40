"""Stores: where a node keeps its secrets, and what it has to remember of its peers.

Names and values are bytes. The file of a board and the database of a host are other stores.
"""

from ..errors import Error

# How the names of records begin; an identifier of 32 bytes follows.
IDENTITY = b"identity:"  # the history of an identity whose keys are here
SEED = b"seed:"  # the kind of its latest key, a byte, and its 32 bytes
CHANNEL_KEY = b"channel-key:"  # 32 bytes of an X25519 key, and the attestation of its public half
CREDENTIAL_KEY = b"credential-key:"  # 32 bytes of a key that signs credentials, and the attestation of its public half
OF_IDENTITY = (IDENTITY, SEED, CHANNEL_KEY, CREDENTIAL_KEY)
KNOWN = b"known:"  # the history that a peer showed
CREDENTIAL = b"credential:"  # issuer, then subject: what the subject shows to others


class VaultError(Error):
    """A vault has not what was asked for, cannot be read, or cannot be written."""


class Store:
    """The contract."""

    def get(self, name: bytes) -> "bytes | None":
        """The value of a record, None when there is none. Raises VaultError."""
        raise NotImplementedError

    def put(self, changes: "dict[bytes, bytes | None]") -> None:
        """Make all of these changes or none, and have them on the medium on return; None removes a record.

        Raises VaultError.
        """
        raise NotImplementedError

    def names(self, start: bytes = b"") -> "list[bytes]":
        """The names of all records that start like this, in order. Raises VaultError."""
        raise NotImplementedError


class MemoryStore(Store):
    """Keeps everything in RAM, and nothing after that."""

    def __init__(self) -> None:
        self._records: "dict[bytes, bytes]" = {}

    def get(self, name: bytes) -> "bytes | None":
        """The value of a record."""
        return self._records.get(name)

    def put(self, changes: "dict[bytes, bytes | None]") -> None:
        """Make these changes."""
        for name, value in changes.items():
            if value is None:
                self._records.pop(name, None)
            else:
                self._records[name] = value

    def names(self, start: bytes = b"") -> "list[bytes]":
        """The names of records."""
        return sorted([name for name in self._records if name.startswith(start)])
