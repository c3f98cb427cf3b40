"""What the controller needs of whoever runs the nodes of projects."""

from typing import Protocol

from ..tables.projects import Project


class Fleet(Protocol):
    """Who runs the nodes of projects."""

    async def make(self, space_id: str, space_name: str, name: str, emails: list[str]) -> Project | None:
        """A new project that runs; None when the space has one of that name."""
        ...

    async def delete(self, id: str) -> None:
        """End a project, and forget it."""
        ...

    async def admin_removed(self, id: str, email: str) -> None:
        """Somebody administers a project no more."""
        ...

    def routes(self, id: str) -> tuple[str, str]:
        """MultiAddrs of the project's node and of its authority, for clients."""
        ...
