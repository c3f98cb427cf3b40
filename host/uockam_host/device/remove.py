"""Taking uockam off a board: what its user had before runs again, and what is the user's stays."""

from collections.abc import Iterator

from . import settings
from .copier import NEW, PART, Copier
from .hold import released
from .install import FORMER, OTHER, PACK, TRIAL, USERS, State, read_state, restarted
from .runfile import FOLDER as RUN

_VERSIONS = (FORMER, *(path + ending for path in (PACK, OTHER, TRIAL) for ending in ("", PART, NEW)))
_WRITTEN = ("/uockam-crash.json", "/uockam-vault", "/uockam-vault.new", RUN)  # the board's identity is gone then
_PACKAGES = tuple(f"{folder}/{name}" for folder in ("", "/lib") for name in ("uockam", "device"))  # by hand, or by mip


def remove(port: str, via: str) -> list[str]:
    """Remove it from the board at a port, which is restarted; the paths that were removed, [] when it was not there.

    A node of this computer that has the port is stopped. Start files first: a board that is unplugged in the middle
    runs the node as before, or none. Raises HostError.
    """
    with released(port, come_back=False), restarted(port, via) as copier:
        state = read_state(copier)
        return [*_start_files(copier, state), *_rest(copier, state)]


def _start_files(copier: Copier, state: State) -> Iterator[str]:
    for path, user in reversed(USERS.items()):
        if user in state.hashes and path not in state.users:
            copier.put(path, copier.get(user))
            copier.rm(user)
            yield path
        elif path in state.hashes and path not in state.users:
            copier.rm(path)
            yield path


def _rest(copier: Copier, state: State) -> Iterator[str]:
    packages = copier.hashes(*_PACKAGES)
    for path in (settings.PATH, *_VERSIONS, *_WRITTEN, *_PACKAGES):
        if copier.stat(path) is not None and (path not in _PACKAGES or _is_ours(path, packages)):
            copier.rm(path)
            yield path


def _is_ours(package: str, files: "dict[str, str]") -> bool:
    """Not a package of the user's that has the same name by chance."""
    marker = "node" if package.endswith("uockam") else "watchdog"
    return any(f"{package}/{marker}.{ending}" in files for ending in ("py", "mpy"))
