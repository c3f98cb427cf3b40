"""The library behind `uockam vault`: where keys are kept.

It prints nothing; every failure is an Error with a remedy.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from uockam.errors import Error
from uockam.secure.store import IDENTITY, VaultError

from .errors import InUse, InvalidArgument, VaultExists
from .names import check_name, pet_name
from .passphrases import unlock
from .state import home, vault_file
from .state.identities import IdentityRecord
from .state.tables import Tables, opened
from .state.vault_file import NAME, VaultFile
from .state.vaults import VaultRecord


@dataclass(frozen=True)
class VaultInfo:
    """A vault. kind: "Internal" when its file is in the home, else "External". identities: names of those in it.

    has_passphrase is None and problem says why, when the file cannot be used.
    """

    name: str
    kind: str
    path: str
    is_default: bool
    has_passphrase: bool | None = None
    identities: list[str] = field(default_factory=list)
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "name": self.name,
            "type": self.kind,
            "path": self.path,
            "is_default": self.is_default,
            "passphrase": self.has_passphrase,
            "identities": self.identities,
            **({"problem": self.problem} if self.problem else {}),
        }


def create(name: str | None = None, path: str | None = None, passphrase: str | None = None) -> VaultInfo:
    """Make a vault, or take over the one that is in the file: the way to restore a backup.

    name: None picks a random pet name. path: of its file; None is one in the home. passphrase: of a new one.
    Raises InvalidArgument, VaultExists, VaultError.
    """
    _usable(passphrase)
    with opened() as tables, tables.writing():
        name = check_name(name, "") if name else pet_name(tables.vaults.names())
        record = VaultRecord(name, _absolute(path))
        _check_free(record, tables)
        add(record, tables, passphrase)
        return _info(record, tables)


def add(record: VaultRecord, tables: Tables, passphrase: str | None = None) -> None:
    """Write down a vault, with the identities that are in its file; the file is made if it is not there."""
    if not record.path.exists():
        _make(record, passphrase)
    elif passphrase is not None:
        raise VaultExists(f"There is a file {record.path} already", "Name another path, or leave out the passphrase")
    tables.vaults.put(record)
    _take_over(record, tables)


def list_all() -> list[VaultInfo]:
    """All vaults in order of creation; one that cannot be used says why."""
    with opened() as tables:
        return [_info(record, tables) for record in tables.vaults.all()]


def show(name: str | None = None) -> VaultInfo:
    """One of them. Raises VaultNotFound, NoDefaultVault."""
    with opened() as tables:
        return _info(tables.vault(name), tables)


def move(name: str | None, path: str) -> VaultInfo:
    """Put the file of a vault elsewhere. Raises InUse while nodes that use it run, VaultExists, VaultError."""
    with opened() as tables:
        with tables.writing():
            old = tables.vault(name)
            new = VaultRecord(old.name, _absolute(path), old.created_at)
            _check_idle(old.name, tables)
            old.file().copy(new.path)
            tables.vaults.put(new)
        vault_file.remove(old.path)  # at last: whatever happens before, there is one that is whole
        return _info(new, tables)


def back_up(name: str | None, path: str) -> VaultInfo:
    """Copy the vault to a file that is not there yet, also while nodes use it. Raises VaultExists, VaultError."""
    with opened() as tables:
        record = tables.vault(name)
        record.file().copy(Path(_absolute(path)))
        return _info(record, tables)


def set_passphrase(name: str | None, new: Callable[[], "str | None"]) -> VaultInfo:
    """Lock a vault with another passphrase, None for none; new gives it, once the vault is unlocked.

    Raises InvalidArgument, VaultLocked, WrongPassphrase, VaultError.
    """
    with opened() as tables:
        record = tables.vault(name)
        file = unlock(record.file())
        file.set_passphrase(_usable(new()))
        return _info(record, tables)


def delete(name: str | None = None) -> str:
    """Delete a vault with its file; returns its name. Raises InUse while identities are in it, VaultError."""
    with opened() as tables, tables.writing():
        record = tables.vault(name)
        used_by = ", ".join(identity.name for identity in tables.identities.in_vault(record.name))
        if used_by:
            raise InUse(
                f"The vault named {record.name} cannot be deleted because it is used by the identities: {used_by}",
                "Delete them first, with `uockam identity delete`: their keys are lost then",
            )
        vault_file.remove(record.path)
        tables.vaults.delete(record.name)
        return record.name


def delete_all() -> list[tuple[str, str]]:
    """Delete every vault, going on after failures; (name, why it could not be deleted) of each."""
    return [(one.name, _failure(one.name)) for one in list_all()]


def _usable(passphrase: str | None) -> str | None:
    if passphrase == "":
        raise InvalidArgument("The passphrase is empty", "Give a longer one, or none")
    return passphrase


def _failure(name: str) -> str:
    try:
        delete(name)
    except Error as error:
        return str(error)
    return ""


def _info(record: VaultRecord, tables: Tables) -> VaultInfo:
    default = tables.vaults.default()
    has_passphrase, problem = _condition(record)
    return VaultInfo(
        record.name,
        "External" if record.own_path else "Internal",
        str(record.path),
        default is not None and default.name == record.name,
        has_passphrase,
        [identity.name for identity in tables.identities.in_vault(record.name)],
        problem,
    )


def _condition(record: VaultRecord) -> tuple[bool | None, str]:
    try:
        return record.file().has_passphrase, ""
    except VaultError as error:
        return None, str(error)


def _absolute(path: str | None) -> str:
    if path is None:
        return ""
    place = Path(path).expanduser().resolve()
    if place.is_dir():
        raise InvalidArgument(f"{place} is a folder", "Name the file of the vault")
    return str(place)


def _check_free(record: VaultRecord, tables: Tables) -> None:
    if tables.vaults.get(record.name):
        raise VaultExists(
            f"A vault named {record.name} already exists",
            "Please try using a different name or delete the existing vault",
        )
    other = tables.vaults.at(record.path)
    if other:
        raise VaultExists(f"The file {record.path} is that of the vault {other.name}", "Name another path")


def _make(record: VaultRecord, passphrase: str | None) -> None:
    if not record.own_path:
        home.make_private_folder(record.path.parent)
    vault_file.create(record.path, passphrase)


def _take_over(record: VaultRecord, tables: Tables) -> None:
    """Give the identities in its file the names that they had, or others where those are taken."""
    file = record.file()
    names = {each: file.get(NAME + each) or b"" for each in identifiers(file)}
    for identifier in sorted(names, key=lambda each: names[each]):
        text = f"I{identifier.hex()}"
        known = tables.identities.of(text)
        if known:
            raise VaultExists(
                f"The identity {text} of this vault is known already, as {known.name} in the vault {known.vault}",
                f"Delete that one first, or go on using it: `uockam identity show {known.name}`",
            )
        name = _free_name(names[identifier], tables.identities.names())
        tables.identities.add(IdentityRecord(name, text, record.name))


def identifiers(file: VaultFile) -> list[bytes]:
    """Of the identities whose keys are in the file; as Keys.identifiers, without a load of the cryptography."""
    return [name[len(IDENTITY) :] for name in file.names(IDENTITY)]


def _free_name(former: bytes, taken: list[str]) -> str:
    try:
        name = check_name(former.decode(), "")
    except (UnicodeDecodeError, InvalidArgument):
        return pet_name(taken)
    return pet_name(taken) if name in taken else name


def _check_idle(vault: str, tables: Tables) -> None:
    from .node.running import find

    users = [node for identity in tables.identities.in_vault(vault) for node in tables.nodes_with(identity.name)]
    running = [node for node in users if find(node)]
    if running:
        raise InUse(
            f"The vault {vault} cannot be moved because it is used by the node(s): {', '.join(running)}",
            f"Stop them first: `uockam node stop {running[0]}`",
        )
