"""Where a computer sends what strangers send through it to its board: without the rights of whoever holds the cable."""

from uockam import Context, Message, Worker
from uockam.access import ANYONE

ADDRESS = "_guest"


class Guest(Worker):
    """Passes messages on as they are, but for the rights of an owner (uockam.flow)."""

    async def handle_message(self, context: Context, message: Message) -> None:
        await context.forward(message.step())


async def start(supervisor: object) -> None:
    """Start it on the supervisor's node."""
    await supervisor.start_worker(ADDRESS, Guest, ANYONE)
