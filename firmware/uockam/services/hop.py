"""The hop service (wire.md 5.1)."""

from ..message import Message
from ..worker import Context, Worker


class Hop(Worker):
    """Passes each message on along its route, with itself on the way back."""

    async def handle_message(self, context: Context, message: Message) -> None:
        await context.forward(message.step_forward(context.address))
