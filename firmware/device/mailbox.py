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
_client: "object | None" = None  # it has answers that did not leave yet


class _News(Worker):
    async def handle_message(self, context: Context, message: Message) -> None:
        _news.set()


async def follow(node: object, channel: object, name: str) -> None:
    """Empty the mailbox through a channel with the project's node, again and again, until cancelled.

    name: by which others may store for the board.
    """
    await load("uockam.secure.oneway", "uockam.services.mailbox_client")
    await _start(node, name, channel.peer.identifier)
    while True:
        _news.clear()
        try:
            done = await _client.empty(channel)
            print("uockam: mailbox: %d messages, %d of no use" % (done.delivered, done.useless))
        except (Error, MemoryError) as error:
            print("uockam: mailbox: %s" % (error or "too little memory"))
        await _news.wait()


async def _start(node: object, name: str, project: bytes) -> None:
    global _client, _news
    if _client is None or _client.name != name:
        from uockam.services.mailbox_client import MailboxClient

        _client = MailboxClient(node, name, "uockam " + uockam.__version__)
    if _news is None:
        _news = asyncio.Event()
        await node.start_worker(NEWS, _News(), access=Identities(project))
