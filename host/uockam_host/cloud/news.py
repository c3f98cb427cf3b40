"""Tells a member that is here that a message waits for it, whichever gateway it is at and the message came to."""

from contextlib import suppress

from uockam.errors import DeliveryError, LimitError

from .bus import Bus, BusError, Subscription
from .presence import Watched

AT = "mail"  # the worker of a member that wants to know; whoever has none misses nothing


class News:
    """Of one project. Nothing depends on it: who misses it finds the message at its next visit."""

    def __init__(self, bus: Bus, subject: str, channels: Watched) -> None:
        self._bus = bus
        self._subject = f"{subject}.mail"
        self._channels = channels
        self._subscription: Subscription | None = None

    async def open(self) -> None:
        """Listen to what other gateways say."""
        self._subscription = await self._bus.subscribe(self._subject, self._heard)

    async def close(self) -> None:
        """Listen no more."""
        if self._subscription is not None:
            await self._subscription.close()

    async def tell(self, receiver: bytes) -> None:
        """A message is kept for this member."""
        with suppress(BusError):
            await self._bus.publish(self._subject, receiver)

    async def _heard(self, receiver: bytes) -> None:
        for channel in tuple(self._channels.all.values()):
            if channel.open_now and channel.peer is not None and channel.peer.identifier == receiver:
                with suppress(DeliveryError, LimitError):  # it may just have gone
                    await self._channels.node.send((channel.address, AT), b"")
