"""Signatures of P-256 keys: not on a board, where the arithmetic would cost more flash than it is worth."""

from ..errors import ProtocolError


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Raises ProtocolError."""
    raise ProtocolError("an identity with a P-256 key, which a board cannot verify", "use one with an Ed25519 key")
