"""uockam.secure.store: the contract, by the store that is in RAM."""

from lib.stores import Contract
from uockam.secure.store import MemoryStore


class InMemory(Contract):
    def make(self):
        return MemoryStore()
