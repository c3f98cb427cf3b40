"""One node in this process, with all that belongs to it: services, TCP, management, and the board behind it."""

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from uockam import api
from uockam.node import Node
from uockam.services import start_default
from uockam.services.manager import start_kind
from uockam.services.relay import RelayService

from ..errors import SpawnError
from ..state import home
from ..state.nodes import NodeRecord
from . import endpoint
from .manager import BoardManager, HostManager
from .relays import Relays
from .secure_channels import Channels
from .settings import SERVICES, Settings
from .transports import Transports

if TYPE_CHECKING:
    from ..device.virtual import VirtualBoard
    from .board import Board

_BOARD_UP_MS = 30_000  # from opening the port to the board's answer: copying the firmware at 115200 baud included
_log = logging.getLogger("uockam.host.node")


class Serving:
    """start() it, and stop() it whatever start did."""

    def __init__(self, record: NodeRecord, stop_requested: Callable[[], None]) -> None:
        """stop_requested: called when the owner asks the node to stop. Raises StateError for broken settings."""
        self._record = record
        self._settings = Settings(record)
        self._stop_requested = stop_requested
        self._node = Node(record.name)
        self._transports = Transports(self._node, self._settings)
        self._endpoint: endpoint.Endpoint | None = None
        self._virtual: VirtualBoard | None = None
        self._board: Board | None = None
        self._board_tasks: list[asyncio.Task[None]] = []

    async def start(self) -> str:
        """Returns, with the text of the management endpoint, when the node answers. Raises uockam's Error."""
        _log.info("Initializing node name=%s", self._record.name)
        await self._transports.restore()
        if self._record.kind == "host":
            await self._start_services()
        else:
            await self._start_board()
        await self._start_manager()
        self._endpoint = await endpoint.serve(self._node)
        self._settings.came_up(self._transports.first_address)
        return self._endpoint.text

    async def stop(self) -> None:
        """End everything, and keep the state."""
        _log.info("Stopping node name=%s", self._record.name)
        if self._endpoint is not None:
            self._endpoint.close()
        if self._board is not None:
            await self._stop_board(self._board)
        if self._virtual is not None:
            await self._virtual.stop()
        await self._node.stop()
        _log.info("Node stopped name=%s", self._record.name)

    async def _start_manager(self) -> None:
        if self._board is None:
            return await self._start_host_manager()
        from . import console

        relays = await self._start_relays(Channels(self._node, self._transports.tcp, self._settings))
        manager = BoardManager(self._node, self._transports, relays, self._settings, self._stop_requested, self._board)
        await manager.start_services()
        self._board_tasks.append(asyncio.create_task(manager.keep_services()))
        self._board_tasks += await console.serve(self._node, self._board)
        return await manager.start()

    async def _start_host_manager(self) -> None:
        channels = Channels(self._node, self._transports.tcp, self._settings)
        await channels.restore()
        relays = await self._start_relays(channels)
        await HostManager(self._node, self._transports, channels, relays, self._settings, self._stop_requested).start()

    async def _start_relays(self, channels: Channels) -> Relays:
        relays = Relays(self._node, channels.ways, self._settings)
        await relays.restore()
        return relays

    async def _start_services(self) -> None:
        await start_default(self._node)
        await RelayService(self._node).start()
        for kind, address in self._settings.all(SERVICES):
            await self._start_service(kind, address)

    async def _start_service(self, kind: str, address: str) -> None:
        try:
            await start_kind(self._node, kind, address)
        except api.Reject as error:
            raise SpawnError(error.message, f"Run `uockam node delete {self._record.name}`") from error

    async def _start_board(self) -> None:
        from . import owning
        from .board import Board

        self._board = Board(self._node, await self._port(), log=logging.getLogger("uockam.host.board").log)
        self._board_tasks.append(asyncio.create_task(self._board.run()))
        await self._board.wait_up(_BOARD_UP_MS)
        if not self._record.was_up:
            await owning.claim(self._board)

    async def _port(self) -> str:
        if self._record.kind == "serial":
            return self._record.port or ""
        from ..device.virtual import VirtualBoard

        self._virtual = VirtualBoard(home.board_folder(self._record.name))
        await self._virtual.start()
        return self._virtual.port

    async def _stop_board(self, board: "Board") -> None:
        await board.stop_node()
        for task in self._board_tasks:
            task.cancel()
        await asyncio.gather(*self._board_tasks, return_exceptions=True)
