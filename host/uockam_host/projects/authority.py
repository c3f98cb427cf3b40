"""Asking the authority of a project: members, tickets' codes, credentials (secure.md 4.4, controller.md 6)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from uockam import api
from uockam.errors import Error, ProtocolError
from uockam.identifier import identifier_text, parse_identifier
from uockam.log import INFO, log
from uockam.records import Record

from ..errors import ApiError, MessageError
from ..node.temporary import Here, run
from . import address
from .errors import ProjectError
from .known import opened
from .membership import ISSUER, proven, verified
from .records import Project
from .remote import TIMEOUT_MS, ask, place

if TYPE_CHECKING:
    from uockam.secure.credential import Issued

_Value = TypeVar("_Value")

ROLE, ENROLLER = "ockam-role", "enroller"
RELAY = "ockam-relay"  # the name of a relay that the member may have, `*` for any

_MEMBERS = "direct_authenticator"
_NEW_MEMBER = Record("a new member", (1, "identifier", bytes, True), (2, "attributes", dict, True))
_NEW_TOKEN = Record("a new token", (1, "attributes", dict, True), (2, "ttl_s", int, False), (3, "uses", int, False))
_CODE = Record("a one-time code", (1, "code", bytes, True))
_ENTRY = Record(
    "what is known of a member",
    (1, "attributes", dict, True),
    (2, "added_at", int, True),
    (3, "expires_at", int, False),
    (4, "attested_by", bytes, False),
)


@dataclass(frozen=True)
class Member:
    """Of a project. Times are Unix seconds; attested_by: the identifier of who added it, "" when that is not told."""

    identifier: str
    attributes: dict[str, str] = field(default_factory=dict)
    added_at: int = 0
    expires_at: int | None = None
    attested_by: str = ""

    def to_dict(self) -> dict[str, Any]:
        """JSON of one item of `project-member list`, as Ockam Command 0.150 has it."""
        entry = {
            "added_at": self.added_at,
            "attested_by": self.attested_by or None,
            "attributes": self.attributes,
            "expires_at": self.expires_at,
        }
        return {"identifier": self.identifier, "attributes": entry}


class Authority:
    """The authority of a project, as an identity of this machine asks it; None is the default identity.

    Every method raises ApiError with what the authority says against it, MessageError when it cannot be reached or is
    not who it should be, ProjectError for a project that cannot be used, and as `here.run`.
    """

    def __init__(self, project: Project, identity: "str | None" = None, timeout_ms: int = TIMEOUT_MS) -> None:
        self._project = project
        self._history = proven(project)[1]
        self._at = place(project.authority_access_route, self._history.identifier)
        self._identity = identity
        self._timeout_ms = timeout_ms

    def accept(self, code: bytes) -> None:
        """The identity becomes a member by a ticket's code; one that is a member already stays as it is."""
        try:
            self._ask("enrollment_token_acceptor", api.POST, "/", _CODE.pack(code=code))
        except ApiError as error:
            if error.status != api.FORBIDDEN or "already a member" not in str(error).lower():
                raise

    def credential(self) -> "Issued":
        """What says that the identity is a member, fresh."""

        async def fetch(here: "Here") -> "Issued":
            body = await ask(here.ways, self._at, ISSUER, api.POST, "/", timeout_ms=self._timeout_ms)
            return verified(body, self._history, here.secure.identifier, here.secure.now() or 0)

        return run(fetch, self._identity)

    def token(self, attributes: dict[str, str], ttl_s: "int | None" = None, uses: "int | None" = None) -> bytes:
        """A code that makes members with these attributes. ttl_s, uses: the authority's defaults if None."""
        body = _NEW_TOKEN.pack(attributes=attributes, ttl_s=ttl_s, uses=uses)
        values: dict[str, Any] = self._read(_CODE.unpack, self._ask("enrollment_token_issuer", api.POST, "/", body))
        return bytes(values["code"])

    def members(self) -> list[Member]:
        """All of them."""
        return self._read(_members, self._ask(_MEMBERS, api.GET, "/"))

    def member_ids(self) -> list[str]:
        """The identifier of each."""
        return self._read(_identifiers, self._ask(_MEMBERS, api.GET, "/member_ids"))

    def member(self, identifier: str) -> Member:
        """One of them."""
        body = self._ask(_MEMBERS, api.GET, f"/{_checked(identifier)}")
        return self._read(lambda entry: _member(parse_identifier(identifier), entry), body)

    def add(self, identifier: str, attributes: dict[str, str]) -> None:
        """Make a member; one that is a member already has these attributes and no others then."""
        body = _NEW_MEMBER.pack(identifier=parse_identifier(identifier), attributes=attributes)
        self._ask(_MEMBERS, api.POST, "/", body)

    def delete(self, identifier: str) -> None:
        """It is no member any more."""
        self._ask(_MEMBERS, api.DELETE, f"/{_checked(identifier)}")

    def delete_all(self) -> None:
        """But for the identity itself, and those that may not be deleted."""
        self._ask(_MEMBERS, api.DELETE, "/members")

    def _ask(self, worker: str, method: int, path: str, body: object = None) -> Any:
        async def do(here: "Here") -> Any:
            shown = await _admin_credentials(here, self._project, self._timeout_ms)
            return await ask(
                here.ways, self._at, worker, method, path, body, credentials=shown, timeout_ms=self._timeout_ms
            )

        try:
            return run(do, self._identity)
        except ApiError as error:
            raise ApiError(error.status, str(error), _remedy(str(error))) from error

    def _read(self, read: Callable[[Any], _Value], body: object) -> _Value:
        try:
            return read(body)
        except ProtocolError as error:
            raise MessageError(
                f"The authority of {self._project.name} sent {error}", "Use the same version of uockam for both"
            ) from error


