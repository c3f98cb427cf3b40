"""How the processes of an orchestrator tell one another what has happened; here within one process.

A subject is words joined by dots, such as `project.ID.members`, as at a NATS server. Nothing is kept: who does not
listen misses it, so whoever starts to listen reads the database after that.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from contextlib import suppress

from uockam.errors import Error
from uockam.log import ERROR, log

Handler = Callable[[bytes], Awaitable["bytes | None"]]


class BusError(Error):
    """Nobody answers, or the bus is gone."""


class Bus(ABC):
    """The contract."""

    @abstractmethod
    async def subscribe(self, subject: str, handler: Handler) -> "Subscription":
        """Call the handler with what is published under this subject, in order; what it returns answers requests."""

    @abstractmethod
    async def publish(self, subject: str, data: bytes) -> None:
        """Tell all who listen. Raises BusError."""

    @abstractmethod
    async def request(self, subject: str, data: bytes, timeout_s: float) -> bytes:
        """The first answer. Raises BusError when there is none."""

    @abstractmethod
    async def close(self) -> None:
        """End all subscriptions."""


class Subscription(ABC):
    """One who listens."""

    @abstractmethod
    async def close(self) -> None:
        """Listen no more."""


class LocalBus(Bus):
    """Within one process: who publishes goes on when all have heard it."""

    def __init__(self) -> None:
        self._handlers: dict[str, list[Handler]] = {}

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
        """The first answer. Raises BusError when there is none."""
        for handler in tuple(self._handlers.get(subject, ())):
            try:
                answer = await asyncio.wait_for(handler(data), timeout_s)
            except asyncio.TimeoutError:
                raise BusError(f"nobody answers at '{subject}' within {timeout_s} s") from None
            if answer is not None:
                return answer
        raise BusError(f"nobody answers at '{subject}'")

    async def close(self) -> None:
        """End all subscriptions."""
        self._handlers.clear()

    def remove(self, subject: str, handler: Handler) -> None:
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
        self._bus.remove(self._subject, self._handler)
