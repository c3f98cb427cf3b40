"""How the processes of an orchestrator tell one another what has happened; here within one process.

A subject is words joined by dots, such as `project.ID.members`, as at a NATS server. Nothing is kept: who does not
listen misses it, so whoever starts to listen reads the database after that, and again after each gap (`watch`).
"""

import asyncio
import secrets
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress

from uockam.errors import Error
from uockam.log import ERROR, log

Handler = Callable[[bytes], Awaitable["bytes | None"]]
Watcher = Callable[[], Awaitable[None]]


class BusError(Error):
    """No answer, or the bus is gone."""


class NobodyError(BusError):
    """Nobody listens."""


class Bus(ABC):
    """The contract. name: of this process, for its life; it can be a word of a subject."""

    def __init__(self) -> None:
        self.name = secrets.token_hex(8)
        self._watchers: list[Watcher] = []

    @abstractmethod
    async def subscribe(self, subject: str, handler: Handler) -> "Subscription":
        """Call the handler with what is published under this subject, in order; what it returns answers requests."""

    @abstractmethod
    async def publish(self, subject: str, data: bytes) -> None:
        """Tell all who listen; who cannot be reached now is told of the gap."""

    @abstractmethod
    async def request(self, subject: str, data: bytes, timeout_s: float) -> bytes:
        """The first answer. Raises NobodyError when nobody listens, and BusError."""

    @abstractmethod
    def offer(self, subject: str, data: bytes, unheard: Callable[[], None]) -> bool:
        """Publish soon, in the order of calls, and say True; False while too much waits. unheard: called when nobody
        listens. Raises BusError while the bus is gone, LimitError for what is too large.
        """

    @abstractmethod
    async def room(self) -> None:
        """Returns when offering again makes sense."""

    @abstractmethod
    async def close(self) -> None:
        """End all subscriptions."""

    @property
    def up(self) -> bool:
        """Whether others can be reached; a bus within one process is always there."""
        return True

    def watch(self, watcher: Watcher) -> None:
        """Call it whenever something may have been missed: every few seconds while the bus is gone, and then once."""
        self._watchers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """Call it no more."""
        with suppress(ValueError):
            self._watchers.remove(watcher)

    async def tell_watchers(self) -> None:
        """There was a gap, or there is one."""
        for watcher in tuple(self._watchers):
            try:
                await watcher()
            except Error as error:
                log(ERROR, "uockam.bus", f"what was missed could not be read: {error}")


class Hearer(ABC):
    """What listens at one subject."""

    subject: str

    @abstractmethod
    async def heard(self, data: bytes) -> None:
        """This was published."""


class Subscription(ABC):
    """One who listens."""

    @abstractmethod
    async def close(self) -> None:
        """Listen no more."""


class LocalBus(Bus):
    """Within one process: who publishes goes on when all have heard it."""

    def __init__(self, neighbour: "LocalBus | None" = None) -> None:
        """neighbour: one in the same process that this one is one bus with."""
        super().__init__()
        self._handlers: dict[str, list[Handler]] = {} if neighbour is None else neighbour._handlers
        self._offered: set[asyncio.Task[None]] = set()

    async def subscribe(self, subject: str, handler: Handler) -> Subscription:
        """Call the handler with what is published under this subject."""
        self._handlers.setdefault(subject, []).append(handler)
        return _LocalSubscription(self, subject, handler)

    async def publish(self, subject: str, data: bytes) -> None:
        """Tell all who listen; one who fails keeps nobody else from hearing it."""
        for handler in tuple(self._handlers.get(subject, ())):
            try:
                await handler(data)
            except Error as error:
                log(ERROR, "uockam.bus", f"'{subject}' was not understood: {error}")

    async def request(self, subject: str, data: bytes, timeout_s: float) -> bytes:
        """The first answer. Raises NobodyError, BusError."""
        for handler in tuple(self._handlers.get(subject, ())):
            try:
                answer = await asyncio.wait_for(handler(data), timeout_s)
            except asyncio.TimeoutError:
                raise BusError(f"nobody answers at '{subject}' within {timeout_s} s") from None
            if answer is not None:
                return answer
        raise NobodyError(f"nobody answers at '{subject}'")

    def offer(self, subject: str, data: bytes, unheard: Callable[[], None]) -> bool:
        """Publish soon."""
        if subject not in self._handlers:
            unheard()
            return True
        task = asyncio.get_running_loop().create_task(LocalBus.publish(self, subject, data))
        self._offered.add(task)
        task.add_done_callback(self._offered.discard)
        return True

    async def room(self) -> None:
        """There always is."""

    async def close(self) -> None:
        """End all subscriptions."""
        self._handlers.clear()

    async def remove(self, subject: str, handler: Handler) -> None:
        """For subscriptions that end."""
        handlers = self._handlers.get(subject, [])
        with suppress(ValueError):
            handlers.remove(handler)
        if not handlers:
            self._handlers.pop(subject, None)


class _LocalSubscription(Subscription):
    def __init__(self, bus: LocalBus, subject: str, handler: Handler) -> None:
        self._bus = bus
        self._subject = subject
        self._handler = handler

    async def close(self) -> None:
        await self._bus.remove(self._subject, self._handler)
