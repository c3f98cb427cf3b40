"""The secure channels of the board's node, loaded when somebody first needs them."""

import asyncio
import gc

from uockam.errors import DeliveryError
from uockam.port import forget

from . import clock, identity
from .alone import load

# How often garbage is collected from then on: each time takes longer than a step of a handshake, but handshakes need
# memory in one piece, and a board that has its runtime in RAM has little left.
_SHARE = 4
_LEAST = 8192

_lock = asyncio.Lock()


async def channels(node: object) -> object:
    """The SecureChannels of the board's node, which is node.secure from then on.

    The first time it takes a second or two to load them. Raises DeliveryError when the board has no identity.
    """
    await identity.settled.wait()
    if identity.identifier is None:
        raise DeliveryError("this board has no identity: %s" % identity.why_not)
    async with _lock:
        if node.secure is None:
            await load("uockam.crypto", "uockam.secure.channel", "uockam.secure.workers")
            gc.threshold(max(_LEAST, gc.mem_free() // _SHARE))
            _make(node)
    return node.secure


def _make(node: object) -> None:
    from uockam.secure.workers import SecureChannels

    from . import kept, owners

    made = SecureChannels(node, kept.Kept(), identity.identifier, clock=clock.now)
    made.owners = owners.listed()
    made.fresh = kept.fresh
    made.tools.add(*kept.CODE)
    forget(owners.__name__)
