"""Identifiers: the names of identities, 32 bytes that people write as I and 64 hex digits (secure.md 2.2)."""

from binascii import hexlify, unhexlify

from .errors import InvalidAddress
from .log import safe
from .port import const

_TEXT_LENGTH = const(65)


def identifier_text(identifier: bytes) -> str:
    """How people write an identifier: I and 64 hex digits."""
    return "I" + hexlify(identifier).decode()


def parse_identifier(text: str) -> bytes:
    """The identifier of 32 bytes that the text names. Raises InvalidAddress."""
    text = text.strip()
    if len(text) != _TEXT_LENGTH or text[0] != "I" or not all([char in "0123456789abcdefABCDEF" for char in text[1:]]):
        raise InvalidAddress("not an identifier: '%s'" % safe(text), "write I and 64 hex digits")
    return unhexlify(text[1:].encode())
