"""Whom a secure channel may be with, decided once, by the identifier that a handshake proved (secure.md 5.10)."""

from ..identifier import identifier_text


class Anyone:
    """Trusts every identity; what it may do is then up to access rules."""

    def trusts(self, identifier: bytes) -> bool:
        """Whether a channel with this identity may be."""
        return True


class Only:
    """Trusts the identities with the given identifiers, of 32 bytes each; none at all when there are none."""

    def __init__(self, *identifiers: bytes) -> None:
        self.identifiers = identifiers

    def trusts(self, identifier: bytes) -> bool:
        """Whether a channel with this identity may be."""
        return identifier in self.identifiers

    def __str__(self) -> str:
        return ", ".join([identifier_text(identifier) for identifier in self.identifiers]) or "nobody"


ANYONE = Anyone()
