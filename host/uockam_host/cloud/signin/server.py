"""The sign-in site, served inside the orchestrator's process."""

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute

from ...errors import HostError
from ...projects.address import check_url
from ..database import Session
from . import oauth, sessions
from .codes import AuthorizationCodes
from .devices import INTERVAL_S, Devices
from .errors import OAuthError
from .external import Issuer, Relay
from .oauth import CLIENT_ID, OAuth
from .pages import Pages
from .passwords import Passwords
from .people import Invitations, PeoplePages
from .person import Person, Tokens
from .security import Security
from .users import Users

DEFAULT_LISTEN = "127.0.0.1:5253"
_STOP_S = 1  # what a browser is still asking for may be finished
_BACKLOG = 128


class SignIn:
    """The site at `url`, from `start` to `stop`, and who is behind the tokens that it gives out.

    listen: "host:port", port 0 for a free one. url: what browsers reach it by when it is not that, behind a proxy.
    issuer: the provider that knows the persons; None for accounts kept here. interval_s: how often a machine may
    ask whether its code was confirmed.
    """

    client_id = CLIENT_ID

    def __init__(
        self,
        database: Session,
        listen: str = DEFAULT_LISTEN,
        url: str | None = None,
        issuer: Issuer | None = None,
        interval_s: int = INTERVAL_S,
    ) -> None:
        self.url = check_url(url) if url else ""
        self._listen = listen
        self._behind_proxy = url is not None
        self._interval_s = interval_s
        self._users = Users(database)
        self._relay = Relay(issuer) if issuer else None
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve from now on. Raises HostError when the address or the provider cannot be used."""
        if self._relay:
            await self._relay.start()
        listener = _open(self._listen)
        try:
            self.url = self.url or "http://{}:{}".format(*listener.getsockname()[:2])
            secret = await self._users.secret()
            self._tokens = Tokens(secret)
            self._server = _Server(_config(self._site(secret), self._behind_proxy))
            self._serving = asyncio.create_task(self._server.serve([listener]))
            await self._server.ready.wait()
        except BaseException:
            listener.close()
            raise

    async def person(self, token: str) -> Person | None:
        """Who has this token; None when it is none of ours, or too old."""
        return self._tokens.person(token)

    async def stop(self) -> None:
        """Finish what is being answered and give the port back."""
        if self._server and self._serving:
            self._server.should_exit = True
            await self._serving
        if self._relay:
            await self._relay.stop()

    def _site(self, secret: str) -> Starlette:
        if self._relay:
            return make_site([*OAuth(self._relay, self._tokens).routes, *self._relay.routes], secret, self.url)
        devices = Devices(f"{self.url}/device", self._interval_s)
        passwords = Passwords(self._users)
        codes = AuthorizationCodes(self._users)
        parts = (
            OAuth(devices, self._tokens, {"authorization_code": codes.grant}),
            codes,
            Pages(self._users, passwords, devices),
            PeoplePages(self._users, passwords, Invitations(self._users, secret, self.url)),
        )
        return make_site([route for part in parts for route in part.routes], secret, self.url)


def make_site(routes: Sequence[BaseRoute], secret: str, url: str) -> Starlette:
    """The application with what protects all of it."""
    place = urlsplit(url)
    hosts = [*sessions.LOOPBACK, "[::1]", place.hostname or ""]  # no other name may lead here: no DNS rebinding
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(Security),
            Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False),
            Middleware(
                SessionMiddleware,
                secret_key=secret,
                session_cookie=sessions.COOKIE,
                max_age=sessions.SESSION_S,
                same_site="lax",
                https_only=place.scheme == "https",
            ),
        ],
        exception_handlers={OAuthError: oauth.explain, sessions.Refused: sessions.explain},
    )


class _Server(uvicorn.Server):
    """uvicorn within a process that has its own ideas of signals."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(site: Starlette, behind_proxy: bool) -> uvicorn.Config:
    return uvicorn.Config(
        site,
        http="h11",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,  # addresses in it would hold user codes
        server_header=False,
        proxy_headers=behind_proxy,
        timeout_graceful_shutdown=_STOP_S,
    )


def _open(listen: str) -> socket.socket:
    host, _, port = listen.rpartition(":")
    try:
        return socket.create_server((host.strip("[]"), int(port)), backlog=_BACKLOG)
    except OSError as error:
        remedy = "End what uses it, or choose another address for the sign-in"
        raise HostError(f"The sign-in site cannot listen at {listen}: {error.strerror}", remedy) from error
