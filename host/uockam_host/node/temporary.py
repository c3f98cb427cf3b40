"""A node inside a command, for what has to begin there: a secure channel that nobody on the way can read."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

from uockam.errors import Error
from uockam.node import Node
from uockam.secure.workers import SecureChannels
from uockam.transport.tcp import Tcp

from ..errors import HostError, MessageError
from ..identities import open_keys
from .client import remedy_for
from .routes import Pairs, pairs_to
from .ways import Ways


class Here(NamedTuple):
    """The node, its TCP, its secure channels, and ways through them."""

    node: Node
    tcp: Tcp
    secure: SecureChannels
    ways: Ways


@asynccontextmanager
async def temporary(identity: "str | None" = None) -> AsyncIterator[Here]:
    """A node that listens nowhere and lives as long as the block, with an identity of this machine.

    identity: its name; None is the default one, which is made if there is none. Raises IdentityNotFound, VaultError.
    """
    keys, identifier = open_keys(identity)
    node = Node()
    tcp = Tcp(node)
    secure = SecureChannels(node, keys, identifier)
    try:
        yield Here(node, tcp, secure, Ways(node, tcp, lambda: secure))
    finally:
        await node.stop()


def send_once(dial: str, pairs: Pairs, payload: bytes, identity: "str | None", timeout_ms: int) -> bytes:
    """Send a payload from here along a route that begins at "host:port", or "" for a project, and return the reply's.

    Raises MessageError with what stands against it, and as `temporary`.
    """

    async def send() -> bytes:
        async with temporary(identity) as here:
            return await here.ways.ask((*(pairs_to(dial) if dial else ()), *pairs), payload, timeout_ms)

    try:
        return asyncio.run(send())
    except HostError:
        raise
    except Error as error:
        raise MessageError(str(error), error.remedy or remedy_for(str(error))) from error
