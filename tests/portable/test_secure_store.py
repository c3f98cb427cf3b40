"""uockam.secure.store: the contract, by the store that is in RAM."""

from lib import stores
from uockam.secure.store import MemoryStore


class InMemory(stores.Contract):
    def make(self):
        return MemoryStore()
