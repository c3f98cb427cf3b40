"""Where an orchestrator is, who it is, and where persons sign in to it: one line that can be handed on."""

import ipaddress
import re
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from uockam import multiaddr
from uockam.errors import InvalidAddress

from ..errors import HostError, InvalidArgument
from ..state import home
from ..state.database import Database

_IDENTIFIER = re.compile(r"I[0-9a-f]{64}")
_MAX_TEXT = 2048  # characters: a route, an identifier and a URL
_REMEDY = "Copy the whole line that `uockam orchestrator status` prints on the computer of the orchestrator"


class NoOrchestrator(HostError):
    """None is known on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "No orchestrator is known on this machine",
            "Start one here with `uockam orchestrator start`,\n"
            "or name one that runs elsewhere with `uockam enroll --orchestrator ADDRESS`;\n"
            "`uockam orchestrator status` prints its address there",
        )


@dataclass(frozen=True)
class Orchestrator:
    """route: to its controller, whose identity must be `identifier` ("I" and 64 hex digits); signin_url: its site.

    str() is the line of `route,identifier,signin_url`.
    """

    route: str
    identifier: str
    signin_url: str

    @classmethod
    def parse(cls, text: str) -> "Orchestrator":
        """The address out of its line. Raises InvalidArgument."""
        fields = text.strip().split(",")
        if len(fields) != len(_CHECKS) or len(text) > _MAX_TEXT:
            raise InvalidArgument(
                "This is no address of an orchestrator: it has the form ROUTE,IDENTIFIER,URL", _REMEDY
            )
        return cls(*(check(field.strip()) for check, field in zip(_CHECKS, fields, strict=True)))

    def __str__(self) -> str:
        return ",".join(astuple(self))


def local_file() -> Path:
    """Where the orchestrator that runs with this home writes its address down."""
    return home.home() / "orchestrator" / "address"


def in_use() -> Orchestrator:
    """The orchestrator that this machine enrolled at, else the one of this home. Raises NoOrchestrator, StateError."""
    with Database() as database:
        rows = database.rows("SELECT address FROM orchestrator")
    text = rows[0]["address"] if rows else _local()
    if not text:
        raise NoOrchestrator
    return Orchestrator.parse(text)


def use(orchestrator: Orchestrator) -> None:
    """Make it the one that later commands ask. That of this home needs no note: it says itself where it is now.

    Raises StateError, HostError.
    """
    with Database() as database, database.writing() as connection:
        connection.execute("DELETE FROM orchestrator")
        if str(orchestrator) != _local():
            connection.execute("INSERT INTO orchestrator (only, address) VALUES (1, ?)", (str(orchestrator),))


def check_url(url: str) -> str:
    """A URL whose answers nobody on the way can read or change, without its last slash. Raises InvalidArgument."""
    try:
        place = urlsplit(url)
        host, _ = place.hostname, place.port
    except ValueError:
        host = None
    if not host or place.scheme not in ("http", "https") or place.query or place.fragment or not url.isprintable():
        raise InvalidArgument(f"{url} is no URL of a sign-in site", "Write https://HOST, or http://127.0.0.1:PORT")
    if place.scheme == "http" and not is_loopback_host(host):
        raise InvalidArgument(f"{url} is not encrypted", "Use https, or http at 127.0.0.1 only")
    return url.rstrip("/")


def is_loopback_host(host: str) -> bool:
    """Whether the host of a URL is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_route(route: str) -> str:
    try:
        pairs = multiaddr.parse(route)
    except InvalidAddress as error:
        raise InvalidArgument(f"The route of the orchestrator is wrong: {error}", _REMEDY) from error
    names = [name for name, _ in pairs]
    if len(names) < _SHORTEST or names[0] not in multiaddr.HOSTS or names[1] != "tcp":
        raise InvalidArgument(
            f"The route of the orchestrator is wrong: {route} does not begin with a TCP address", _REMEDY
        )
    return route


_SHORTEST = 3  # host, port, and the worker that makes channels


def _check_identifier(text: str) -> str:
    if not _IDENTIFIER.fullmatch(text):
        raise InvalidArgument(f"{text} is no identifier", _REMEDY)
    return text


_CHECKS: tuple[Callable[[str], str], ...] = (_check_route, _check_identifier, check_url)  # in the order of the fields


def _local() -> str:
    try:
        return local_file().read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise HostError(f"{local_file()} cannot be read", "Run `uockam orchestrator start` again") from error
