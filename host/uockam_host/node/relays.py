"""The management service's relays: names under which other nodes forward messages to this one (wire.md 5.4)."""

from typing import Any

from uockam import api, multiaddr
from uockam.address import Address
from uockam.identifier import identifier_text, parse_identifier
from uockam.log import safe
from uockam.message import name_of
from uockam.node import Node
from uockam.secure.policy import ANYONE, Only
from uockam.services import relay_client
from uockam.services.relay_client import RelayClient

from .relay_info import AT_ONCE, CREATE_RELAY, RelayInfo, pack
from .settings import RELAYS, Settings
from .ways import Way, Ways

OPEN_MS = 15_000  # for the connection and the channels of a route
_IDENTIFIER_BYTES = 32
_MOST = 1000  # of one node: each has a connection of its own


class Along(relay_client.Way):
    """Along a MultiAddr, with connections and channels of its own."""

    def __init__(self, ways: Ways, at: str, authorized: str) -> None:
        """authorized: who has to be at the end of the last channel, "" for anybody. Raises InvalidAddress."""
        self._ways = ways
        self._pairs = multiaddr.parse(at)
        self._policy = Only(parse_identifier(authorized)) if authorized else ANYONE
        self._way: Way | None = None

    async def open(self) -> tuple[Address, ...]:
        self._way = await self._ways.open(self._pairs, OPEN_MS, policy=self._policy)
        return self._way.hops

    def close(self) -> None:
        if self._way is not None:
            self._way.close()
            self._way = None


class Relays:
    """The relays of one node: as a table for the manager, restored at the node's start, and kept registered."""

    def __init__(self, node: Node, ways: Ways, settings: Settings) -> None:
        self._node = node
        self._ways = ways
        self._settings = settings
        self._clients: dict[str, tuple[RelayClient, str]] = {}  # by name, each with its route

    def table(self) -> tuple[tuple[int, str, object], ...]:
        """Rows for uockam's Manager."""
        return (
            (api.GET, "node/relay", self._list),
            (api.GET, "node/relay/*", self._show),
            (api.POST, "node/relay", self._create),
            (api.DELETE, "node/relay/*", self._delete),
        )

    async def restore(self) -> None:
        """Begin to register what the settings say."""
        for saved in self._settings.all(RELAYS):
            await self._start(*saved)

    async def _list(self, parts: list[str], body: object) -> Any:
        return [self._pack(name) for name in self._clients]

    async def _show(self, parts: list[str], body: object) -> Any:
        return self._pack(self._existing(parts[0]))

    async def _create(self, parts: list[str], body: object) -> Any:
        values: dict[str, Any] = CREATE_RELAY.unpack(body)
        name = self._new(values["name"])
        authorized = values["authorized"] or b""
        if authorized and len(authorized) != _IDENTIFIER_BYTES:
            raise api.Reject(api.BAD_REQUEST, "something that is not an identifier")
        at = multiaddr.format(multiaddr.decode(values["at"]))
        saved = [name, at, identifier_text(authorized) if authorized else "", values["relay_address"] or name]
        client = await self._start(*saved)
        if values["wait"] != AT_ONCE:
            await client.tried()
            reason = client.reason
            if reason:
                self._forget(name)
                raise api.Reject(api.INTERNAL, reason)
        self._settings.add(RELAYS, saved)
        return self._pack(name)

    async def _delete(self, parts: list[str], body: object) -> Any:
        name = self._existing(parts[0])
        self._forget(name)
        for saved in self._settings.all(RELAYS):
            if saved[0] == name:
                self._settings.discard(RELAYS, saved)
        return []

    async def _start(self, name: str, at: str, authorized: str, relay_address: str) -> RelayClient:
        client = RelayClient(self._node, relay_address, Along(self._ways, at, authorized))
        self._clients[name] = client, at
        await client.start()
        return client

    def _forget(self, name: str) -> None:
        client, _ = self._clients.pop(name)
        client.close()

    def _new(self, name: str) -> str:
        if not name or "/" in name:
            raise api.Reject(api.BAD_REQUEST, f"a relay cannot have the name '{safe(name)}'")
        if name in self._clients:
            raise api.Reject(api.CONFLICT, f"A relay with the name '{safe(name)}' already exists")
        if len(self._clients) >= _MOST:
            raise api.Reject(api.CONFLICT, f"a node has {_MOST} relays at most")
        return name

    def _existing(self, name: str) -> str:
        if name not in self._clients:
            raise api.Reject(api.NOT_FOUND, f"Relay with alias {safe(name)} not found.")
        return name

    def _pack(self, name: str) -> Any:
        client, at = self._clients[name]
        address = name_of(client.address) if client.address else ""
        return pack(RelayInfo(name, at, address, name_of(client.own), client.reason))
