"""The management service's part about secure channels for a board's node: the board takes channels and makes none."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from uockam import api
from uockam.services.manager import NODE_STATUS

from .routes import Pairs

if TYPE_CHECKING:
    from .board import Board

_NONE = "A board makes no secure channels on command"
_LISTENERS = "node/secure_channel_listener"


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
            self._passed_on(api.GET, _LISTENERS),
            self._passed_on(api.GET, "node/show_secure_channel_listener"),
            self._passed_on(api.POST, _LISTENERS),
            self._passed_on(api.DELETE, _LISTENERS),
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
        """The bodies of the board's listeners; none while it cannot be reached."""
        found = await self._ask(api.GET, _LISTENERS, None) if self._board.up else None
        return found[0] if found else []

    async def ask(
        self, pairs: Pairs, payload: bytes, timeout_ms: int, authorized: "list[bytes] | None" = None
    ) -> bytes:
        """Raises api.Reject."""
        raise api.Reject(api.BAD_REQUEST, _NONE)

    async def _list_channels(self, parts: list[str], body: object) -> Any:
        return [[]]

    async def _refuse(self, parts: list[str], body: object) -> Any:
        raise api.Reject(api.BAD_REQUEST, _NONE)

    def _passed_on(self, method: int, path: str) -> tuple[int, str, object]:
        async def ask(parts: list[str], body: object) -> Any:
            return await self._ask(method, path, body)

        return method, path, ask
