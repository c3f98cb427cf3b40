"""The vault of a board: one file that is replaced as a whole. uockam.secure.vault says how it survives power cuts."""

import os

from uockam.errors import Error, LimitError
from uockam.secure.store import KNOWN, Store, VaultError
from uockam.secure.vault import choose, pack

VAULT = "/uockam-vault"  # where a board has its own

_NEW = ".new"  # ending of the file that is about to take the place of the other
_MOST_BYTES = 8192  # all of it is in RAM at times; the own keys take 700
_MOST_OF_PEERS = 6144  # beyond which nothing more is kept of peers, so that own keys can still be changed
_ENOENT = 2


class FileStore(Store):
    """A Store in a file of its own, which is read anew at each call: it is needed rarely, and RAM always."""

    def __init__(self, path: str) -> None:
        self._path = path

    def get(self, name: bytes) -> "bytes | None":
        """The value of a record. Raises VaultError."""
        return self._load()[1].get(name)

    def names(self, start: bytes = b"") -> "list[bytes]":
        """The names of records. Raises VaultError."""
        return sorted([name for name in self._load()[1] if name.startswith(start)])

    def put(self, changes: "dict[bytes, bytes | None]") -> None:
        """Make these changes. Raises VaultError, and LimitError when the file would be too large."""
        generation, records = self._load()
        before = pack(generation, records)
        for name, value in changes.items():
            if value is None:
                records.pop(name, None)
            else:
                records[name] = value
        data = pack(generation + 1, records)
        _check_size(len(data), changes)
        try:
            if _read(self._path + _NEW) == before:  # the power was cut between the two, and this may be all there is
                self._install()
            self._write(data)
        except OSError as error:
            raise VaultError("the vault cannot be written: %s" % error, "make room on the board")

    def _load(self) -> "tuple[int, dict[bytes, bytes]]":
        try:
            return choose(_read(self._path), _read(self._path + _NEW))
        except OSError as error:
            raise VaultError("the vault cannot be read: %s" % error)
        except Error as error:
            raise VaultError("the file %s cannot be used: %s" % (self._path, error), error.remedy)

    def _write(self, data: bytes) -> None:
        with open(self._path + _NEW, "wb") as file:
            if file.write(data) != len(data):
                raise OSError("no room")
            file.flush()
        _sync()
        self._install()

    def _install(self) -> None:
        try:
            os.rename(self._path + _NEW, self._path)
        except OSError:  # a file system that does not replace files
            os.remove(self._path)
            os.rename(self._path + _NEW, self._path)
        _sync()


def _check_size(size: int, changes: "dict[bytes, bytes | None]") -> None:
    of_peers = [name for name, value in changes.items() if value is not None and name.startswith(KNOWN)]
    most = _MOST_OF_PEERS if of_peers else _MOST_BYTES
    if size > most:
        raise LimitError("the vault has no room for more: it holds at most %d bytes" % most)


def _read(path: str) -> "bytes | None":
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        if error.args[0] != _ENOENT:
            raise
        return None


def _sync() -> None:
    """Have all of it on the medium, where closing a file is not enough."""
    if hasattr(os, "sync"):
        os.sync()
