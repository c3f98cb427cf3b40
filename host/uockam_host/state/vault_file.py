"""One vault as a SQLite file of mode 0600. What is private in it is sealed; each record has a check sum.

It is opened for each operation: nothing has to be closed, and a file that was moved or removed is noticed.
"""

import os
import sqlite3
import stat
from binascii import crc32
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from itertools import takewhile
from pathlib import Path

from uockam.errors import DecryptionError
from uockam.secure.store import IDENTITY, KNOWN, Store, VaultError

from ..errors import VaultExists
from . import sealing
from .causes import explain
from .home import PRIVATE_FILE

NAME = b"name:"  # and an identifier: how the identity is called, for whoever has nothing left but this file
_KEY = b"vault-key"  # what sealing.keep made; no record of the store
_PUBLIC = (IDENTITY, KNOWN, NAME, _KEY)  # can be read without the passphrase, too

_RESTORE = "Restore it from a backup: `uockam vault create NAME --path BACKUP`"
_APPLICATION = 0x756F7661  # marks the file as a vault of ours
_VERSION = 1
_LOCK_WAIT_S = 10.0  # a writer holds the lock for milliseconds; longer means that one of them hangs
_SCHEMA = (
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {_VERSION}",
    "CREATE TABLE record (name BLOB PRIMARY KEY, value BLOB NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID",
)


class VaultLocked(VaultError):
    """The keys in it need a passphrase that was not given."""

    remedy = (
        "Set UOCKAM_PASSPHRASE_FILE to the path of a file that holds its passphrase, or UOCKAM_PASSPHRASE to the "
        "passphrase itself, and try again"
    )


class VaultFile(Store):
    """The store of the vault `name`, which has to exist. Every method raises VaultError."""

    def __init__(self, path: Path, name: str) -> None:
        self.path = path
        self.name = name
        self._key: bytes | None = None

    @property
    def has_passphrase(self) -> bool:
        """Whether its keys are locked with one."""
        return sealing.is_locked(self._kept())

    @property
    def locked(self) -> bool:
        """Whether its keys cannot be used until `unlock`."""
        return self._key is None and self.has_passphrase

    def unlock(self, passphrase: str) -> None:
        """Let its keys be used. Raises WrongPassphrase."""
        self._key = self._open_key(self._kept(), passphrase)

    def set_passphrase(self, passphrase: str | None) -> None:
        """Lock the vault, which must be unlocked, with this one from now on, None for none."""
        self._write({_KEY: sealing.keep(self._opened_key(), passphrase)})

    def get(self, name: bytes) -> bytes | None:
        """The value of a record. Raises VaultLocked for a private one."""
        value = self._read(name)
        if value is None or name.startswith(_PUBLIC):
            return value
        try:
            return sealing.unseal(self._opened_key(), name, value)
        except DecryptionError:
            raise self._damaged() from None

    def put(self, changes: dict[bytes, bytes | None]) -> None:
        """Make these changes in one transaction. Raises VaultLocked when one is of a private record."""
        self._write({name: self._sealed(name, value) for name, value in changes.items()})

    def names(self, start: bytes = b"") -> list[bytes]:
        """The names of records, in order."""
        with self._opened() as connection:
            rows = connection.execute("SELECT name FROM record WHERE name >= ? ORDER BY name", (start,))
            found = takewhile(lambda name: name.startswith(start), (row[0] for row in rows))
            return [name for name in found if name != _KEY]

    def copy(self, path: Path) -> None:
        """Make a copy of the whole vault there, also while others use it. Raises VaultExists."""
        with self._opened() as source, _appearing(path) as new, closing(_connect(new)) as target:
            source.backup(target)

    def _sealed(self, name: bytes, value: bytes | None) -> bytes | None:
        if value is None or name.startswith(_PUBLIC):
            return value
        return sealing.seal(self._opened_key(), name, value)

    def _opened_key(self) -> bytes:
        if self._key is None:
            kept = self._kept()
            if sealing.is_locked(kept):
                raise VaultLocked(f"The vault {self.name} is locked")
            self._key = self._open_key(kept, None)
        return self._key

    def _open_key(self, kept: bytes, passphrase: str | None) -> bytes:
        try:
            return sealing.open_key(kept, passphrase)
        except sealing.WrongPassphrase:
            raise sealing.WrongPassphrase(f"The passphrase of the vault {self.name} is wrong") from None
        except ValueError:
            raise self._damaged() from None

    def _kept(self) -> bytes:
        kept = self._read(_KEY)
        if kept is None:
            raise self._damaged()
        return kept

    def _read(self, name: bytes) -> bytes | None:
        with self._opened() as connection:
            row = connection.execute("SELECT value, crc FROM record WHERE name = ?", (name,)).fetchone()
        if row is None:
            return None
        value, crc = row
        if not isinstance(value, bytes) or _check_sum(name, value) != crc:
            raise self._damaged()
        return value

    def _write(self, changes: dict[bytes, bytes | None]) -> None:
        with self._opened() as connection:
            _write(connection, changes)

    def _damaged(self) -> VaultError:
        return VaultError(f"The vault {self.path} is damaged", _RESTORE)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        _guard(self.path)
        with _explained(self.path), closing(_connect(self.path)) as connection:
            _check_kind(connection, self.path)
            yield connection


