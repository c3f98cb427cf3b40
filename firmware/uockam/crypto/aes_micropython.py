"""AES of the firmware."""

from cryptolib import aes

_ECB = 1


def block_cipher(key):
    """An object whose `encrypt` takes whole blocks, any number of them."""
    return aes(key, _ECB)
