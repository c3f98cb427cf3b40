"""The projects and spaces that this machine knows. Raises StateError, besides what is said."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from ..state.database import Database
from ..state.people import People
from ..state.projects import Projects, Spaces
from .errors import NoDefaultProject, ProjectNotFound, SpaceNotFound
from .records import Project, Space


class Known(NamedTuple):
    """The tables of an open state file."""

    database: Database
    projects: Projects
    spaces: Spaces
    people: People


@contextmanager
def opened() -> Iterator[Known]:
    """The tables, for the time of one command."""
    with Database() as database:
        yield Known(database, Projects(database), Spaces(database), People(database))


def find_project(name: "str | None" = None) -> Project:
    """The project of this name or id, or the default one. Raises ProjectNotFound, NoDefaultProject."""
    with opened() as known:
        project = known.projects.default() if name is None else known.projects.get(name.removeprefix("/project/"))
        if project is not None:
            return project
        if name is None or not known.projects.names():
            raise NoDefaultProject
        raise ProjectNotFound(name, known.projects.names())


def find_space(name: "str | None" = None) -> Space:
    """The space of this name or id, or the default one. Raises SpaceNotFound."""
    with opened() as known:
        if name is None:
            space = known.spaces.default()
        else:
            space = next((one for one in known.spaces.all() if name in (one.name, one.id)), None)
    if space is None:
        raise SpaceNotFound(name or "default")
    return space


def default_project_route() -> str:
    """`/project/NAME` of the default project. Raises NoDefaultProject."""
    return f"/project/{find_project().name}"
