"""The folder that holds everything: where it is, and that only its user can read it."""

import os
import stat
from pathlib import Path

from ..errors import StateError

ENVIRONMENT = "UOCKAM_HOME"
PRIVATE_FOLDER = 0o700
PRIVATE_FILE = 0o600
VAULTS = "vaults"
_MARKER = "state.sqlite3"


def home() -> Path:
    """Absolute path of the folder; it may not exist yet."""
    chosen = os.environ.get(ENVIRONMENT)
    return Path(chosen).expanduser().absolute() if chosen else default_home()


def default_home() -> Path:
    """The folder that is used when the environment names none."""
    from platformdirs import user_data_path

    return user_data_path("uockam", appauthor=False).absolute()


def state_file() -> Path:
    """Path of the SQLite file."""
    return home() / _MARKER


def node_folder(name: str) -> Path:
    """Folder with the logs of one node."""
    return home() / "nodes" / name


def board_folder(name: str) -> Path:
    """Folder with the file system of one virtual board."""
    return home() / "boards" / name


def cache_folder(name: str) -> Path:
    """Folder for what can be made or fetched anew: of the user's cache, or inside the home that is set by hand."""
    if os.environ.get(ENVIRONMENT):
        return home() / name
    from platformdirs import user_cache_path

    return user_cache_path("uockam", appauthor=False) / name


def vault_file(name: str) -> Path:
    """The file of a vault that was given no other place."""
    return home() / VAULTS / f"{name}.sqlite3"


def make_private_folder(folder: Path, *, follow: bool = True) -> Path:
    """Make folder and its parents; itself gets mode 0700.

    follow: a link to a folder of one's own will do, too; False where others could have made the link.
    Raises StateError when it cannot be made or is somebody else's.
    """
    try:
        folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        if hasattr(os, "getuid"):
            _claim(folder, folder.stat() if follow else folder.lstat())
    except OSError as error:
        raise StateError(f"Cannot use the folder {folder}: {error.strerror}", _REMEDY) from error
    return folder


def _claim(folder: Path, found: os.stat_result) -> None:
    if not stat.S_ISDIR(found.st_mode):
        raise StateError(f"{folder} is not a folder", _REMEDY)
    if found.st_uid != os.getuid():
        raise StateError(f"The folder {folder} belongs to another user", _REMEDY)
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(PRIVATE_FOLDER)


_REMEDY = f"Make it writable, or set {ENVIRONMENT} to a folder of your own"
