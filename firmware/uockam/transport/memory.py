"""Links in memory: two ends of one stream, for tests and for nodes in one program."""

import asyncio

from ..port import TYPE_CHECKING
from .link import Link

if TYPE_CHECKING:
    from ..node import Node

_HIGH_WATER = 64 * 1024  # bytes on their way before the writer is asked to wait


class MemoryLink(Link):
    """One end. `piece`: how many bytes are handed over at a time, 0 for all; `hold` keeps them until `release`."""

    kind = "memory"

    def __init__(self, node: "Node", peer: str, piece: int = 0) -> None:
        self.peer = peer
        self.piece = piece
        self.other: "MemoryLink | None" = None
        self._node = node
        self._queue = b""
        self._waiting = False
        self._paused = False
        self._held = False
        self._ended = False
        self._moved = asyncio.Event()

    def write(self, data: bytes) -> None:
        if self._ended or self.other is None:
            return
        self._queue += data
        self._schedule()

    def full(self) -> bool:
        return len(self._queue) > _HIGH_WATER

    async def drained(self) -> None:
        while self.full() and not self._ended:
            self._moved.clear()
            await self._moved.wait()

    def pause(self) -> None:
        self._paused = True

    def resume(self) -> None:
        self._paused = False
        if self.other is not None:
            self.other._schedule()

    def hold(self) -> None:
        """Keep what is written, as a slow line does."""
        self._held = True

    def release(self) -> None:
        """Hand over what was kept, and what follows."""
        self._held = False
        self._schedule()

    def close(self) -> None:
        self._end("closed")
        if self.other is not None:
            self.other._node.spawn("memory link", self.other._end_later())

    async def _end_later(self) -> None:
        self._end("the peer closed it")

    def _end(self, reason: str) -> None:
        if not self._ended:
            self._ended = True
            self._moved.set()
            if self.connection is not None:
                self.connection.lost(reason)

    def _schedule(self) -> None:
        if not self._waiting:
            self._waiting = True
            self._node.spawn("memory link", self._move())

    async def _move(self) -> None:
        self._waiting = False
        other = self.other
        while self._queue and not self._held and other is not None and not other._paused and not other._ended:
            size = self.piece or len(self._queue)
            data, self._queue = self._queue[:size], self._queue[size:]
            self._moved.set()
            if other.connection is not None:
                other.connection.received(data)


def pair(node: "Node", other: "Node", piece: int = 0) -> "tuple[MemoryLink, MemoryLink]":
    """Two links that are each other's peers, one for each node; open a Connection on each."""
    one = MemoryLink(node, "memory", piece)
    two = MemoryLink(other, "memory", piece)
    one.other, two.other = two, one
    return one, two
