"""The board's identity: made once in its life, and recalled from its vault at every other start."""

import asyncio
import os

from uockam.secure.store import IDENTITY

from . import clock
from .alone import load, paced
from .vault import VAULT, FileStore

_LOOKS, _LOOK_S = (
    12,
    0.25,
)  # how often a new board looks whether its clock was set: whoever waits for its node does that


async def recalled_or_made() -> bytes:
    """The identifier. Raises NoEntropy and VaultError when there is no identity, and none can be made."""
    store = FileStore(VAULT)
    if _is_there(VAULT) or _is_there(VAULT + ".new"):
        for name in store.names(IDENTITY):
            return name[len(IDENTITY) :]
    for _ in range(_LOOKS):
        await asyncio.sleep(_LOOK_S)
        if clock.set_by is not None:
            break
    return await _make(store)


async def _make(store: FileStore) -> bytes:
    """Takes seconds, in which everything else has its turn."""
    from . import entropy

    seed = entropy.fresh()  # before much is loaded in vain
    await load("uockam.crypto", "uockam.secure.tools")
    from uockam.secure.tools import code

    await load(*code(), "uockam.secure.making", "uockam.secure.maker", "uockam.secure.keys")
    from uockam.secure.keys import Keys

    keys = Keys(store)
    history = await paced(keys.create_steps(seed, clock.now()))
    await paced(keys.party_steps(history.identifier, entropy.fresh, clock.now()))  # so that the first channel need not
    return history.identifier


def _is_there(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True
