"""The console of a board: what it prints, to everybody who watches, and what they type, to it (wire_console.py).

It runs in the process that has the board's port, for its owner.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress

from uockam.access import OWNER
from uockam.address import Address
from uockam.endpoint import Asker
from uockam.errors import DeliveryError, Error, LimitError, ProtocolError
from uockam.message import Message, local
from uockam.node import Node
from uockam.worker import Context, Worker

from .board import Board
from .wire_console import CONSOLE, FAREWELL, HOLD, KEYS, LEAVE, STATE, TEXT, WATCH

_MISSED = b"\r\n[some of what the board printed was left out here]\r\n"

Route = tuple[Address, ...]


class Watcher(Asker):
    """Somebody at the other end of a route, as long as the first hop of it is there."""

    def __init__(self, node: Node, route: Route, forget: Callable[[Route], object]) -> None:
        """Raises NoSuchAddress."""
        self._node = node
        self._route = route
        self._forget = forget
        self._missed = False
        self._first = node.router.find(local(route, (), b""))
        self._first.add_asker(self)

    def fail(self, error: Error) -> None:
        """The way there is gone."""
        self._forget(self._route)

    def close(self) -> None:
        """It watches no more."""
        self._first.drop_asker(self)

    def tell(self, kind: bytes, data: bytes) -> None:
        """Send, unless too much waits to be sent already: a watcher that does not read holds up nobody."""
        if self._missed and kind == TEXT:
            data = _MISSED + data
        self._missed = not self._sent(kind + data)

    def _sent(self, payload: bytes) -> bool:
        with suppress(DeliveryError, LimitError):
            return self._first.offer(local(self._route, (), payload))
        return False


class Console(Worker):
    """The watchers of one board."""

    def __init__(self, node: Node, board: Board) -> None:
        self._node = node
        self._board = board
        self._watchers: dict[Route, Watcher] = {}
        self._typing: set[Route] = set()  # those to whom the board was left
        board.cable.on_text = lambda data: self._tell_all(TEXT, data)

    async def start(self) -> None:
        """Start this worker at its address."""
        await self._node.start_worker(CONSOLE, self, access=OWNER)

    async def keep_told(self) -> None:
        """Tell watchers whether the board's node answers, until cancelled."""
        while True:
            await self._board.changed()
            self._tell_all(STATE, self._board.reason.encode())

    async def handle_message(self, context: Context, message: Message) -> None:
        kind, rest = message.payload[:1], message.payload[1:]
        if kind not in _HANDLERS:
            raise ProtocolError("a message for a console that is none")
        _HANDLERS[kind](self, message.return_route, rest)

    def _watch(self, route: Route, rest: bytes) -> None:
        self._forget(route)
        self._watchers[route] = Watcher(self._node, route, self._forget)
        self._watchers[route].tell(STATE, self._board.reason.encode())

    def _type(self, route: Route, keys: bytes) -> None:
        if self._board.cable.type(keys):
            self._typing.add(route)

    def _hold(self, route: Route, rest: bytes) -> None:
        self._board.cable.hold()

    def _leave(self, route: Route, rest: bytes) -> None:
        watcher = self._watchers.pop(route, None)
        if watcher is not None:
            self._node.spawn("console", self._say_farewell(route, watcher))

    async def _say_farewell(self, route: Route, watcher: Watcher) -> None:
        await self._let_go(route)
        watcher.close()
        watcher.tell(FAREWELL, self._board.reason.encode())

    def _forget(self, route: Route) -> None:
        watcher = self._watchers.pop(route, None)
        if watcher is not None:
            watcher.close()
            self._node.spawn("console", self._let_go(route))

    async def _let_go(self, route: Route) -> None:
        """The last one who typed is gone: the board's node goes on."""
        if route in self._typing:
            self._typing.discard(route)
            if not self._typing:
                await self._board.bring_back()

    def _tell_all(self, kind: bytes, data: bytes) -> None:
        for watcher in tuple(self._watchers.values()):
            watcher.tell(kind, data)


_HANDLERS: dict[bytes, Callable[[Console, Route, bytes], None]] = {
    WATCH: Console._watch,
    KEYS: Console._type,
    HOLD: Console._hold,
    LEAVE: Console._leave,
}


async def serve(node: Node, board: Board) -> "list[asyncio.Task[None]]":
    """Start the console of a board; the tasks to cancel at its end."""
    console = Console(node, board)
    await console.start()
    told: Coroutine[object, object, None] = console.keep_told()
    return [asyncio.create_task(told)]
