"""AES with a key of 32 bytes, of blocks that do not know of each other: what counter mode and GHASH are made of."""

from ..port import MICROPYTHON

if MICROPYTHON:
    from .aes_micropython import block_cipher
else:
    from .aes_cpython import block_cipher

__all__ = ("block_cipher",)
