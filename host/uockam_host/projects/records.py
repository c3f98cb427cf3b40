"""Spaces and projects as a controller tells of them, and as JSON has them (controller.md 3.1, 3.2, 4.1)."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from uockam import multiaddr
from uockam.errors import InvalidAddress, ProtocolError
from uockam.identifier import identifier_text, parse_identifier
from uockam.records import Record

if TYPE_CHECKING:
    from uockam.secure.identity import History

MAX_NAME = 255  # characters of an id or a name
MAX_ROUTE = 2048  # characters
MAX_HISTORY = 65_536  # hex digits: 32 changes, and room
MAX_PEOPLE = 1000  # of one space or project
_IDENTIFIER_BYTES = 32

ROLES = ("Admin", "Guest", "Service")  # by number
SCOPES = ("Project", "Service", "Space")
ADMIN = ROLES[0]

SPACE = Record(
    "a space", (1, "id", str, True), (2, "name", str, True), (3, "users", list, True), (4, "subscription", dict, False)
)
SUBSCRIPTION = Record(
    "a subscription",
    (1, "name", str, True),
    (2, "is_free_trial", bool, True),
    (3, "marketplace", str, False),
    (4, "start_date", int, False),
    (5, "end_date", int, False),
)
PROJECT = Record(
    "a project",
    (1, "id", str, True),
    (2, "name", str, True),
    (3, "space_name", str, True),
    (5, "access_route", str, True),
    (6, "users", list, True),
    (7, "space_id", str, True),
    (8, "identity", bytes, False),
    (9, "authority_access_route", str, False),
    (10, "authority_identity", str, False),
    (13, "version", str, False),
    (14, "running", bool, False),
    (15, "operation_id", str, False),
    (16, "user_roles", list, True),
    (17, "project_change_history", str, False),
)
ROLE = Record("a role", (1, "email", str, True), (2, "id", int, True), (3, "role", int, True), (4, "scope", int, True))


@dataclass(frozen=True)
class Space:
    """users: e-mails of its administrators. subscription: as JSON has it, None without one."""

    id: str
    name: str
    users: tuple[str, ...] = ()
    subscription: dict[str, Any] | None = None

    @classmethod
    def of_body(cls, body: object) -> "Space":
        """The space in a controller's answer. Raises ProtocolError."""
        values: dict[str, Any] = SPACE.unpack(body)
        subscription = values["subscription"]
        return cls(
            _part(values["id"], "a space's id"),
            _part(values["name"], "a space's name"),
            _people(values["users"]),
            None if subscription is None else SUBSCRIPTION.unpack(subscription),
        )

    @classmethod
    def of_json(cls, values: Any) -> "Space":
        """The space in what `to_dict` gave. Raises ProtocolError."""
        try:
            return cls(**{**values, "users": _people(values["users"])})
        except (TypeError, KeyError):
            raise ProtocolError("a space that is not as it was written down") from None

    def to_dict(self) -> dict[str, Any]:
        """JSON of one item of `space list`."""
        return {"id": self.id, "name": self.name, "users": list(self.users), "subscription": self.subscription}


@dataclass(frozen=True)
class Role:
    """What a person may do in a project: role is one of ROLES, scope one of SCOPES."""

    email: str
    id: int
    role: str
    scope: str

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {"email": self.email, "id": self.id, "role": self.role, "scope": self.scope}


@dataclass(frozen=True)
class Project:
    """access_route: of the project's node, "" while it is not up. identity: its identifier, as text.

    project_change_history and authority_identity are the histories of the node and of the authority, in hex. A text
    that is not known is "".
    """

    id: str
    name: str
    space_name: str = ""
    access_route: str = ""
    users: tuple[str, ...] = ()
    space_id: str = ""
    identity: str = ""
    authority_access_route: str = ""
    authority_identity: str = ""
    version: str = ""
    running: bool | None = None
    operation_id: str = ""
    user_roles: tuple[Role, ...] = ()
    project_change_history: str = ""

    @classmethod
    def of_body(cls, body: object) -> "Project":
        """The project in a controller's answer, its histories unproven. Raises ProtocolError."""
        values: dict[str, Any] = PROJECT.unpack(body)
        identity = values["identity"] or b""
        if identity and len(identity) != _IDENTIFIER_BYTES:
            raise ProtocolError("a project whose identifier has the wrong length")
        values["identity"] = identifier_text(identity) if identity else ""
        return cls(**_texts_of(values), **_others_of(values, _role_of_body))

    @classmethod
    def of_json(cls, values: object) -> "Project":
        """The project in a JSON object, such as `project information` prints. Raises ProtocolError."""
        if not isinstance(values, dict):
            raise ProtocolError("a project that is not a JSON object")
        return cls(**_texts_of(values), **_others_of(values, _role_of_json))

    @property
    def ready(self) -> bool:
        """Whether all is known that is needed to use it."""
        routes = (self.access_route, self.authority_access_route)
        return all((*routes, self.identity, self.authority_identity, self.project_change_history))

    @property
    def authority_identifier(self) -> str:
        """Of the authority, as text; "" when it is not known. Raises ProtocolError."""
        known = self.authority_identity
        return identifier_text(_decoded(known, "authority").identifier) if known else ""

    def is_admin(self, email: str) -> bool:
        """Whether the person administers it."""
        return any(role.role == ADMIN and role.email.lower() == email.lower() for role in self.user_roles)

    def proven(self) -> "tuple[History, History]":
        """The histories of its node and of its authority, proven. Raises ProtocolError, also when one is missing."""
        node = _history(self.project_change_history, "project")
        if identifier_text(node.identifier) != self.identity:
            raise ProtocolError("a project whose identifier is not that of its change history")
        return node, _history(self.authority_identity, "authority")

    def to_dict(self) -> dict[str, Any]:
        """JSON of `project show` (controller.md 4.1)."""
        known = {name: getattr(self, name) or None for name in _OPTIONAL}
        roles = [role.to_dict() for role in self.user_roles]
        return {**asdict(self), **known, "users": list(self.users), "user_roles": roles}


