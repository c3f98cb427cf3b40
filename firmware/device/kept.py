"""The keys of the board as its channels need them: what reads the vault is loaded for handshakes, and dropped again."""

# From the bottom up; uockam.secure.tools loads and drops them.
CODE = (
    "uockam.secure.store",
    "uockam.secure.known",
    "uockam.secure.keys",
    "uockam.secure.vault",
    "device.vault",
    "device.entropy",
)


class Kept:
    """As uockam.secure.keys.Keys, of the board's vault; and what is known of peers, as its `known`."""

    def __init__(self) -> None:
        self._keys: object = None

    @property
    def known(self) -> "Kept":
        """It outlives handshakes, as Rules do."""
        return self

    def get(self, identifier: bytes) -> "bytes | None":
        """The history of a peer."""
        return self._made().known.get(identifier)

    def __setitem__(self, identifier: bytes, history: bytes) -> None:
        """Remember it."""
        self._made().known[identifier] = history

    def __getattr__(self, name: str) -> object:
        return getattr(self._made(), name)

    def forget(self) -> None:
        """Drop what was made of the vault, and its code with it."""
        self._keys = None

    def _made(self) -> object:
        if self._keys is None:
            from uockam.secure.keys import Keys

            from .vault import VAULT, FileStore

            self._keys = Keys(FileStore(VAULT))
        return self._keys


def fresh() -> bytes:
    """32 random bytes for a key. Raises NoEntropy."""
    from .entropy import fresh

    return fresh()
