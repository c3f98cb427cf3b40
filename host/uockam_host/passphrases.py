"""Where the passphrase of a vault comes from: what the environment names, or else whoever sits at the terminal."""

import os
import sys
from pathlib import Path

from .errors import InvalidArgument
from .state.vault_file import VaultFile, VaultLocked

VARIABLE = "UOCKAM_PASSPHRASE"
FILE_VARIABLE = "UOCKAM_PASSPHRASE_FILE"


def ask(vault: str) -> str | None:
    """The passphrase of a vault as a person types it; None when there is no terminal, as for a node's process."""
    if sys.stdin is None or not sys.stdin.isatty():
        return None
    from getpass import getpass

    try:
        return getpass(f"Passphrase of the vault {vault}: ")
    except EOFError:
        return None


def given() -> str | None:
    """What the environment gives. Raises InvalidArgument for a file that cannot be read."""
    path = os.environ.get(FILE_VARIABLE)
    return read(path) if path else os.environ.get(VARIABLE) or None


def read(path: str) -> str:
    """The passphrase in a file, without the end of its line. Raises InvalidArgument."""
    try:
        return Path(path).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InvalidArgument(f"The passphrase cannot be read from {path}: {reason}", "Name another file") from None


def unlock(vault: VaultFile) -> VaultFile:
    """The vault, after it was unlocked if it has to be. Raises VaultLocked, WrongPassphrase, VaultError."""
    if vault.locked:
        passphrase = given() or ask(vault.name)
        if not passphrase:
            raise VaultLocked(f"The vault {vault.name} is locked")
        vault.unlock(passphrase)
    return vault
