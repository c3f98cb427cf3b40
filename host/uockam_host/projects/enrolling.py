"""The library behind `uockam enroll`: who is at this machine, and which space and project are that person's.

The order is that of controller.md 2.2. It prints nothing; what a person has to know meanwhile goes to a Tell.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from .. import identities
from ..errors import HostError
from ..identities import IdentityInfo, Made
from ..state.people import EnrollmentRecord
from . import address, known, signin
from .address import Orchestrator
from .controller import Controller
from .records import Project, Space
from .signin import Login

FIRST_PROJECT = "default"


class Tell(Protocol):
    """Who passes on to a person what happens."""

    def made(self, made: Made) -> None:
        """The identity that is enrolled was found, or made."""

    def code(self, login: Login) -> None:
        """The person has to confirm a code at a page now."""

    def step(self, *lines: str) -> None:
        """Something begins."""

    def done(self, *lines: str) -> None:
        """Something is done."""


@dataclass(frozen=True)
class Enrolled:
    """An identity that a controller knows. was: it did so before; nothing was asked then."""

    identity: IdentityInfo
    email: str
    space: Space
    project: Project
    was: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "identity": self.identity.name,
            "identifier": self.identity.identifier,
            "email": self.email,
            "space": self.space.to_dict(),
            "project": self.project.to_dict(),
        }


def enroll(identity: str | None, chosen: Orchestrator | None, force: bool, tell: Tell) -> Enrolled:
    """Enroll an identity of this machine, None for the default one, with an orchestrator, None for the one in use.

    force: sign in again, also when it is enrolled. Raises NoOrchestrator, SignInError, and as `identities.ensure` and
    Controller.
    """
    orchestrator = chosen or address.in_use()
    made = identities.ensure(identity)
    tell.made(made)
    controller = Controller(orchestrator, made.identity.name)
    email = "" if force or chosen else _email_of(made.identity)
    enrolled = _remembered(made.identity, email) if email else None
    if enrolled:
        return enrolled
    email = email or _sign_in(orchestrator, controller, made.identity, tell)
    space = _space(controller, tell)
    return Enrolled(made.identity, email, space, _project(controller, space, email, tell))


def _email_of(identity: IdentityInfo) -> str:
    """For whom the identity is enrolled; "" when it is not."""
    with known.opened() as tables:
        record = tables.people.enrollment(identity.identifier)
    return record.email if record else ""


def _remembered(identity: IdentityInfo, email: str) -> Enrolled | None:
    with known.opened() as tables:
        space, project = tables.spaces.default(), tables.projects.default()
    return Enrolled(identity, email, space, project, was=True) if space and project else None


def _sign_in(orchestrator: Orchestrator, controller: Controller, identity: IdentityInfo, tell: Tell) -> str:
    """The e-mail of the person, whom the controller knows by this identity from now on."""
    tell.step("Enrolling your Identity with the Orchestrator...")
    login = signin.start(orchestrator.signin_url)
    tell.code(login)
    token = login.wait()
    user = signin.user(orchestrator.signin_url, token)
    controller.enroll(token)
    address.use(orchestrator)
    with known.opened() as tables, tables.database.writing():
        tables.people.put_user(user)
        tables.people.put_enrollment(EnrollmentRecord(identity.identifier, user.email))
    tell.done(f"Signed into account <{user.email}> and activated this machine.")
    return user.email


def _space(controller: Controller, tell: Tell) -> Space:
    tell.step("", "Getting available Spaces accessible to your account.")
    spaces = controller.spaces()
    if not spaces:
        raise HostError("No Spaces are accessible to your account", "Ask an administrator of the orchestrator for one")
    space = spaces[0]
    with known.opened() as tables, tables.database.writing():
        tables.spaces.replace(spaces)
        tables.spaces.set_default(space.id)
    tell.step(f"Found existing Space {space.name}.")
    tell.done(f"Marked {space.name} as your default Space, on this machine.")
    return space


def _project(controller: Controller, space: Space, email: str, tell: Tell) -> Project:
    tell.step("", f"Getting available Projects in the Space {space.name}...")
    projects = [project for project in controller.projects() if project.is_admin(email)]
    project = projects[0] if projects else _first_project(controller, space, tell)
    with known.opened() as tables, tables.database.writing():
        for one in projects or [project]:
            tables.projects.put(one)
        tables.projects.set_default(project.id)
    tell.done(f"Marked the Project {project.name} as your default Project, on this machine.")
    return project


def _first_project(controller: Controller, space: Space, tell: Tell) -> Project:
    tell.step(f"No Project is defined in the Space {space.name}, creating a new one...")
    project = controller.create_project(space.id, FIRST_PROJECT)
    tell.done(f"Created a new Project named {project.name}.")
    return project
