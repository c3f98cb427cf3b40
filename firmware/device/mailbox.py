"""Messages that the board's project keeps while the board is away (docs/mailbox.md): the setting `mailbox`.

They are fetched each time that the board gets to its project, and whenever the project says that another one has come.
"""

import asyncio

import uockam
from uockam import Context, Message, Worker
from uockam.access import Identities
from uockam.errors import Error

from .alone import load

NEWS = "mail"  # the worker that the project's node tells that a message has come

_news: "asyncio.Event | None" = None


class _News(Worker):
    async def handle_message(self, context: Context, message: Message) -> None:
        _news.set()


async def follow(node: object, channel: object, name: str) -> None:
    """Empty the mailbox through a channel with the project's node, again and again, until cancelled.

    name: by which others may store for the board.
    """
    await load("uockam.secure.oneway", "uockam.services.mailbox_client")
    from uockam.services.mailbox_client import MailboxClient

    await _listen(node, channel.peer.identifier)
    client = MailboxClient(node, name, "uockam " + uockam.__version__)
    while True:
        _news.clear()
        try:
            done = await client.empty(channel)
            print("uockam: mailbox: %d messages, %d of no use" % (done.delivered, done.useless))
        except (Error, MemoryError) as error:
            print("uockam: mailbox: %s" % (error or "too little memory"))
        await _news.wait()


async def _listen(node: object, project: bytes) -> None:
    global _news
    if _news is None:
        _news = asyncio.Event()
        await node.start_worker(NEWS, _News(), access=Identities(project))
