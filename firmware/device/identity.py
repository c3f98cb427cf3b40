"""Who this board is. What is needed to make its identity, or to read it, is in RAM for that long only (birth.py)."""

import asyncio

from uockam import api
from uockam.errors import Error
from uockam.services.manager import NODE_STATUS, running

from .lent import Lent

identifier: "bytes | None" = None  # 32 bytes; None while there is no identity
why_not = ""  # there is none
settled: "asyncio.Event | None" = None  # when the two above are final

_node: "object" = None


def start(node: object) -> None:
    """Recall the identity of the board in the background, or make it if this is its first start."""
    global _node, settled, why_not
    _node = node
    settled = asyncio.Event()
    why_not = "it is being made"
    node.spawn("identity", _settle())


async def _settle() -> None:
    global identifier, why_not
    with Lent():
        try:
            from .birth import recalled_or_made

            identifier = await recalled_or_made()
            why_not = ""
        except Exception as error:
            why_not = str(error) if isinstance(error, Error) else "%s: %s" % (type(error).__name__, error)
            print("uockam: this board has no identity: %s" % why_not)
    settled.set()


async def get_node(parts: "list[str]", body: object) -> object:
    """NodeStatus."""
    return NODE_STATUS.pack(name=_node.name, identifier=identifier, process=running(0))


async def add_owner(parts: "list[str]", body: object) -> None:
    """Let one more identity own the board, from now on."""
    from .owners import add

    added = add(body)
    if _node.secure is not None:
        _node.secure.owners.add(added)


TABLE = ((api.GET, "node", get_node), (api.POST, "node/owner", add_owner))
