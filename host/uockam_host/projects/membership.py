"""What a node shows to projects: credentials of its identity, fetched when they are needed, and again in time.

One is asked for anew when a channel is made, so that it says what the authority says today. What was fetched moments
ago serves again, and what is older while the authority cannot be reached (secure.md 4.5).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, NamedTuple

from uockam import api
from uockam.crypto.steps import last
from uockam.errors import ConnectionLost, Error, ProtocolError, ReplyTimeout
from uockam.log import INFO, WARNING, log
from uockam.secure import credential
from uockam.secure.policy import Only

from ..errors import ApiError
from ..state.database import Database
from ..state.people import Credentials
from .errors import ProjectError
from .known import find_project
from .records import Project
from .remote import ask, place

if TYPE_CHECKING:
    from uockam.node import Node
    from uockam.secure.credential import Issued
    from uockam.secure.identity import History
    from uockam.secure.session import SecureChannel
    from uockam.secure.workers import SecureChannels

    from ..node.routes import Pairs
    from ..node.ways import Ways

GAP_S = 60  # by which clocks may differ: what is valid for no longer than that is not shown
AHEAD_S = 120  # before a credential ends, another one is fetched
AGAIN_S = 10  # after that has failed
FRESH_S = 30  # for so long after it was fetched, a credential is as good as a new one
ISSUER = "credential_issuer"


class Entrance(NamedTuple):
    """Into a project: the way to where its node takes channels, who has to be there, and what to show."""

    pairs: "Pairs"
    policy: Only
    credentials: "tuple[Issued, ...]"
    keep_shown: "Callable[[SecureChannel], Showing]"  # once there is a channel


class Membership:
    """Of one node in projects. clock: Unix seconds. sleep: seconds; both are for tests."""

    def __init__(
        self,
        node: "Node",
        ways: "Ways",
        secure: "Callable[[], SecureChannels]",
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self.node = node
        self.clock = clock
        self.sleep = sleep
        self.secure = secure
        self._ways = ways
        self._fetched: dict[tuple[bytes, bytes], tuple[float, Issued]] = {}  # by issuer and subject, with the time

    async def entrance(self, name: str, identifier: "bytes | None", timeout_ms: int) -> Entrance:
        """Into the project of this name, for one of the node's identities, its own if None.

        Raises ProjectNotFound, ProjectError, ApiError when its authority knows no such member, and as remote.ask.
        """
        project = find_project(name)
        node, authority = proven(project)
        subject = identifier or self.secure().identifier
        issued = await self._credential(project, authority, subject, timeout_ms)
        at = place(project.access_route, node.identifier)
        return Entrance(
            at.pairs,
            Only(at.identifier),
            (issued,),
            lambda channel: Showing(self, project, authority, channel, issued),
        )

    async def _credential(self, project: Project, authority: "History", subject: bytes, timeout_ms: int) -> "Issued":
        key = (authority.identifier, subject)
        since, issued = self._fetched.get(key, (0.0, None))
        if issued is not None and 0 <= self.clock() - since < FRESH_S:
            return issued
        try:
            return await self.fetch(project, authority, subject, timeout_ms // 2)
        except (ConnectionLost, ReplyTimeout) as error:
            kept = self._kept(key)
            if kept is None:
                raise
            log(WARNING, "uockam.host.projects", f"the authority of {project.name} cannot be reached: {error}")
            return kept

    async def fetch(self, project: Project, authority: "History", subject: bytes, timeout_ms: int) -> "Issued":
        """A credential of the project's authority. Raises ApiError, ProjectError, and as remote.ask."""
        at = place(project.authority_access_route, authority.identifier)
        try:
            body = await ask(self._ways, at, ISSUER, api.POST, "/", identifier=subject, timeout_ms=timeout_ms)
        except ApiError as error:
            self._forget((authority.identifier, subject))
            raise ApiError(error.status, f"The project {project.name} says: {error}", _TICKET) from error
        issued = verified(body, authority, subject, int(self.clock()))
        self._fetched[authority.identifier, subject] = self.clock(), issued
        with Database() as database:
            expires_at = issued.credential.expires_at
            Credentials(database).put(authority.identifier, subject, expires_at, issued.encode())
        return issued

    def _kept(self, key: tuple[bytes, bytes]) -> "Issued | None":
        with Database() as database:
            data = Credentials(database).get(*key, valid_at=int(self.clock()) + GAP_S)
        return None if data is None else credential.decode(data)

    def _forget(self, key: tuple[bytes, bytes]) -> None:
        self._fetched.pop(key, None)
        with Database() as database:
            Credentials(database).forget(*key)


class Showing:
    """Shows the next credential through a channel before the last one ends, until it is closed."""

    def __init__(
        self,
        membership: Membership,
        project: Project,
        authority: "History",
        channel: "SecureChannel",
        issued: "Issued",
    ) -> None:
        self._membership = membership
        self._channel = channel
        self._project = project
        self._authority = authority
        self._task = membership.node.spawn(f"membership in {project.name}", self._run(issued))

    async def _run(self, issued: "Issued") -> None:
        membership = self._membership
        while True:
            left_s = issued.credential.expires_at - AHEAD_S - membership.clock()
            await membership.sleep(max(AGAIN_S, left_s))
            try:
                issued = await self._next()
                await membership.secure().show(self._channel, (issued,))
            except ApiError as error:
                log(WARNING, "uockam.host.projects", str(error))
                return  # it is no member any more
            except Error as error:
                log(INFO, "uockam.host.projects", f"the credential is not refreshed yet: {error}")

    async def _next(self) -> "Issued":
        return await self._membership.fetch(self._project, self._authority, self._channel.identifier, _REFRESH_MS)

    def close(self) -> None:
        """Show nothing more."""
        self._task.cancel()


def proven(project: Project) -> "tuple[History, History]":
    """The histories of a project's node and authority. Raises ProjectError for a project that cannot be used."""
    if not project.ready:
        raise ProjectError(f"The project {project.name} is not ready yet", f"Run `uockam project show {project.name}`")
    try:
        return project.proven()
    except ProtocolError as error:
        raise ProjectError(f"What is known of the project {project.name} is wrong: {error}", _IMPORT) from error


def verified(body: object, issuer: "History", subject: bytes, now: int) -> "Issued":
    """The credential in an answer of its issuer. Raises ProjectError."""
    try:
        issued = credential.read(body)
        last(credential.verify_steps(issued, {issuer.identifier: issuer}, now, subject))
    except ProtocolError as error:
        raise ProjectError(f"The authority sent {error}", "Check the clock of this computer") from error
    return issued


_REFRESH_MS = 30_000
_TICKET = "Ask who administers it for a ticket, and run `uockam project enroll TICKET`"
_IMPORT = "Get it again, with `uockam project list` or `uockam project enroll TICKET`"
