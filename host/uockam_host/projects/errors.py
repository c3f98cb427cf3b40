"""Errors about projects."""

from collections.abc import Iterable

from ..errors import HostError


class ProjectNotFound(HostError):
    """No project that this machine knows has this name."""

    def __init__(self, name: str, known: Iterable[str] = ()) -> None:
        from difflib import get_close_matches

        self.name = name
        hint = "".join(f"Did you mean `{near}`? " for near in get_close_matches(name, list(known), n=1))
        super().__init__(f"Unable to find project named {name}", f"{hint}{_SEE}")


class NoDefaultProject(HostError):
    """No project was named, and none is known."""

    def __init__(self) -> None:
        super().__init__("There is no default project defined. Please enroll or create a project.", _GET)


class SpaceNotFound(HostError):
    """No space that this machine knows has this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Unable to find space named {name}", "See all spaces with `uockam space list`")


class NotEnrolled(HostError):
    """What was asked for is for people whom a controller knows."""

    def __init__(self) -> None:
        super().__init__("Please enroll using 'uockam enroll' before using this command", "Run `uockam enroll`")


class ProjectError(HostError):
    """A project cannot be used, or what stands for one makes no sense."""


_GET = "Run `uockam enroll`, or `uockam project enroll TICKET` with a ticket of somebody who has one"
_SEE = "See all projects with `uockam project list`"
