"""The log that a board keeps, read or followed over any route (docs/services.md, `log`)."""

import time
from collections.abc import Iterator

from uockam.address import Address, random_address
from uockam.bare import decode_text, encode_text
from uockam.errors import ProtocolError

from ..errors import HostError, MessageError
from ..node import control
from ..node.client import Client, NoReply

_TIMEOUT_MS = 10_000
_RENEW_S = 15.0  # a board that has restarted tells nobody, until it is asked again


def read(to: str) -> list[str]:
    """The lines that are kept now. to: route of a log service. Raises MessageError, HostError for a refusal."""
    text = _text(control.send_message(to, encode_text("read"), timeout_ms=_TIMEOUT_MS))
    if text.startswith("error: "):
        raise HostError(f"The board says: {text[7:]}", "Use the same version of uockam for both")
    return text.splitlines()


def follow(to: str) -> Iterator[str]:
    """The lines that are kept and all that come, until the caller has enough; a board that restarts begins anew."""
    client, onward = _open(to)
    own = random_address()
    renewed = 0.0
    next_line = 0
    with client:
        while True:
            if time.monotonic() - renewed > _RENEW_S:
                client.send(onward, encode_text("follow"), _TIMEOUT_MS, own)
                renewed = time.monotonic()
            try:
                text = _text(client.receive(own, onward, int(_RENEW_S * 1000)))
            except NoReply:
                continue
            except MessageError as error:  # the board is away
                yield f"[{error}]"
                time.sleep(1)
                continue
            if not text.startswith("following"):
                lines, next_line = _lines(text, next_line)
                yield from lines


def _open(to: str) -> "tuple[Client, tuple[Address, ...]]":
    """A client that stays, and the route from what it leads to."""
    if "/secure/" not in to:
        return control.open_route(to, timeout_ms=_TIMEOUT_MS)
    from .far import FarClient

    return FarClient(to), ()


def _lines(text: str, expected: int) -> tuple[list[str], int]:
    """The lines of a batch that are new, and the number of the one after them."""
    head, _, body = text.partition("\n")
    if head.startswith("error: "):
        raise HostError(f"The board says: {head[7:]}", "Try again later")
    try:
        first, lost = (int(word) for word in head.split())
    except ValueError:
        raise HostError("The board sent no lines of a log", "Check that the route leads to a log service") from None
    lines = body.splitlines()
    skipped = [f"[{lost} lines were lost]"] if lost and first != expected else []
    return skipped + lines, first + len(lines)


def _text(payload: bytes) -> str:
    try:
        return decode_text(payload)
    except ProtocolError as error:
        raise HostError(f"The board sent {error}", "Check that the route leads to a log service") from error
