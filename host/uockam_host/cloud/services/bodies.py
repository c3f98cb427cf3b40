"""The bodies of the controller's and the authorities' messages (controller.md 3, secure.md 4.4), and their bounds."""

from collections.abc import Mapping

from uockam import cbor
from uockam.records import Record

from ..tables.members import Member
from .service import bad

MAX_NAME = 64  # characters of a space's or project's name, which stands in routes and tickets
MAX_EMAIL = 254  # characters, as RFC 5321 has it
MAX_ADMINS = 100  # of one space or project
MAX_ATTRIBUTES = 16  # of a member; a board has to hold its credential in RAM
MAX_ATTRIBUTE = 128  # bytes of a name or a value

ENROLL = Record("an enrolment", (1, "kind", int, True), (2, "token", str, True))
NEW_SPACE = Record("a new space", (1, "name", str, True), (2, "admins", list, False))
NEW_PROJECT = Record("a new project", (1, "name", str, True), (3, "admins", list, False))
ADMIN = Record("an administrator", (1, "email", str, True))
VERSION = Record("versions", (1, "controller", str, False), (2, "project", str, False))

NEW_MEMBER = Record("a new member", (1, "identifier", bytes, True), (2, "attributes", dict, True))
NEW_TOKEN = Record("a new token", (1, "attributes", dict, True), (2, "ttl_s", int, False), (3, "uses", int, False))
CODE = Record("a one-time code", (1, "code", bytes, True))
ENTRY = Record(
    "what is known of a member",
    (1, "attributes", cbor.Map, True),
    (2, "added_at", int, True),
    (4, "attested_by", bytes, False),
)

ROLE_ADMIN = 0
SCOPE_PROJECT = 0
SCOPE_SPACE = 2

_RESERVED = ("identifier", "has_credential", "project", "trust_context_id")  # what policies mean something else by


def name(value: str) -> str:
    """A name that can be a part of a route. Raises api.Reject."""
    if not 0 < len(value) <= MAX_NAME or not all(
        char.isascii() and (char.isalnum() or char in "-_.") for char in value
    ):
        raise bad(f"a name has letters, digits, `-`, `_` and `.`, {MAX_NAME} at most")
    return value


def emails(values: "list[object] | None") -> list[str]:
    """The e-mails in a list. Raises api.Reject."""
    if values is None:
        return []
    if len(values) > MAX_ADMINS:
        raise bad(f"{MAX_ADMINS} administrators at most")
    return [email(value) for value in values]


def email(value: object) -> str:
    """An e-mail, as it is written. Raises api.Reject."""
    if not isinstance(value, str) or not 3 <= len(value) <= MAX_EMAIL or not value.isprintable():
        raise bad("that is no e-mail")
    local, _, domain = value.rpartition("@")
    if not local or not domain or any(char.isspace() or char == "/" for char in value):
        raise bad("that is no e-mail")
    return value


def attributes(values: Mapping[object, object]) -> dict[str, str]:
    """Attributes that a member may have. Raises api.Reject."""
    if len(values) > MAX_ATTRIBUTES:
        raise bad(f"{MAX_ATTRIBUTES} attributes at most")
    found = {}
    for key, value in values.items():
        if not isinstance(key, str) or not isinstance(value, str):
            raise bad("attributes are texts")
        if not 0 < len(key.encode()) <= MAX_ATTRIBUTE or len(value.encode()) > MAX_ATTRIBUTE:
            raise bad(f"an attribute has {MAX_ATTRIBUTE} bytes at most, and its name too")
        if key in _RESERVED:
            raise bad(f"the attribute `{key}` is reserved")
        found[key] = value
    return found


def entry(member: Member) -> cbor.Map:
    """What is told of a member: the one place where Ockam writes bytes as arrays of numbers."""
    pairs = [(list(key.encode()), list(value.encode())) for key, value in sorted(member.attributes.items())]
    return ENTRY.pack(attributes=cbor.Map(*pairs), added_at=member.added_at, attested_by=member.added_by)
