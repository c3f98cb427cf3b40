"""The making of the board's identity, once in its life."""

from uockam.secure.keys import Keys

from . import clock, entropy
from .pace import paced
from .vault import FileStore


async def make(path: str) -> bytes:
    """The identifier of a new identity, which is in the vault then. Raises NoEntropy, VaultError.

    It takes seconds, in which everything else has its turn.
    """
    seed = entropy.fresh()
    keys = Keys(FileStore(path))
    history = await paced(keys.create_steps(seed, clock.now()))
    await paced(keys.party_steps(history.identifier, entropy.fresh, clock.now()))  # so that the first channel need not
    return history.identifier