_TEXTS = {  # the most characters of each
    "id": MAX_NAME,
    "name": MAX_NAME,
    "space_name": MAX_NAME,
    "access_route": MAX_ROUTE,
    "space_id": MAX_NAME,
    "identity": MAX_NAME,
    "authority_access_route": MAX_ROUTE,
    "authority_identity": MAX_HISTORY,
    "version": MAX_NAME,
    "operation_id": MAX_NAME,
    "project_change_history": MAX_HISTORY,
}
_OPTIONAL = (
    "identity",
    "authority_access_route",
    "authority_identity",
    "version",
    "operation_id",
    "project_change_history",
)


def _texts_of(values: dict[str, Any]) -> dict[str, Any]:
    texts = {name: _text(values.get(name) or "", name, most) for name, most in _TEXTS.items()}
    for name in ("id", "name"):
        _part(texts[name], f"a project's {name}")
    for name in ("access_route", "authority_access_route"):
        _check_route(texts[name])
    if texts["identity"]:
        _identifier(texts["identity"])
    return texts


def _others_of(values: dict[str, Any], role: Callable[[Any], Role]) -> dict[str, Any]:
    running = values.get("running")
    if running is not None and not isinstance(running, bool):
        raise ProtocolError("a project that neither runs nor does not")
    roles = tuple(role(item) for item in _few(values.get("user_roles") or []))
    return {"users": _people(values.get("users") or []), "user_roles": roles, "running": running}


def _role_of_body(item: Any) -> Role:
    values: dict[str, Any] = ROLE.unpack(item)
    return Role(
        _text(values["email"], "e-mail"), values["id"], _name(ROLES, values["role"]), _name(SCOPES, values["scope"])
    )


def _role_of_json(item: Any) -> Role:
    if not isinstance(item, dict) or item.get("role") not in ROLES or item.get("scope") not in SCOPES:
        raise ProtocolError("a role of an unknown kind")
    number = item.get("id")
    if not isinstance(number, int):
        raise ProtocolError("a role without a user")
    return Role(_text(item.get("email"), "e-mail"), number, item["role"], item["scope"])


def _name(names: tuple[str, ...], number: int) -> str:
    if 0 <= number < len(names):
        return names[number]
    raise ProtocolError("a role of an unknown kind")


def _few(items: object) -> list[Any]:
    if not isinstance(items, list) or len(items) > MAX_PEOPLE:
        raise ProtocolError(f"people that are not a list of at most {MAX_PEOPLE}")
    return items


def _people(items: object) -> tuple[str, ...]:
    return tuple(_text(item, "e-mail") for item in _few(items))


def _text(value: object, what: str, most: int = MAX_NAME) -> str:
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        raise ProtocolError(f"a {what} that is no text, or too long")
    return value


def _part(value: str, what: str) -> str:
    """A text that can stand in a route and in a ticket."""
    if not value or "/" in value or "," in value or len(value) > MAX_NAME or not value.isprintable():
        raise ProtocolError(f"{what} that cannot be a part of a route")
    return value


def _check_route(text: str) -> None:
    if not text:
        return
    try:
        names = [name for name, _ in multiaddr.parse(text)]
    except InvalidAddress as error:
        raise ProtocolError(f"a project with a wrong route: {error}") from error
    if names[0] not in multiaddr.HOSTS or names[1:2] != ["tcp"] or not set(names[2:]) <= set(multiaddr.WORKERS):
        raise ProtocolError("a project whose route does not begin with a TCP address")


def _identifier(text: str) -> None:
    try:
        parse_identifier(text)
    except InvalidAddress as error:
        raise ProtocolError(f"a project whose identifier is wrong: {error}") from error


def _history(text: str, what: str) -> "History":
    from uockam.crypto.steps import last
    from uockam.secure import identity

    history = _decoded(text, what)
    last(identity.verify_steps(history))
    return history


def _decoded(text: str, what: str) -> "History":
    from uockam.secure import identity

    try:
        return identity.decode(bytes.fromhex(text))
    except ValueError:
        raise ProtocolError(f"a change history of the {what} that is not hex") from None
