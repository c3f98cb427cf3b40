"""The library behind `uockam space` and `uockam project`: what the controller says, and what this machine knows of it.

Names may be ids; None is the default. It prints nothing; every failure is a HostError.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

from uockam.errors import ProtocolError

from .. import identities
from ..errors import HostError, InvalidArgument, NoDefaultIdentity
from ..names import pet_name
from . import address, ticket
from .authority import Authority
from .controller import Controller, Versions
from .errors import NotEnrolled
from .known import find_project, find_space, opened
from .membership import proven
from .records import Project, Space
from .ticket import Ticket

if TYPE_CHECKING:
    from uockam.secure.credential import Issued

_Value = TypeVar("_Value")

ENROLL_MS = 240_000  # as Ockam's command has it


@dataclass(frozen=True)
class Listed(Generic[_Value]):
    """A list of the controller; or, when `reason` says why that could not be asked, what is known here."""

    items: list[_Value]
    reason: str = ""


def list_spaces(identity: "str | None" = None) -> Listed[Space]:
    """Those that the person administers. Raises StateError."""

    def ask(controller: Controller) -> None:
        found = controller.spaces()
        with opened() as known:
            known.spaces.replace(found)

    reason = _try(ask, identity)
    with opened() as known:
        return Listed(known.spaces.all(), reason)


def show_space(name: "str | None" = None, identity: "str | None" = None) -> Space:
    """One of them, as the controller knows it now. Raises SpaceNotFound, and as Controller."""
    controller = _controller(identity)
    _remember_spaces(controller)
    space = controller.space(find_space(name).id)
    with opened() as known:
        known.spaces.put(space)
    return space


def create_space(name: "str | None", admins: "list[str]", identity: "str | None" = None) -> Space:
    """A new one; None picks a random name. admins: e-mails, besides the person. Raises NotEnrolled, as Controller."""
    with opened() as known:
        taken = [space.name for space in known.spaces.all()]
    space = _enrolled(identity).create_space(name or pet_name(taken), admins)
    with opened() as known:
        known.spaces.put(space)
    return space


def delete_space(name: str, identity: "str | None" = None) -> str:
    """Delete a space with its projects; returns its name. Raises SpaceNotFound, NotEnrolled, and as Controller."""
    controller = _enrolled(identity)
    _remember_spaces(controller)
    space = find_space(name)
    for project in [one for one in controller.projects() if one.space_id == space.id]:
        _delete(controller, project)
    controller.delete_space(space.id)
    with opened() as known:
        known.spaces.delete(space.id)
    return space.name


def list_projects(identity: "str | None" = None) -> Listed[Project]:
    """Those that the person administers, and those that this machine is a member of. Raises StateError."""
    reason = _try(lambda controller: _remember_projects(controller, identity), identity)
    with opened() as known:
        return Listed(known.projects.all(), reason)


def show_project(name: "str | None" = None, identity: "str | None" = None) -> Listed[Project]:
    """One of them, as the controller knows it now or as it is known here. Raises ProjectNotFound, NoDefaultProject."""

    def ask(controller: Controller) -> None:
        if find_project(name).user_roles:
            _put(controller.project(find_project(name).id))
        else:
            _remember_projects(controller, identity)

    reason = _try(ask, identity)
    return Listed([find_project(name)], reason)


def create_project(space: "str | None", name: "str | None", identity: "str | None" = None) -> Project:
    """A new one, when it is ready. Raises SpaceNotFound, NotEnrolled, ProjectError, and as Controller."""
    controller = _enrolled(identity)
    _remember_spaces(controller)
    with opened() as known:
        taken = known.projects.names()
    project = controller.create_project(find_space(space).id, name or pet_name(taken))
    _put(project)
    return project


def delete_project(space: str, name: str, identity: "str | None" = None) -> str:
    """Returns its name. Raises SpaceNotFound, ProjectNotFound, NotEnrolled, and as Controller."""
    controller = _enrolled(identity)
    _remember_spaces(controller)
    _remember_projects(controller, identity)
    project = find_project(name)
    if project.space_id != find_space(space).id:
        raise InvalidArgument(
            f"The project {project.name} is in the space {project.space_name}", "Name that space, or another project"
        )
    _delete(controller, project)
    return project.name


def import_project(path: Path) -> Project:
    """The project in a file of `project information`, known here from now on. Raises InvalidArgument."""
    try:
        project = Project.of_json(json.loads(path.read_text(encoding="utf-8")))
        proven(project)
    except (OSError, ValueError, RecursionError, ProtocolError, HostError) as error:
        raise InvalidArgument(f"{path} holds no project: {error}", _INFORMATION) from error
    _put(project)
    return project


def versions(identity: "str | None" = None) -> Versions:
    """Of the controller and of projects. Raises as Controller."""
    return _controller(identity).versions()


def make_ticket(
    project: "str | None",
    attributes: dict[str, str],
    *,
    ttl_s: "int | None" = None,
    uses: "int | None" = None,
    identity: "str | None" = None,
) -> Ticket:
    """A ticket that makes members with these attributes. Raises ProjectNotFound, and as Authority."""
    found = find_project(project)
    return Ticket(Authority(found, identity).token(attributes, ttl_s, uses), found)


@dataclass(frozen=True)
class Joined:
    """An identity that is a member of a project, by this credential. shadowed: another one here has the same name."""

    project: Project
    identity: str
    issued: "Issued"
    shadowed: bool


def join(
    text: "str | None", project: "str | None" = None, identity: "str | None" = None, timeout_ms: int = ENROLL_MS
) -> Joined:
    """Make an identity a member by a ticket; without one, see that it is one already.

    project: which one, when there is no ticket. Raises InvalidArgument for a text that is no ticket, and as Authority.
    """
    name = identities.ensure(identity).identity.name
    given = read_ticket(text) if text else None
    if given:
        _put(given.project)
    found = given.project if given else find_project(project)
    authority = Authority(found, name, timeout_ms)
    if given:
        authority.accept(given.code)
    issued = authority.credential()
    with opened() as known:
        named = known.projects.get(found.name)
    return Joined(found, name, issued, shadowed=named is not None and named.id != found.id)


def read_ticket(text: str) -> Ticket:
    """The ticket in a text, a file or at a URL. Raises InvalidArgument, HostError."""
    from .source import load

    try:
        return ticket.decode(load(text))
    except ProtocolError as error:
        raise InvalidArgument(
            f"That is no ticket: {error}", "Copy the whole text that `uockam project ticket` prints"
        ) from error


def _controller(identity: "str | None") -> Controller:
    return Controller(address.in_use(), identity)


def _enrolled(identity: "str | None") -> Controller:
    """For what only people may do whom the controller knows. Raises NotEnrolled."""
    if not _email(identity):
        raise NotEnrolled
    return _controller(identity)


def _email(identity: "str | None") -> str:
    """For whom the identity is enrolled, "" for nobody."""
    try:
        identifier = identities.show(identity).identifier
    except NoDefaultIdentity:
        return ""
    with opened() as known:
        enrollment = known.people.enrollment(identifier)
    return enrollment.email if enrollment else ""


def _try(ask: Callable[[Controller], None], identity: "str | None") -> str:
    """Ask the controller, if the identity is enrolled; why that did not work, "" when it did or was for nothing."""
    if not _email(identity):
        return ""
    try:
        ask(_controller(identity))
    except HostError as error:
        return str(error)
    return ""


def _remember_spaces(controller: Controller) -> None:
    found = controller.spaces()
    with opened() as known:
        known.spaces.replace(found)


def _remember_projects(controller: Controller, identity: "str | None") -> None:
    """Those of a ticket or a file stay known; those that the person administered, and that are gone, do not."""
    found = controller.projects()
    email = _email(identity)
    with opened() as known, known.database.writing():
        ids = [project.id for project in found]
        for gone in [one for one in known.projects.all() if one.is_admin(email) and one.id not in ids]:
            known.projects.delete(gone.id)
        for project in found:
            known.projects.put(project)


def _put(project: Project) -> None:
    with opened() as known:
        known.projects.put(project)


def _delete(controller: Controller, project: Project) -> None:
    controller.delete_project(project.space_id, project.id)
    with opened() as known:
        known.projects.delete(project.id)


_INFORMATION = "Make it with `uockam project information --output json`"
