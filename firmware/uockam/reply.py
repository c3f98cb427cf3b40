"""The one-shot address of an ask."""

import asyncio

from .access import REPLY
from .endpoint import Asker, Endpoint
from .errors import Error
from .message import Message
from .port import TYPE_CHECKING

if TYPE_CHECKING:
    from .node import Node


class Reply(Endpoint, Asker):
    """The endpoint of one ask: takes one message, or an error, and wakes who asked."""

    __slots__ = ("message", "error", "_asked", "_event")

    access = REPLY

    def __init__(self) -> None:
        super().__init__()
        self.message: "Message | None" = None
        self.error: "Error | None" = None
        self._asked: "Endpoint | None" = None
        self._event: "asyncio.Event | None" = None

    def ask(self, node: "Node", question: Message) -> bool:
        """Offer the question to the endpoint it is for, whose death ends the ask; False: that is full.

        Raises DeliveryError, LimitError.
        """
        self.let_go()
        self._asked = asked = node.router.find(question)
        asked.add_asker(self)
        return asked.offer(question)

    async def ask_later(self, node: "Node", question: Message) -> None:
        """Ask when there is room."""
        try:
            while self._asked is not None and not self.done():
                await self._asked.room()
                if self.ask(node, question):
                    return
        except Error as error:
            self.fail(error)

    def let_go(self) -> None:
        """Whom it asked need not know it any more."""
        if self._asked is not None:
            self._asked.drop_asker(self)
            self._asked = None

    def offer(self, message: Message) -> bool:
        """The first message is the answer; whatever follows it is dropped, as nobody waits for it."""
        if not self.done():
            self.message = message
            self._wake()
        return True

    async def room(self) -> None:
        """There always is."""

    def fail(self, error: Error) -> None:
        """End the ask with this error, unless it has ended."""
        if not self.done():
            self.error = error
            self._wake()

    def done(self) -> bool:
        """Whether there is a message or an error."""
        return self.message is not None or self.error is not None

    async def wait(self) -> None:
        """Returns when done."""
        if not self.done():
            self._event = asyncio.Event()
            await self._event.wait()

    def _wake(self) -> None:
        if self._event is not None:
            self._event.set()