def create(path: Path, passphrase: str | None = None) -> None:
    """Make an empty vault there. Raises VaultExists, VaultError."""
    key = os.urandom(sealing.KEY_BYTES)
    with _appearing(path) as new, closing(_connect(new)) as connection:
        for statement in _SCHEMA:
            connection.execute(statement)
        _write(connection, {_KEY: sealing.keep(key, passphrase)})


def remove(path: Path) -> None:
    """Delete the file of a vault, if it is there. Raises VaultError."""
    try:
        _remove(path)
    except OSError as error:
        raise VaultError(f"The vault {path} cannot be removed: {error.strerror}", "Remove it by hand") from error


def _remove(path: Path) -> None:
    """The journal first: left alone it would be played into the next file of this name."""
    for file in (path.with_name(f"{path.name}-journal"), path):
        file.unlink(missing_ok=True)


def _connect(path: Path) -> sqlite3.Connection:
    """Changes are on the disk when they are committed; what they replace is overwritten."""
    connection = sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=_LOCK_WAIT_S, isolation_level=None)
    connection.execute("PRAGMA synchronous = EXTRA")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _check_kind(connection: sqlite3.Connection, path: Path) -> None:
    if connection.execute("PRAGMA application_id").fetchone()[0] != _APPLICATION:
        raise VaultError(f"The file {path} is not a vault", _RESTORE)
    if connection.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
        raise VaultError(f"The vault {path} was written by a newer uockam", "Upgrade uockam")


def _write(connection: sqlite3.Connection, changes: dict[bytes, bytes | None]) -> None:
    rows = [(name, value, _check_sum(name, value)) for name, value in changes.items() if value is not None]
    connection.execute("BEGIN IMMEDIATE")  # closing the connection before the COMMIT undoes it
    connection.executemany("DELETE FROM record WHERE name = ?", [(name,) for name in changes])
    connection.executemany("INSERT INTO record (name, value, crc) VALUES (?, ?, ?)", rows)
    connection.execute("COMMIT")


def _check_sum(name: bytes, value: bytes) -> int:
    return crc32(value, crc32(name))


def _guard(path: Path) -> None:
    """Raises VaultError for a file that is missing or of somebody else; closes it to others."""
    try:
        found = path.stat()
        if hasattr(os, "getuid") and found.st_uid != os.getuid():
            raise VaultError(f"The vault {path} belongs to another user", "Use a copy of your own")
        if stat.S_IMODE(found.st_mode) & 0o077:
            path.chmod(PRIVATE_FILE)
    except FileNotFoundError:
        raise VaultError(f"The vault {path} is not there", "Put the file back, or restore it from a backup") from None
    except OSError as error:
        raise VaultError(f"The vault {path} cannot be opened: {error.strerror}", "Make it readable") from error


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A new private file to be filled, which is at path when that went well, and nowhere when it did not."""
    if path.exists():
        raise VaultExists(f"There is a file {path} already", "Name another path")
    new = path.with_name(f"{path.name}.new")
    try:
        _remove(new)  # left by a command that was killed
        _remove(path)
        os.close(os.open(new, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE_FILE))
        with _explained(path):
            yield new
        new.rename(path)
        _flush_folder(path.parent)
    except OSError as error:
        raise VaultError(f"The vault {path} cannot be made: {error.strerror}", "Name another path") from error
    finally:
        with suppress(OSError):
            _remove(new)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise VaultError(*explain("vault", path, str(error), _RESTORE)) from error


def _flush_folder(folder: Path) -> None:
    """So that the name of a new file survives a power cut, too; Windows needs no such thing."""
    if os.name == "posix":
        file = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
