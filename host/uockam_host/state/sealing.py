"""What is private in a vault: sealed with the vault's key, which is kept as it is, or locked with a passphrase.

The key of a vault never changes. So a passphrase is set, changed or taken away by writing one record anew.

kept key = 0, 32 bytes                                   without a passphrase
         | 1, log2 N of scrypt, 16 bytes salt, sealed    with one
sealed   = 12 bytes nonce, ciphertext, 16 bytes tag      AES-256-GCM
"""

import os

from uockam.errors import DecryptionError
from uockam.secure.store import VaultError

KEY_BYTES = 32

_OPEN = b"\0"
_LOCKED = b"\1"
_SALT_BYTES = 16
_NONCE_BYTES = 12
_TAG_BYTES = 16
_OPEN_BYTES = 1 + KEY_BYTES
_LOCKED_BYTES = 2 + _SALT_BYTES + _NONCE_BYTES + KEY_BYTES + _TAG_BYTES
_COST = 17  # log2 N: 128 MiB and some 0.4 s for each guess
_COSTS = range(10, 21)  # a file that asks for more than 1 GiB is not ours
_BLOCK = 8  # r of scrypt
_LANES = 1  # p of scrypt
_LOCK_LABEL = b"key of a vault"


class WrongPassphrase(VaultError):
    """The vault was locked with another one."""

    remedy = "Try again; without the passphrase nobody can use the keys in it"


def seal(key: bytes, name: bytes, value: bytes) -> bytes:
    """The value of the record of this name, so that only the holder of the key can read it."""
    from uockam.crypto import AesGcm

    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AesGcm(key).seal(nonce, value, name)


def unseal(key: bytes, name: bytes, sealed: bytes) -> bytes:
    """The value that was sealed under this name. Raises DecryptionError."""
    from uockam.crypto import AesGcm

    if len(sealed) < _NONCE_BYTES:
        raise DecryptionError("shorter than a nonce")
    return AesGcm(key).open(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name)


def keep(key: bytes, passphrase: "str | None") -> bytes:
    """The key as it is kept, locked when there is a passphrase."""
    if passphrase is None:
        return _OPEN + key
    salt = os.urandom(_SALT_BYTES)
    return _LOCKED + bytes((_COST,)) + salt + seal(_stretch(passphrase, salt, _COST), _LOCK_LABEL, key)


def is_locked(kept: bytes) -> bool:
    """Whether a passphrase is needed."""
    return kept[:1] != _OPEN


def open_key(kept: bytes, passphrase: "str | None") -> bytes:
    """The key out of what `keep` made. Raises WrongPassphrase, and ValueError for what `keep` never makes."""
    if len(kept) != (_LOCKED_BYTES if is_locked(kept) else _OPEN_BYTES):
        raise ValueError("cut off")
    if not is_locked(kept):
        return kept[1:]
    salt, sealed = kept[2 : 2 + _SALT_BYTES], kept[2 + _SALT_BYTES :]
    if kept[:1] != _LOCKED or kept[1] not in _COSTS:
        raise ValueError("of another version")
    try:
        return unseal(_stretch(passphrase or "", salt, kept[1]), _LOCK_LABEL, sealed)
    except DecryptionError:
        raise WrongPassphrase("The passphrase is wrong") from None


def _stretch(passphrase: str, salt: bytes, cost: int) -> bytes:
    from unicodedata import normalize

    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    text = normalize("NFKC", passphrase)  # keyboards differ in how they compose a character
    return Scrypt(salt=salt, length=KEY_BYTES, n=1 << cost, r=_BLOCK, p=_LANES).derive(
        text.encode(errors="surrogatepass")
    )
