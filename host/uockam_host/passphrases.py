"""Where the passphrase of a vault comes from: a file or a variable that the environment names, or a person."""

import os
from collections.abc import Callable
from pathlib import Path

from .errors import InvalidArgument
from .state.vault_file import VaultFile, VaultLocked

VARIABLE = "UOCKAM_PASSPHRASE"
FILE_VARIABLE = "UOCKAM_PASSPHRASE_FILE"

Ask = Callable[[str], "str | None"]  # the name of a vault -> its passphrase; None when there is nobody to ask


def nobody(vault: str) -> None:
    """The Ask of whoever has no terminal, such as the process of a node."""


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


def unlock(vault: VaultFile, ask: Ask = nobody) -> VaultFile:
    """The vault, after it was unlocked if it has to be. Raises VaultLocked, WrongPassphrase, VaultError."""
    if vault.locked:
        passphrase = given() or ask(vault.name)
        if not passphrase:
            raise VaultLocked(f"The vault {vault.name} is locked")
        vault.unlock(passphrase)
    return vault
