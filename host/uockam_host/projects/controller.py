"""Asking a controller: accounts, spaces and projects (controller.md 2.3 and 3)."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from uockam import api
from uockam.errors import ProtocolError
from uockam.records import Record

from ..errors import ApiError, MessageError
from ..node.temporary import run
from .address import Orchestrator
from .errors import ProjectError
from .records import Project, Space
from .remote import TIMEOUT_MS, ask, place

_BEARER = 0
_TOKEN = Record("an enrolment", (1, "kind", int, True), (2, "token", str, True))
_NEW_SPACE = Record("a new space", (1, "name", str, True), (2, "admins", list, True))
_NEW_PROJECT = Record("a new project", (1, "name", str, True), (3, "admins", list, True))
_VERSIONS = Record("versions", (1, "controller", str, False), (2, "project", str, False))
_OPERATION = Record("an operation", (1, "id", str, True), (2, "status", int, True))
_FAILED = 2  # the status of an operation that has ended badly
_POLL_S = 1
_POLLS = 600  # ten minutes, as Ockam's command


_Value = TypeVar("_Value")


class Versions(NamedTuple):
    """Of a controller and of the projects that it makes, "" when it does not say."""

    controller: str
    project: str


class Controller:
    """The controller of an orchestrator, as an identity of this machine asks it; None is the default identity.

    Every method raises ApiError with what the controller says against it, MessageError when it cannot be reached or
    is not who it should be, and as `here.run`.
    """

    def __init__(self, orchestrator: Orchestrator, identity: "str | None" = None, timeout_ms: int = TIMEOUT_MS) -> None:
        self._at = place(orchestrator.route, orchestrator.identifier)
        self._identity = identity
        self._timeout_ms = timeout_ms

    def enroll(self, token: str) -> None:
        """The identity is that of the person who got this token of the sign-in site."""
        self._ask("auth0_authenticator", api.POST, "v0/enroll", _TOKEN.pack(kind=_BEARER, token=token))

    def spaces(self) -> list[Space]:
        """Those that the person administers."""
        return _read(_each(Space.of_body), self._ask("spaces", api.GET, "/v0/"))

    def space(self, id: str) -> Space:
        """One of them."""
        return _read(Space.of_body, self._ask("spaces", api.GET, f"/v0/{id}"))

    def create_space(self, name: str, admins: "list[str] | None" = None) -> Space:
        """A new one, for the person and the e-mails."""
        body = _NEW_SPACE.pack(name=name, admins=admins or [])
        return _read(Space.of_body, self._ask("spaces", api.POST, "/v0/", body))

    def delete_space(self, id: str) -> None:
        """With its projects."""
        self._ask("spaces", api.DELETE, f"/v0/{id}")

    def projects(self) -> list[Project]:
        """Those that the person administers, in all spaces."""
        return _read(_each(Project.of_body), self._ask("projects", api.GET, "/v0"))

    def project(self, id: str) -> Project:
        """One of them."""
        return _read(Project.of_body, self._ask("projects", api.GET, f"/v0/{id}"))

    def create_project(self, space_id: str, name: str, sleep: Callable[[float], object] = time.sleep) -> Project:
        """A new one, when it is ready. Raises ProjectError when it does not become that."""
        body = _NEW_PROJECT.pack(name=name, admins=[])
        project = _read(Project.of_body, self._ask("projects", api.POST, f"/v1/spaces/{space_id}/projects", body))
        for _ in range(_POLLS):
            if project.ready:
                return project
            self._check_operation(project)
            sleep(_POLL_S)
            project = self.project(project.id)
        raise ProjectError(f"The project {name} is not ready after {_POLLS * _POLL_S // 60} minutes", _LOOK)

    def delete_project(self, space_id: str, id: str) -> None:
        """With its members."""
        self._ask("projects", api.DELETE, f"/v0/{space_id}/{id}")

    def versions(self) -> Versions:
        """What runs there."""
        values: dict[str, Any] = _read(_VERSIONS.unpack, self._ask("version_info", api.GET, ""))
        return Versions(values["controller"] or "", values["project"] or "")

    def _check_operation(self, project: Project) -> None:
        """Raises ProjectError when the making of a project has failed. One that is not there yet is fine."""
        if not project.operation_id:
            return
        try:
            body = self._ask("projects", api.GET, f"/v1/operations/{project.operation_id}")
        except ApiError as error:
            if error.status == api.NOT_FOUND:
                return
            raise
        if _read(_OPERATION.unpack, body)["status"] == _FAILED:
            raise ProjectError(f"The project {project.name} could not be made", _LOOK)

    def _ask(self, worker: str, method: int, path: str, body: object = None) -> Any:
        return run(
            lambda here: ask(here.ways, self._at, worker, method, path, body, timeout_ms=self._timeout_ms),
            self._identity,
        )


def _read(read: Callable[[Any], _Value], body: object) -> _Value:
    try:
        return read(body)
    except (ProtocolError, TypeError) as error:
        raise MessageError(f"The controller sent {error}", "Use the same version of uockam for both") from error


def _each(read: Callable[[Any], _Value]) -> Callable[[Any], list[_Value]]:
    def read_all(body: Any) -> list[_Value]:
        if not isinstance(body, list):
            raise ProtocolError("something that is no list")
        return [read(item) for item in body]

    return read_all


_LOOK = "Look at it with `uockam project list`, and at the log of the orchestrator"