async def _admin_credentials(here: "Here", project: Project, timeout_ms: int) -> "tuple[Issued, ...]":
    """What says that the identity administers the project: of the controller, for an identity enrolled for somebody who
    does. Without it the authority's own list of members decides.
    """
    with opened() as known:
        enrollment = known.people.enrollment(identifier_text(here.secure.identifier))
    if enrollment is None or not project.is_admin(enrollment.email):
        return ()
    try:
        return (await _of_controller(here, project, timeout_ms),)
    except Error as error:
        log(INFO, "uockam.host.projects", f"no credential of an administrator: {error}")
        return ()


async def _of_controller(here: "Here", project: Project, timeout_ms: int) -> "Issued":
    from uockam.secure import identity

    orchestrator = address.in_use()
    at = place(orchestrator.route, orchestrator.identifier)
    body = await ask(here.ways, at, "accounts", api.GET, f"/v0/project/{project.id}", timeout_ms=timeout_ms)
    history = here.secure.keys.known.get(at.identifier)  # it was shown in the handshake
    if history is None:
        raise ProjectError("The controller is not known any more", "Run the command again")
    return verified(body, identity.decode(history), here.secure.identifier, here.secure.now() or 0)


def _checked(identifier: str) -> str:
    """Raises InvalidAddress."""
    return identifier_text(parse_identifier(identifier))


def _members(body: Any) -> list[Member]:
    if not isinstance(body, dict):
        raise ProtocolError("members that are no map")
    return [_member(identifier, entry) for identifier, entry in body.items()]


def _member(identifier: object, body: object) -> Member:
    values: dict[str, Any] = _ENTRY.unpack(body)
    attested_by = values["attested_by"]
    return Member(
        _identifier(identifier),
        {_text(name): _text(value) for name, value in values["attributes"].items()},
        values["added_at"],
        values["expires_at"],
        _identifier(attested_by) if attested_by else "",
    )


def _identifiers(body: Any) -> list[str]:
    if not isinstance(body, list):
        raise ProtocolError("identifiers that are no list")
    return [_identifier(item) for item in body]


def _identifier(value: object) -> str:
    if not isinstance(value, bytes) or len(value) != _IDENTIFIER_BYTES:
        raise ProtocolError("something that is no identifier")
    return identifier_text(value)


_IDENTIFIER_BYTES = 32
_REMEDIES = (  # words of what an authority says -> what to do
    ("enroller", "Ask somebody to do it who enrolls others, or administers the project"),
    ("not found", "See who is a member with `uockam project-member list-ids`"),
    ("ticket", "Ask for another ticket"),
)


def _remedy(text: str) -> str:
    return next((remedy for words, remedy in _REMEDIES if words in text), "")


def _text(value: Any) -> str:
    """Of an array of bytes, the one place where Ockam writes text like that."""
    if not isinstance(value, (list, tuple)):
        raise ProtocolError("an attribute that is no array of bytes")
    try:
        return bytes(value).decode()
    except (TypeError, ValueError):
        raise ProtocolError("an attribute that is no text") from None
