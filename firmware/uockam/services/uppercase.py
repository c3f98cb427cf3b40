"""The uppercase service (wire.md 5.1)."""

from ..message import Message
from ..worker import Context, Worker


class Uppercase(Worker):
    """Answers a BARE String with its upper-case form; MicroPython's `upper` knows the letters of ASCII only."""

    async def handle_message(self, context: Context, message: Message) -> None:
        await context.reply(message, message.text.upper())
