"""The library behind `uockam identity`: named identities, and their keys for whoever opens channels.

It prints nothing; every failure is an Error with a remedy. What needs the cryptography is imported where it is used: a
command that only names identities is quick.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from uockam.errors import Error

from .errors import InUse, InvalidArgument
from .names import check_name, pet_name
from .state.identities import IdentityRecord
from .state.tables import Tables, opened

if TYPE_CHECKING:
    from uockam.secure.identity import History
    from uockam.secure.keys import Keys

    from .state.vault_file import VaultFile

SEED_BYTES = 32
_DEFAULT_VAULT = "default"


@dataclass(frozen=True)
class IdentityInfo:
    """A named identity. identifier: I and 64 hex digits. vault: the name of the one that has its keys."""

    name: str
    identifier: str
    vault: str
    is_default: bool

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "name": self.name,
            "identifier": self.identifier,
            "vault": self.vault,
            "is_default": self.is_default,
        }


@dataclass(frozen=True)
class Made:
    """What `create` found or made; new_vault: the name of the vault that it made first, or ""."""

    identity: IdentityInfo
    is_new: bool
    new_vault: str = ""


def create(name: str | None = None, vault: str | None = None) -> Made:
    """Make an identity, unless there is one of that name; the first one is the default, and so is the first vault.

    name: None picks a random pet name. vault: None is the default one.
    Raises InvalidArgument, VaultNotFound, VaultLocked, WrongPassphrase, VaultError, StateError.
    """
    with opened() as tables:
        return _find_or_make(lambda: _found(name, vault, tables), name, vault, tables)


def ensure(name: str | None = None) -> Made:
    """The identity of this name, or the default one, which is made if there is none. Raises as create."""
    with opened() as tables:
        if name is not None:
            return Made(_info(tables.identity(name)), is_new=False)
        return _find_or_make(tables.identities.default, None, None, tables)


def open_keys(name: str | None = None) -> "tuple[Keys, bytes]":
    """The keys in the vault of an identity, and its identifier of 32 bytes; at first use the default one is made.

    Raises IdentityNotFound, VaultLocked, WrongPassphrase, VaultError, StateError.
    """
    found = ensure(name).identity
    with opened() as tables:
        return _keys(_unlocked(tables.vault(found.vault).file())), bytes.fromhex(found.identifier[1:])


def list_all() -> list[IdentityInfo]:
    """All identities in order of creation."""
    with opened() as tables:
        return [_info(record) for record in tables.identities.all()]


def show(name: str | None = None) -> IdentityInfo:
    """One of them. Raises IdentityNotFound, NoDefaultIdentity."""
    with opened() as tables:
        return _info(tables.identity(name))


def history(name: str | None = None) -> "History":
    """Its change history; no passphrase is needed. Raises IdentityNotFound, NoDefaultIdentity, VaultError."""
    with opened() as tables:
        record = tables.identity(name)
        return _history(record, tables.vault(record.vault).file())


def set_default(name: str) -> bool:
    """Make this identity the default; False when it was already. Raises IdentityNotFound."""
    with opened() as tables, tables.writing():
        record = tables.identity(name)
        if not record.is_default:
            tables.identities.set_default(record.name)
        return not record.is_default


def has_passphrase(name: str | None = None) -> bool:
    """Whether the vault of an identity needs one; loads no cryptography. False when there is no default identity.

    Raises IdentityNotFound, VaultError.
    """
    with opened() as tables:
        if name is None and tables.identities.default() is None:
            return False
        return tables.vault(tables.identity(name).vault).file().has_passphrase


def rotate(name: str | None = None) -> "tuple[IdentityInfo, History, list[str]]":
    """Give the identity a new key and forget the old one: (it, its history, nodes that use it and are running).

    Raises IdentityNotFound, NoDefaultIdentity, VaultLocked, VaultError, LimitError.
    """
    from uockam.crypto.steps import last

    with opened() as tables:
        record = tables.identity(name)
        file = _unlocked(tables.vault(record.vault).file())
        with tables.writing():  # one rotation at a time: of two at once, one would be lost
            made = last(_keys(file).rotate_steps(record.id32, os.urandom(SEED_BYTES), int(time.time())))
        return _info(record), made, _running(tables.nodes_with(record.name))


def delete(name: str | None = None) -> str:
    """Delete an identity with its keys; returns its name. Raises InUse, IdentityNotFound, VaultError."""
    with opened() as tables, tables.writing():
        record = tables.identity(name)
        nodes = ", ".join(tables.nodes_with(record.name))
        if nodes:
            raise InUse(
                f"The identity named {record.name} cannot be deleted because it is used by the node(s): {nodes}",
                "Delete them first, with `uockam node delete`",
            )
        _forget(record, tables.vault(record.vault).file())
        tables.identities.delete(record.name)
        return record.name


def delete_all() -> list[tuple[str, str]]:
    """Delete every identity, going on after failures; (name, why it could not be deleted) of each."""
    return [(one.name, _failure(one.name)) for one in list_all()]


def _failure(name: str) -> str:
    try:
        delete(name)
    except Error as error:
        return str(error)
    return ""


def _find_or_make(
    find: Callable[[], IdentityRecord | None], name: str | None, vault: str | None, tables: Tables
) -> Made:
    found = find()
    if found:
        return Made(_info(found), is_new=False)
    new_vault = _ensure_vault(vault, tables)
    file = _unlocked(tables.vault(vault).file())  # it may ask a person: not while others wait for the state file
    with tables.writing():
        found = find()
        record = found or _make(name or pet_name(tables.identities.names()), file, tables)
        return Made(_info(record), found is None, "" if found else new_vault)


def _found(name: str | None, vault: str | None, tables: Tables) -> IdentityRecord | None:
    record = tables.identities.get(check_name(name, "")) if name else None
    if record and vault and record.vault != vault:
        raise InvalidArgument(
            f"There is an identity {record.name} already, in the vault {record.vault}", "Choose another name"
        )
    return record


def _ensure_vault(vault: str | None, tables: Tables) -> str:
    """Make the first vault if it is needed; its name, or ""."""
    from . import vaults
    from .state.vaults import VaultRecord

    with tables.writing():
        if vault or tables.vaults.default():
            return ""
        vaults.add(VaultRecord(_DEFAULT_VAULT), tables)
        return _DEFAULT_VAULT


def _unlocked(file: "VaultFile") -> "VaultFile":
    from .passphrases import unlock

    return unlock(file)


def _make(name: str, file: "VaultFile", tables: Tables) -> IdentityRecord:
    """Keys first, then the record. Keys of this name without a record are what a command left that was killed."""
    identifier = _left_over(name, file, tables) or _make_keys(name, file)
    tables.identities.add(IdentityRecord(name, f"I{identifier.hex()}", file.name))
    return tables.identity(name)


def _left_over(name: str, file: "VaultFile", tables: Tables) -> bytes | None:
    from .state.vault_file import NAME
    from .vaults import identifiers

    for identifier in identifiers(file):
        if file.get(NAME + identifier) == name.encode() and not tables.identities.of(f"I{identifier.hex()}"):
            return identifier
    return None


def _make_keys(name: str, file: "VaultFile") -> bytes:
    from uockam.crypto.steps import last
    from uockam.secure.keys import Keys
    from uockam.secure.store import MemoryStore

    from .state.vault_file import NAME

    draft = MemoryStore()  # so that the name gets into the file in the same transaction
    made = last(Keys(draft).create_steps(os.urandom(SEED_BYTES), int(time.time())))
    file.put({**{each: draft.get(each) for each in draft.names()}, NAME + made.identifier: name.encode()})
    return made.identifier


def _forget(record: IdentityRecord, file: "VaultFile") -> None:
    """Keys go before the record, so that what a killed command leaves can be deleted again."""
    from .state.vault_file import NAME

    _keys(file).remove(record.id32)
    file.put({NAME + record.id32: None})


def _history(record: IdentityRecord, file: "VaultFile") -> "History":
    from uockam.secure.store import VaultError

    found = _keys(file).history(record.id32)
    if found is None:
        raise VaultError(
            f"The keys of the identity {record.name} are not in the vault {file.name}",
            f"Restore the vault from a backup, or run `uockam identity delete {record.name}`",
        )
    return found


def _keys(file: "VaultFile") -> "Keys":
    from uockam.secure.keys import Keys

    return Keys(file)


def _running(nodes: list[str]) -> list[str]:
    from .node.running import find

    return [node for node in nodes if find(node)]


def _info(record: IdentityRecord) -> IdentityInfo:
    return IdentityInfo(record.name, record.identifier, record.vault, record.is_default)
