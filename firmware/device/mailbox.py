"""Messages that the board's project keeps while the board is away (docs/mailbox.md), unless `mailbox` is false.

They are fetched each time that the board gets to its project, and whenever the project says that another one has come.
"""

import asyncio
import gc
import sys

import uockam
from uockam import Context, Message, Worker
from uockam.access import Identities
from uockam.errors import Error

from .alone import load

NEWS = "mail"  # the worker that the project's node tells that a message has come

_LEAST_FREE = 40_000  # bytes: the code takes 10 KB where it is not frozen, messages and their copies 20 KB
_CODE = ("uockam.secure.oneway", "uockam.services.mailbox", "uockam.services.mailbox_client")

_news: "asyncio.Event | None" = None
_unsent: "list[object]" = []  # answers that did not leave yet


class _News(Worker):
    async def handle_message(self, context: Context, message: Message) -> None:
        _news.set()


async def follow(node: object, channel: object, name: str) -> None:
    """Empty the mailbox through a channel with the project's node, again and again, until cancelled.

    name: by which others may store for the board.
    """
    global _news
    if _news is None:
        _news = asyncio.Event()
        await node.start_worker(NEWS, _News(), access=Identities(channel.peer.identifier))
    while True:
        _news.clear()
        gc.collect()
        if gc.mem_free() < _LEAST_FREE:
            print("uockam: mailbox: too little memory, %d bytes" % gc.mem_free())
        else:
            await _visit(node, channel, name)
        await _news.wait()


async def _visit(node: object, channel: object, name: str) -> None:
    """What it takes is in RAM for that long only."""
    global _unsent
    client = None
    try:
        await load(*_CODE)
        client = _client(node, name)
        done = await client.empty(channel)
        print("uockam: mailbox: %d messages, %d of no use" % (done.delivered, done.useless))
    except (Error, MemoryError) as error:
        print("uockam: mailbox: %s" % (error or "too little memory"))
    finally:
        _unsent = client.unsent if client else _unsent
        client = None
        _unload()


def _client(node: object, name: str) -> object:
    from uockam.services.mailbox_client import MailboxClient

    made = MailboxClient(node, name, "uockam " + uockam.__version__)
    made.unsent = _unsent
    return made


def _unload() -> None:
    for name in _CODE:
        if sys.modules.pop(name, None) is not None:
            package, _, own = name.rpartition(".")
            if hasattr(sys.modules[package], own):
                delattr(sys.modules[package], own)
    gc.collect()
