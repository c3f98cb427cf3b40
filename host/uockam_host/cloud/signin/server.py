"""The sign-in site, served inside the orchestrator's process."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import BaseRoute

from ...names import is_loopback
from ...projects.address import check_url, is_loopback_host
from ..database import Database
from ..http import HttpServer
from . import oauth, sessions
from .codes import AuthorizationCodes
from .devices import INTERVAL_S, Devices
from .errors import OAuthError
from .oauth import CLIENT_ID, OAuth
from .pages import Pages
from .passwords import Passwords
from .people import Invitations, PeoplePages
from .person import Person, Tokens
from .security import Security
from .users import Users

if TYPE_CHECKING:
    from .external import Issuer, Relay


class SignIn:
    """The site at `url`, from `start` to `stop`, and who is behind the tokens that it gives out.

    listen: "host:port", port 0 for a free one. url: what browsers reach it by when it is not that, behind a proxy.
    issuer: the provider that knows the persons; None for accounts kept here. interval_s: how often a machine may
    ask whether its code was confirmed.
    """

    client_id = CLIENT_ID

    def __init__(
        self,
        database: Database,
        listen: str,
        url: str | None = None,
        issuer: "Issuer | None" = None,
        interval_s: int = INTERVAL_S,
    ) -> None:
        self.url = check_url(url) if url else ""
        self._behind_proxy = url is not None
        self._interval_s = interval_s
        self._database = database
        self._users = Users(database)
        self._relay = _relay(issuer) if issuer else None
        self._server = HttpServer("The sign-in site", listen)

    async def start(self) -> None:
        """Serve from now on. Raises HostError when the address or the provider cannot be used."""
        if self._relay:
            await self._relay.start()
        self._server.open()
        self.url = self.url or f"http://{self._server.address}"
        secret = await self._users.secret()
        self._tokens = Tokens(secret)
        self._invitations = Invitations(self._users, secret, self.url)
        await self._server.start(_site(self._routes(), secret, self.url), self._behind_proxy)

    @property
    def _private(self) -> bool:
        """Whether nothing leads here from other computers: neither where it listens, nor a proxy."""
        return is_loopback(self._server.address) and is_loopback_host(urlsplit(self.url).hostname or "")

    async def person(self, token: str) -> Person | None:
        """Who has this token; None when it is none of ours, or too old."""
        return self._tokens.person(token)

    async def stop(self) -> None:
        """Finish what is being answered and give the port back."""
        await self._server.stop()
        if self._relay:
            await self._relay.stop()

    def _routes(self) -> list[BaseRoute]:
        if self._relay:
            return [*OAuth(self._relay, self._tokens).routes, *self._relay.routes]
        devices = Devices(self._database, self._users, f"{self.url}/device", self._interval_s)
        codes = AuthorizationCodes(self._database, self._users)
        passwords = Passwords(self._users)
        parts = (
            OAuth(devices, self._tokens, {"authorization_code": codes.grant}),
            codes,
            Pages(self._users, passwords, devices, self._private),
            PeoplePages(self._users, passwords, self._invitations),
        )
        return [route for part in parts for route in part.routes]


def _relay(issuer: "Issuer") -> "Relay":
    """A client of another provider, which takes long to load."""
    from .external import Relay

    return Relay(issuer)


def _site(routes: Sequence[BaseRoute], secret: str, url: str) -> Starlette:
    """The application with what protects all of it."""
    place = urlsplit(url)
    hosts = [*sessions.LOOPBACK, "[::1]", place.hostname or ""]  # no other name may lead here: no DNS rebinding
    session = Middleware(
        SessionMiddleware,
        secret_key=secret,
        session_cookie=sessions.cookie_name(place),
        max_age=sessions.SESSION_S,
        same_site="lax",
        https_only=place.scheme == "https",
    )
    trusted = Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)
    explain = {OAuthError: oauth.explain, sessions.Refused: sessions.explain}
    return Starlette(routes=routes, middleware=[Middleware(Security), trusted, session], exception_handlers=explain)
