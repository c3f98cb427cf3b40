"""A node inside a command, for what has to begin there: a secure channel that nobody on the way can read."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import NamedTuple, TypeVar

from uockam.errors import Error
from uockam.node import Node
from uockam.secure.workers import SecureChannels
from uockam.transport.tcp import Tcp

from ..errors import HostError, MessageError
from ..identities import open_keys
from .bodies import pack_identifiers
from .client import remedy_for
from .routes import Pairs
from .ways import Ways, policy_of

_Result = TypeVar("_Result")


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


def run(work: Callable[[Here], Coroutine[object, None, _Result]], identity: "str | None" = None) -> _Result:
    """What the work returns, in such a node. Raises HostError and nothing else, MessageError mostly."""

    async def do() -> _Result:
        async with temporary(identity) as here:
            return await work(here)

    try:
        return asyncio.run(do())
    except HostError:
        raise
    except Error as error:
        raise MessageError(str(error), error.remedy or remedy_for(str(error))) from error


def send_once(
    pairs: Pairs, payload: bytes, identity: "str | None", timeout_ms: int, authorized: "list[str] | None" = None
) -> bytes:
    """Send a payload from here along a route that begins with a host or a project, and return the reply's.

    authorized: who may be at the other end of its last channel, None for everybody.

    Raises MessageError with what stands against it, and as `temporary`.
    """
    policy = policy_of(pack_identifiers(authorized))
    return run(lambda here: here.ways.ask(pairs, payload, timeout_ms, policy=policy), identity)
