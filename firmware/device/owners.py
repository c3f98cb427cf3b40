"""Owners: the identities that may do over a secure channel what whoever holds the cable may do."""

from uockam import api
from uockam.errors import InvalidAddress
from uockam.identifier import identifier_text, parse_identifier
from uockam.records import Record

from . import config

MOST = 16  # each is 67 characters of the settings

_OWNER = Record("an owner", (1, "identifier", bytes, True))
_BYTES = 32


def listed() -> "set[bytes]":
    """Those that the setting `owners` names, each of 32 bytes; what is no identifier is told about and left out."""
    found = set()
    for text in config.load().get("owners", ()):
        try:
            found.add(parse_identifier(text))
        except InvalidAddress as error:
            print("uockam: %s: one of 'owners' is left out: %s" % (config.PATH, error))
    return found


def add(body: object) -> bytes:
    """The owner that the body of a request names, who is in the settings then. Raises api.Reject."""
    identifier = _OWNER.unpack(body)["identifier"]
    if len(identifier) != _BYTES:
        raise api.Reject(api.BAD_REQUEST, "an identifier has %d bytes" % _BYTES)
    owners = listed()
    if identifier not in owners:
        if len(owners) >= MOST:
            raise api.Reject(api.CONFLICT, "the board has %d owners, which is the most" % MOST)
        owners.add(identifier)
        _keep(owners)
    return identifier


def _keep(owners: "set[bytes]") -> None:
    try:
        config.change("owners", [identifier_text(each) for each in sorted(owners)])
    except (OSError, ValueError) as error:
        raise api.Reject(api.INTERNAL, "the settings of the board cannot be written: %s" % error)
