"""AES of the `cryptography` package."""

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class block_cipher:
    """An object whose `encrypt` takes whole blocks, any number of them."""

    def __init__(self, key: bytes) -> None:
        self._cipher = Cipher(algorithms.AES(key), modes.ECB())

    def encrypt(self, blocks: bytes) -> bytes:
        """The blocks, each encrypted."""
        return self._cipher.encryptor().update(blocks)
