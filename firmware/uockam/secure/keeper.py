"""Channels that come back: their initiator sets them up again after every loss, at the same address."""

import asyncio

from ..errors import Error
from ..log import INFO, log
from ..port import TYPE_CHECKING, random_bytes, ticks_diff, ticks_ms
from ..transport.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from ..node import Node
    from ..tasks import Task

STEADY_MS = 10_000  # a channel that lasted so long is no reason to wait longer before the next try


class Keeper:
    """Tries until it works, or is closed. `reach` makes one attempt."""

    def __init__(
        self, node: "Node", reach: "Callable[[], Coroutine[object, None, None]]", backoff: "Backoff | None" = None
    ) -> None:
        self._node = node
        self._reach = reach
        self._backoff = backoff or Backoff()
        self._since = ticks_ms()
        self._task: "Task | None" = None

    def lost(self) -> None:
        """The channel is down."""
        if self._task is None:
            if ticks_diff(ticks_ms(), self._since) > STEADY_MS:
                self._backoff.reset()
            self._task = self._node.spawn("secure channel", self._run())

    async def _run(self) -> None:
        while self._task is not None:
            await asyncio.sleep(self._backoff.next_ms(random_bytes(1)[0]) / 1000)
            try:
                await self._reach()
            except Error as error:
                log(INFO, "uockam.secure", "channel is still down: %s" % error)
            else:
                self._since = ticks_ms()
                self._task = None

    def close(self) -> None:
        """Try no more."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
