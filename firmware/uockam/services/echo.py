"""The echo service (wire.md 5.1)."""

from ..message import Message
from ..worker import Context, Worker


class Echo(Worker):
    """Sends each payload back, byte for byte."""

    async def handle_message(self, context: Context, message: Message) -> None:
        await context.reply(message, message.payload)
