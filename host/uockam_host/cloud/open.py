"""Which database, and which bus, a URL means."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from ..errors import HostError, InvalidArgument
from .bus import Bus, LocalBus
from .database import Database
from .place import SQLITE
from .sqlite import open_sqlite

_POSTGRES = "postgresql://"
_NATS = ("nats://", "tls://")


async def open_database(url: str) -> Database:
    """The database, made or brought up to date. Raises InvalidArgument, StoreError, StateError."""
    for start, opener in _OPENERS.items():
        if url.startswith(start):
            return await opener(url)
    raise InvalidArgument(f"There is no database like {url}", f"Write {SQLITE}PATH for a file, or {_POSTGRES}HOST/NAME")


async def open_bus(url: str) -> Bus:
    """The bus; "" is the one within this process. Raises InvalidArgument, HostError."""
    if not url:
        return LocalBus()
    if not url.startswith(_NATS):
        raise InvalidArgument(f"There is no bus like {url}", f"Write {_NATS[0]}HOST:PORT")
    return cast("Bus", await _load("bus_nats").open_nats(url))


def is_file(url: str) -> bool:
    """Whether the database is a file of this machine."""
    return url.startswith(SQLITE)


def sqlite_path(url: str) -> Path:
    """The file that a URL means. Raises InvalidArgument when it means something else."""
    if not url.startswith(SQLITE) or url == SQLITE:
        raise InvalidArgument(f"{url} is no file", f"Write {SQLITE}PATH")
    return Path(url.removeprefix(SQLITE)).expanduser().absolute()


async def _open_sqlite(url: str) -> Database:
    return await open_sqlite(sqlite_path(url))


async def _open_postgres(url: str) -> Database:
    return cast("Database", await _load("postgres").open_postgres(url))


def _load(name: str) -> Any:
    """A module whose libraries only an orchestrator of several processes needs. Raises HostError."""
    try:
        return import_module(f".{name}", __package__)
    except ModuleNotFoundError as error:
        text = f"The library {error.name} is not installed"
        raise HostError(text, "Run `pip install 'uockam[scale]'`") from error


_OPENERS: dict[str, Callable[[str], Awaitable[Database]]] = {SQLITE: _open_sqlite, _POSTGRES: _open_postgres}
