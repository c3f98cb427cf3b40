"""Which database a URL means."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from ..errors import InvalidArgument
from .database import Database
from .sqlite import open_sqlite

_SQLITE = "sqlite:///"


async def open_database(url: str) -> Database:
    """The database, made or brought up to date. Raises InvalidArgument, StoreError, StateError."""
    for start, opener in _OPENERS.items():
        if url.startswith(start):
            return await opener(url)
    raise InvalidArgument(f"There is no database like {url}", f"Write {_SQLITE}PATH for a file")


def sqlite_path(url: str) -> Path:
    """The file that a URL means. Raises InvalidArgument when it means something else."""
    if not url.startswith(_SQLITE) or url == _SQLITE:
        raise InvalidArgument(f"{url} is no file", f"Write {_SQLITE}PATH")
    return Path(url.removeprefix(_SQLITE)).expanduser().absolute()


async def _open_sqlite(url: str) -> Database:
    return await open_sqlite(sqlite_path(url))


_OPENERS: dict[str, Callable[[str], Awaitable[Database]]] = {_SQLITE: _open_sqlite}
