"""What a project's node makes of credentials that were issued before a member was removed, or became something else."""

import asyncio

from uockam.secure.policy import Anyone

from .services.membership import Membership


class Admission(Anyone):
    """A policy of secure channels: with everyone but those whose credentials count no more. `read` it first."""

    def __init__(self, membership: Membership) -> None:
        self._membership = membership
        self._now: dict[bytes, dict[str, str] | None] = {}  # what those are whose credentials may say something else
        self._reading = asyncio.Lock()  # so that what was read last counts

    async def read(self) -> None:
        """Have it as the database has it. Raises StoreError."""
        async with self._reading:
            self._now = await self._membership.superseded()

    def trusts(self, identifier: bytes) -> bool:
        """Whether a channel with this identity may be."""
        return self._now.get(identifier, {}) is not None

    def attributes(self, identifier: bytes, said: dict[str, str]) -> dict[str, str]:
        """What an identity is whose credential says this; one that has none, or an old one, stays nobody."""
        return (self._now.get(identifier) or said) if said else said
