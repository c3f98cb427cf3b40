"""The tables of the state file that are about keys, together."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import IdentityNotFound, NoDefaultIdentity, NoDefaultVault, StateError, VaultNotFound
from ..names import check_name
from .database import Database
from .identities import Identities, IdentityRecord
from .vaults import VaultRecord, Vaults

if TYPE_CHECKING:
    from .nodes import NodeRecord

IDENTITY_OPTION = "identity"  # of a node: the name of the identity that it was made with


class Tables:
    """Vaults and identities of an open state file."""

    def __init__(self, database: Database) -> None:
        self.writing = database.writing
        self.vaults = Vaults(database)
        self.identities = Identities(database)
        self._database = database

    def vault(self, name: str | None) -> VaultRecord:
        """The record of a vault, of the default one for None. Raises VaultNotFound, NoDefaultVault."""
        record = self.vaults.default() if name is None else self.vaults.get(check_name(name, ""))
        if record is not None:
            return record
        if name is None:
            raise NoDefaultVault
        raise VaultNotFound(name, self.vaults.names())

    def identity(self, name: str | None) -> IdentityRecord:
        """The record of an identity, of the default one for None. Raises IdentityNotFound, NoDefaultIdentity."""
        record = self.identities.default() if name is None else self.identities.get(check_name(name, ""))
        if record is not None:
            return record
        if name is None:
            raise NoDefaultIdentity
        raise IdentityNotFound(name, self.identities.names())

    def nodes_with(self, identity: str) -> list[str]:
        """Names of the nodes that were made with this identity; one whose settings cannot be read has none."""
        from .nodes import Nodes

        return [record.name for record in Nodes(self._database).all() if _has(record, identity)]


@contextmanager
def opened() -> Iterator[Tables]:
    """The tables, for the time of one command. Raises StateError."""
    with Database() as database:
        yield Tables(database)


def _has(record: "NodeRecord", identity: str) -> bool:
    try:
        return record.options.get(IDENTITY_OPTION) == identity
    except StateError:
        return False
