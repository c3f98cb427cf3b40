"""Workers: what a program writes, and the context in which it runs."""

from .address import Address
from .errors import NoSuchAddress
from .message import Message, payload_of
from .port import TYPE_CHECKING

if TYPE_CHECKING:
    from .node import Node
    from .route import Hops


class Worker:
    """Subclass it and define `async def handle_message(self, context, message)`; one message at a time is handled.

    An exception in handle_message is logged, told to an asker that can hear it, and the worker goes on with the next
    message, or is replaced when a Supervisor started it.
    """

    __slots__ = ()

    async def started(self, context: "Context") -> None:
        """Runs before the first message; an exception here means that the worker does not start."""

    async def handle_message(self, context: "Context", message: Message) -> None:
        """Runs for each message."""
        raise NotImplementedError("%s.handle_message" % type(self).__name__)

    async def stopped(self, context: "Context") -> None:
        """Runs after the last message."""


class Context:
    """What a worker's methods get: who they are, and how to send."""

    __slots__ = ("node", "address")

    def __init__(self, node: "Node", address: Address) -> None:
        self.node = node
        self.address = address

    async def reply(self, message: Message, payload: "bytes | str") -> None:
        """Send the payload back to where `message` came from. Raises DeliveryError.

        A str goes as a BARE String, which Ockam's text services expect.
        """
        back = message.return_route
        if not back:
            raise NoSuchAddress("a message without a return route cannot be answered")
        await self.node.deliver(Message(back, (self.address,), payload_of(payload), None, None))

    async def forward(self, message: Message) -> None:
        """Pass a message on as it is: its routes are the worker's business (Message.step). Raises DeliveryError."""
        await self.node.deliver(message)

    async def send(self, onward: "Hops", payload: "bytes | str") -> None:
        """Send from this worker's address: answers arrive as messages. Raises DeliveryError."""
        await self.node.send(onward, payload, (self.address,))

    async def ask(self, onward: "Hops", payload: "bytes | str", timeout_ms: int = 10_000) -> "bytes | str":
        """Send and wait for the answer (Node.ask). Raises DeliveryError."""
        return await self.node.ask(onward, payload, timeout_ms)
