"""Where the text of a ticket comes from: a URL, a file, or the text itself (controller.md 5.2)."""

import re
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ..errors import HostError, InvalidArgument
from .address import check_url, is_loopback_host
from .ticket import MAX_TEXT

_PLACE = re.compile(r"([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):\d+/\S*")  # `host:port/path`
_TIMEOUT_S = 15.0


def load(text: str) -> str:
    """The text of the ticket. Raises InvalidArgument, HostError."""
    text = text.strip()
    if text.startswith(("http://", "https://")):
        return _fetch(text)
    place = _PLACE.fullmatch(text)
    if place:
        return _fetch(f"{'http' if is_loopback_host(place[1].strip('[]')) else 'https'}://{text}")
    return _file(text)


def _file(text: str) -> str:
    path = Path(text)
    try:
        found = path.is_file()
    except (OSError, ValueError):  # too long for a name, or with what no name has: it is a ticket
        found = False
    if not found:
        return text
    try:
        with path.open("rb") as file:
            return _decoded(file.read(MAX_TEXT + 1), text)
    except OSError as error:
        raise HostError(f"{text} cannot be read: {error.strerror}", "Give the text of the ticket instead") from error


def _fetch(url: str) -> str:
    check_url(url.partition("?")[0])
    try:
        with build_opener(_Careful).open(url, timeout=_TIMEOUT_S) as answer:
            return _decoded(answer.read(MAX_TEXT + 1), url)
    except (OSError, HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise HostError(f"{url} cannot be fetched: {reason}", "Check the URL and the network") from error


class _Careful(HTTPRedirectHandler):
    """Goes on only to where nobody on the way can read the ticket."""

    def redirect_request(self, *arguments: Any) -> "Request | None":
        check_url(str(arguments[-1]).partition("?")[0])
        return super().redirect_request(*arguments)


def _decoded(data: bytes, where: str) -> str:
    if len(data) > MAX_TEXT:
        raise InvalidArgument(f"{where} is too large for a ticket", _WHAT)
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidArgument(f"{where} is no text", _WHAT) from None


_WHAT = "It has the text that `uockam project ticket` prints, and no more"
