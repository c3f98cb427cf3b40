"""Messages of other gateways in front of endpoints that are slow."""

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from uockam.endpoint import Endpoint
from uockam.errors import DeliveryError, LimitError
from uockam.message import Message
from uockam.node import Node

_MOST = 8192  # messages for one endpoint: of 128 gateways, as much as each may have under way (windows.py)


class Mark(NamedTuple):
    """Behind messages for the endpoint at `address`: it returns to its gateway when those were taken."""

    gateway: str
    number: int
    address: bytes


class Queues:
    """Delivers to the endpoints of a node, in order. taken: called with each mark when its time has come."""

    def __init__(self, node: Node, taken: Callable[[Mark], None]) -> None:
        self._node = node
        self._taken = taken
        self._queues: dict[Endpoint, deque[Message | Mark]] = {}

    def waiting(self) -> int:
        """How many messages wait."""
        return sum(isinstance(each, Message) for queue in self._queues.values() for each in queue)

    def deliver(self, message: Message, checked: bool = False) -> None:
        """Hand it to its endpoint, now or when that takes more; checked: its sender may send there, as is known."""
        router = self._node.router
        try:
            target = router.endpoints[message.onward_route[0].value] if checked else router.find(message)
            queue = self._queues.get(target)
            if queue is None and not target.offer(message):
                self._queues[target] = deque([message])
                self._node.spawn("bridge", self._empty(target))
            elif queue is not None:
                if len(queue) >= _MOST:
                    raise LimitError("too many messages wait there")
                queue.append(message)
        except (DeliveryError, LimitError) as error:
            self._node.tell_undelivered(message, error)

    def mark(self, mark: Mark) -> None:
        """Return it when all that came before it was taken."""
        target = self._node.router.endpoints.get(mark.address)
        queue = self._queues.get(target) if target else None
        if queue is None:
            self._taken(mark)
        else:
            queue.append(mark)

    async def _empty(self, target: Endpoint) -> None:
        queue = self._queues[target]
        try:
            while queue:
                await self._deliver_next(target, queue)
        finally:
            del self._queues[target]

    async def _deliver_next(self, target: Endpoint, queue: "deque[Message | Mark]") -> None:
        first = queue[0]
        if isinstance(first, Mark):
            self._taken(first)
        else:
            try:
                if not target.offer(first):
                    await target.room()
                    return
            except (DeliveryError, LimitError) as error:
                self._node.tell_undelivered(first, error)
        queue.popleft()
