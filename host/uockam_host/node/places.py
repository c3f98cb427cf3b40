"""Where the management socket of a node is: with its other files, or in a short folder when that path is too long."""

import os
from contextlib import suppress
from pathlib import Path

from ..errors import EndpointError, StateError
from ..state import home

SOCKET_NAME = "manage"
_MAX_PATH_BYTES = 100  # of a unix socket: 108 on Linux, 104 on macOS, with the final zero
_FOLDER = "uockam-"
_OTHERS = "Remove it, or set XDG_RUNTIME_DIR to a folder of your own"


def socket_path(name: str) -> Path:
    """Path for the socket of a node, in a folder of mode 0700. Raises EndpointError."""
    path = home.node_folder(name) / SOCKET_NAME
    if _fits(path):
        return path
    import hashlib

    path = _short_folder() / hashlib.sha256(name.encode()).hexdigest()[:16]
    if not _fits(path):
        raise EndpointError(f"The path {path} is too long for a socket", f"Set {home.ENVIRONMENT} to a shorter path")
    return path


def remove(endpoint: str) -> None:
    """Remove what an endpoint (its text) leaves in the file system, also when its node was killed."""
    kind, _, place = endpoint.partition(":")
    if kind == "unix":
        path = Path(place)
        with suppress(OSError):
            path.unlink()
        if path.parent.name.startswith(_FOLDER):
            with suppress(OSError):  # not empty: other nodes use it
                path.parent.rmdir()


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= _MAX_PATH_BYTES


def _short_folder() -> Path:
    """A folder of this user and this home, in a place where others may make folders too."""
    import hashlib
    import tempfile

    label = hashlib.sha256(f"{os.getuid()} {home.home()}".encode()).hexdigest()[:12]
    folder = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()) / f"{_FOLDER}{label}"
    try:
        return home.make_private_folder(folder, follow=False)
    except StateError as error:
        raise EndpointError(str(error), _OTHERS) from error
