"""The workers `accounts` and `version_info` of the controller (controller.md 3.4 and 3.5)."""

from collections.abc import Callable
from typing import Any

from uockam import api

from ... import __version__
from ..tables.projects import Projects
from .bodies import VERSION
from .service import Caller, Service, forbidden

_PROJECT_ADMIN = "project"  # the attribute that says of which project its holder is an administrator

Issue = Callable[[bytes, dict[str, str]], Any]  # (subject, attributes) -> what travels as a credential


class AdminCredentials(Service):
    """Gives those who administer a project a credential that says so to the project's authority."""

    def __init__(self, projects: Projects, issue: Issue) -> None:
        super().__init__((api.GET, "v0/project/*", self._of_project))
        self._projects = projects
        self._issue = issue

    async def _of_project(self, caller: Caller, parts: list[str], body: object) -> Any:
        if not await self._projects.administers(parts[0], caller.identifier):
            raise forbidden("you do not administer this project")
        return self._issue(caller.identifier, {_PROJECT_ADMIN: parts[0]})


class VersionInfo(Service):
    """Tells which version runs."""

    def __init__(self) -> None:
        super().__init__((api.GET, "", self._versions))

    async def _versions(self, caller: Caller, parts: list[str], body: object) -> Any:
        return VERSION.pack(controller=__version__, project=__version__)
