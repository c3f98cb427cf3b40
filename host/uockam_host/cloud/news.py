"""Tells a member that is here that a message waits for it, whichever gateway it is at and the message came to."""

from contextlib import suppress

from uockam.errors import DeliveryError, LimitError

from .bus import Bus, BusError, Hearer
from .watched import Watched

AT = "mail"  # the worker of a member that wants to know; whoever has none misses nothing


class News(Hearer):
    """Of one project. Nothing depends on it: who misses it finds the message at its next visit."""

    def __init__(self, bus: Bus, project: str, channels: Watched) -> None:
        """project: what its subjects begin with."""
        self.subject = f"{project}.mail"
        self._bus = bus
        self._channels = channels

    async def tell(self, receiver: bytes) -> None:
        """A message is kept for this member."""
        with suppress(BusError):
            await self._bus.publish(self.subject, receiver)

    async def heard(self, receiver: bytes) -> None:
        """Tell the member, if it is here."""
        for channel in self._channels.of(receiver):
            with suppress(DeliveryError, LimitError):  # it may just have gone
                await self._channels.node.send((channel.address, AT), b"")
