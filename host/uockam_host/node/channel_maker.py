"""What a node's process makes secure channels with: identities of this machine, whatever vault has their keys."""

from typing import Any

from uockam.node import Node
from uockam.secure.keys import Keys
from uockam.secure.store import KNOWN, Store
from uockam.secure.workers import SecureChannels

from .. import identities
from ..passphrases import unlock
from ..state.tables import opened
from .settings import Settings
from .ways import policy_of


class Vaults(Store):
    """The vaults of several identities as one store; what is known of peers is in that of the first one."""

    def __init__(self) -> None:
        self._vaults: dict[bytes, Store] = {}  # by identifier

    def add(self, identifier: bytes, vault: Store) -> None:
        """The keys of this identity are in this vault."""
        self._vaults[identifier] = vault

    def get(self, name: bytes) -> "bytes | None":
        """From the vault of the identity that the name is about."""
        return self._vault(name).get(name)

    def put(self, changes: "dict[bytes, bytes | None]") -> None:
        """In one vault: changes are about one identity."""
        self._vault(next(iter(changes))).put(changes)

    def names(self, start: bytes = b"") -> list[bytes]:
        """Of the first vault."""
        return self._vault(start).names(start)

    def _vault(self, name: bytes) -> Store:
        own = None if name.startswith(KNOWN) else self._vaults.get(name.partition(b":")[2])
        return own or next(iter(self._vaults.values()))


class ChannelMaker:
    """Raises IdentityNotFound, VaultError. `secure` are the channels of the node."""

    def __init__(self, node: Node, settings: Settings) -> None:
        self._vaults = Vaults()
        self._opened: dict[str, bytes] = {}
        self._keys = Keys(self._vaults)
        own = identities.ensure(settings.identity or None).identity  # of a node from before there were identities: made
        settings.adopt_identity(own.name)
        self.secure = SecureChannels(node, self._keys, self.identifier(own.name))

    def identifier(self, identity: str) -> bytes:
        """Of a named identity, whose keys can be used from now on; "" is the node's own."""
        if not identity:
            return self.secure.identifier
        if identity not in self._opened:
            self._open(identity)
        return self._opened[identity]

    async def listen(self, address: str, authorized: "list[bytes] | None", identity: str) -> Any:
        """A listener at this address; who may make channels there, None for everybody; who it is."""
        return await self.secure.listen(address, policy_of(authorized), self.identifier(identity))

    def history(self, identifier: bytes) -> bytes:
        """The change history that a peer has shown, b"" when it is not known any more."""
        return self._keys.known.get(identifier) or b""

    def _open(self, identity: str) -> None:
        with opened() as tables:
            record = tables.identity(identity)
            self._vaults.add(record.id32, unlock(tables.vault(record.vault).file()))
        self._opened[identity] = record.id32
