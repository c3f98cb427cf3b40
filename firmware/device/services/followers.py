"""Those that asked to be told of what happens, until their lease ends: asking again in time renews it."""

import asyncio

from uockam import Message
from uockam.errors import DeliveryError, LimitError
from uockam.port import ticks_add, ticks_diff, ticks_ms

from .words import Refusal

MOST = 4  # at once: each has a task, and costs messages
LEASE_S = 300  # whoever lost its worker, which nobody is told about, costs no more than that


class Followers:
    """Asks look() for each follower, every `look_ms`; the text that it returns is sent, None is not."""

    def __init__(self, node: object, look_ms: int) -> None:
        self._node = node
        self._look_ms = look_ms
        # (route back, topic) -> (task, when the lease ends in ticks)
        self._all: "dict[tuple[object, str], tuple[object, int]]" = {}

    def add(self, message: Message, topic: str, look: object) -> None:
        """Tell the sender of `message`; once for each topic. Raises Refusal when there are too many."""
        if not message.return_route:
            raise Refusal("nobody can be told without a return route")
        key = (message.return_route, topic)
        due = ticks_add(ticks_ms(), LEASE_S * 1000)
        if key in self._all:
            self._all[key] = (self._all[key][0], due)
            return
        if len(self._all) >= MOST:
            raise Refusal("%d are being told already, which is the most; try again in %d s" % (MOST, LEASE_S))
        self._all[key] = (self._node.spawn("follower", self._tell(key, look)), due)

    def drop(self, message: Message, topic: str) -> bool:
        """Tell the sender no more; whether it was being told."""
        entry = self._all.pop((message.return_route, topic), None)
        if entry is not None:
            entry[0].cancel()
        return entry is not None

    def close(self) -> None:
        """Tell nobody any more."""
        for task, _ in self._all.values():
            task.cancel()
        self._all = {}

    async def _tell(self, key: "tuple[object, str]", look: object) -> None:
        try:
            await asyncio.sleep(0)  # the answer to the command goes first
            while ticks_diff(self._all[key][1], ticks_ms()) > 0:
                text = look()
                if text is None:
                    await asyncio.sleep(self._look_ms / 1000)
                else:
                    await self._node.send(key[0], text)
        except (DeliveryError, LimitError):
            pass  # nobody is there any more
        self._all.pop(key, None)
