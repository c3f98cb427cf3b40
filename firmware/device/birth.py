"""The board's identity: made once in its life, and recalled from its vault at every other start."""

import asyncio
import os

from uockam.secure.store import IDENTITY

from .vault import FileStore

VAULT = "/uockam-vault"

_PAUSE_S = 3  # before a new board makes its identity: who waits for its node comes first, and sets its clock


async def recalled_or_made() -> bytes:
    """The identifier. Raises NoEntropy and VaultError when there is no identity, and none can be made."""
    store = FileStore(VAULT)
    if _is_there(VAULT) or _is_there(VAULT + ".new"):
        for name in store.names(IDENTITY):
            return name[len(IDENTITY) :]
    await asyncio.sleep(_PAUSE_S)
    return await _make(store)


async def _make(store: FileStore) -> bytes:
    """Takes seconds, in which everything else has its turn."""
    from . import entropy

    seed = entropy.fresh()  # before much is loaded in vain

    from uockam.secure.keys import Keys

    from . import clock

    keys = Keys(store)
    history = await _paced(keys.create_steps(seed, clock.now()))
    await _paced(keys.party_steps(history.identifier, entropy.fresh, clock.now()))  # so that the first channel need not
    return history.identifier


async def _paced(steps: object) -> object:
    """What steps of some 50 ms return."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value
        await asyncio.sleep(0)


def _is_there(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True
