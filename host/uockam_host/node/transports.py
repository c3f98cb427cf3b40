"""The management service's TCP part: listeners and connections of a host's node (wire.md 5.4)."""

import logging
from typing import Any

from uockam import api
from uockam.log import safe
from uockam.message import name_of
from uockam.node import Node
from uockam.transport.connection import Connection
from uockam.transport.reconnect import Reconnecting
from uockam.transport.tcp import Listener, Tcp

from ..names import is_loopback
from .bodies import NO_WORKER, SOCKET, pack_transport
from .info import TransportInfo
from .settings import CONNECTIONS, LISTENERS, Settings

_log = logging.getLogger("uockam.host.tcp")


class Transports:
    """Listeners and connections: as a table for the manager, and restored at the node's start."""

    def __init__(self, node: Node, settings: Settings) -> None:
        self.tcp = Tcp(node)
        self._node = node
        self._settings = settings
        self._first: Listener | None = None
        self._supervised: list[Reconnecting] = []

    def table(self) -> tuple[tuple[int, str, object], ...]:
        """Rows for uockam's Manager."""
        return (
            (api.GET, "node/tcp/listener", self._list_listeners),
            (api.GET, "node/tcp/listener/*", self._show_listener),
            (api.POST, "node/tcp/listener", self._create_listener),
            (api.DELETE, "node/tcp/listener", self._delete_listener),
            (api.GET, "node/tcp/connection", self._list_connections),
            (api.GET, "node/tcp/connection/*", self._show_connection),
            (api.POST, "node/tcp/connection", self._create_connection),
            (api.DELETE, "node/tcp/connection", self._delete_connection),
        )

    async def restore(self) -> None:
        """Open what the settings say. Raises ConnectionLost when a port is taken."""
        if self._settings.listener:
            self._first = await self._listen(self._settings.listener)
        for address in self._settings.all(LISTENERS):
            await self._listen(address)
        for target in self._settings.all(CONNECTIONS):
            self._supervise(target)  # which may be up or down

    @property
    def first_address(self) -> str:
        """Of the listener that the node was made with, "" when that was closed for good."""
        return self._first.address if self._first else ""

    @property
    def address(self) -> str:
        """Of a listener, "" without one."""
        return self.tcp.listeners[0].address if self.tcp.listeners else ""

    def infos(self) -> list[TransportInfo]:
        """All of them, listeners first."""
        return [_listener_info(item) for item in self.tcp.listeners] + self._connection_infos()

    # -- listeners ----------------------------------------------------------------------------------------------------

    async def _list_listeners(self, parts: list[str], body: object) -> Any:
        return [pack_transport(_listener_info(item)) for item in self.tcp.listeners]

    async def _show_listener(self, parts: list[str], body: object) -> Any:
        return pack_transport(_listener_info(self._find_listener(parts[0])))

    async def _create_listener(self, parts: list[str], body: object) -> Any:
        listener = await self._listen(_address(body))
        self._settings.add(LISTENERS, listener.address)
        return pack_transport(_listener_info(listener))

    async def _delete_listener(self, parts: list[str], body: object) -> Any:
        listener = self._find_listener(_address(body))
        listener.close()
        if listener is self._first:
            self._first = None
            self._settings.no_listener()
        self._settings.discard(LISTENERS, listener.address)
        return []

    async def _listen(self, address: str) -> Listener:
        listener = await self.tcp.listen(address)
        if not is_loopback(listener.address):
            _log.warning("Whoever can reach %s can use the services of this node", listener.address)
        return listener

    def _find_listener(self, address: str) -> Listener:
        for listener in self.tcp.listeners:
            if _worker(address) == name_of(listener.worker) or address == listener.address:
                return listener
        raise api.Reject(api.NOT_FOUND, f"there is no TCP listener at {safe(address)}")

    # -- connections --------------------------------------------------------------------------------------------------

    async def _list_connections(self, parts: list[str], body: object) -> Any:
        return [pack_transport(item) for item in self._connection_infos()]

    async def _show_connection(self, parts: list[str], body: object) -> Any:
        for info in self._connection_infos():
            if info.worker == _worker(parts[0]) or info.socket == parts[0]:
                return pack_transport(info)
        raise _no_connection(parts[0])

    async def _create_connection(self, parts: list[str], body: object) -> Any:
        target = _address(body)
        supervised = self._supervise(target)
        await supervised.tried()
        reason = supervised.reason
        if reason:
            self._forget(supervised)
            raise api.Reject(api.INTERNAL, reason)
        self._settings.add(CONNECTIONS, target)
        return pack_transport(_supervised_info(supervised))

    async def _delete_connection(self, parts: list[str], body: object) -> Any:
        address = _address(body)
        for supervised in self._supervised:
            if _worker(address) == name_of(supervised.address) or address == supervised.target:
                self._forget(supervised)
                if supervised.target not in [item.target for item in self._supervised]:
                    self._settings.discard(CONNECTIONS, supervised.target)
                return []
        self._find_connection(address).close()
        return []

    def _find_connection(self, address: str) -> Connection:
        for connection in self.tcp.connections:
            if _worker(address) == name_of(connection.address) or address == connection.link.peer:
                return connection
        raise _no_connection(address)

    def _connection_infos(self) -> list[TransportInfo]:
        down = [_supervised_info(item) for item in self._supervised if item.reason]
        return [_connection_info(item) for item in self.tcp.connections] + down

    def _supervise(self, target: str) -> Reconnecting:
        supervised = Reconnecting(self._node, self.tcp, target)
        supervised.start()
        self._supervised.append(supervised)
        return supervised

    def _forget(self, supervised: Reconnecting) -> None:
        supervised.close()
        self._supervised.remove(supervised)


def _address(body: object) -> str:
    return str(SOCKET.unpack(body)["address"])


def _worker(text: str) -> str:
    """The bare name in `0#name`, `/worker/name`, `/service/name` and `name`."""
    return text.rpartition("/")[2].removeprefix("0#")


def _no_connection(address: str) -> api.Reject:
    return api.Reject(api.NOT_FOUND, f"there is no TCP connection at {safe(address)}")


def _listener_info(listener: Listener) -> TransportInfo:
    name = name_of(listener.worker)
    return TransportInfo("tcp", "listening", listener.address, NO_WORKER, name, name)


def _connection_info(connection: Connection) -> TransportInfo:
    name = name_of(connection.address)
    return TransportInfo("tcp", connection.mode, connection.link.peer, name, name, name)


def _supervised_info(supervised: Reconnecting) -> TransportInfo:
    name = name_of(supervised.address)
    return TransportInfo("tcp", "outgoing", supervised.target, name, name, name)
