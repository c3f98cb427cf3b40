"""The management service's part about secure channels for a board's node: the board takes channels and makes none."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from uockam import api
from uockam.services.manager import NODE_STATUS, WORKER, WORKER_LIST

from .bodies import ADDRESS, CHANNEL_LISTENER, FLOW, pack_address, unpack_address
from .routes import Pairs

if TYPE_CHECKING:
    from .board import Board

_LISTENER = "api"  # where a board takes channels (device/services/api.py)
_NONE = "A board makes no secure channels on command"


class BoardChannels:
    """As Channels. ask: the board's own management service; raises api.Reject."""

    identity_name = ""  # names are of this computer

    def __init__(self, board: "Board", ask: Callable[[int, str, object], Coroutine[object, None, Any]]) -> None:
        self._board = board
        self._ask = ask

    def table(self) -> tuple[tuple[int, str, object], ...]:
        """Rows for uockam's Manager."""
        return (
            (api.GET, "node/secure_channel", self._list_channels),
            (api.GET, "node/show_secure_channel", self._refuse),
            (api.POST, "node/secure_channel", self._refuse),
            (api.DELETE, "node/secure_channel", self._refuse),
            (api.GET, "node/secure_channel_listener", self._list_listeners),
            (api.GET, "node/show_secure_channel_listener", self._show_listener),
            (api.POST, "node/secure_channel_listener", self._refuse),
            (api.DELETE, "node/secure_channel_listener", self._refuse),
        )

    def identifier(self) -> "bytes | None":
        """Not known without asking the board."""
        return None

    async def proved(self) -> "bytes | None":
        """The identifier of the board; None for one that has no identity or cannot be reached."""
        if not self._board.up:
            return None
        status: dict[str, Any] = NODE_STATUS.unpack(await self._ask(api.GET, "node", None))
        identifier: bytes | None = status["identifier"]
        return identifier

    async def pack_listeners(self) -> list[Any]:
        """The body of the board's listener, if it has one."""
        if not self._board.up or _LISTENER not in await self._workers():
            return []
        return [
            CHANNEL_LISTENER.pack(
                address=pack_address(_LISTENER),
                flow=FLOW.pack(id=""),
                key_exchange_only=False,
                identifier=await self.proved(),
            )
        ]

    async def ask(self, pairs: Pairs, payload: bytes, timeout_ms: int) -> bytes:
        """Raises api.Reject."""
        raise api.Reject(api.BAD_REQUEST, _NONE)

    async def _workers(self) -> list[str]:
        values: dict[str, Any] = WORKER_LIST.unpack(await self._ask(api.GET, "node/workers", None))
        return [str(WORKER.unpack(item)["address"]) for item in values["workers"]]

    async def _list_channels(self, parts: list[str], body: object) -> Any:
        return [[]]

    async def _list_listeners(self, parts: list[str], body: object) -> Any:
        return [await self.pack_listeners()]

    async def _show_listener(self, parts: list[str], body: object) -> Any:
        address = unpack_address(ADDRESS.unpack(body)["address"])
        for listener in await self.pack_listeners():
            if address.value == _LISTENER.encode():
                return listener
        raise api.Reject(api.NOT_FOUND, f"Secure channel listener with address, {address}, not found")

    async def _refuse(self, parts: list[str], body: object) -> Any:
        raise api.Reject(api.BAD_REQUEST, _NONE)
