"""Signing in at another OpenID Connect provider: its device logins, handed on, so that machines know one site only.

Only tokens that were fetched here, from the provider itself and for our client, are believed: one that another client
of the provider got for the same person opens nothing.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.integrations.httpx_client import OAuthError as Refusal
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from uockam.log import WARNING, log, safe

from ...errors import HostError
from ...projects.address import check_url, is_loopback_host
from .devices import EXPIRES_S, Begun
from .errors import OAuthError
from .oauth import DEVICE_GRANT
from .person import Person
from .sessions import page, static
from .users import check_email

SCOPE = "openid profile email"
_PLACE = "/.well-known/openid-configuration"  # OpenID Connect Discovery 4
_DEVICES, _TOKENS, _CLAIMS = "device_authorization_endpoint", "token_endpoint", "userinfo_endpoint"
_TIMEOUT_S = 10.0
_INTERVAL_S = 5  # RFC 8628 3.2: when the provider names none
_MAX_CODE = 2048  # characters
_SOURCE = "sign-in"
_AWAY = "The sign-in provider cannot be reached, try again later"


@dataclass(frozen=True)
class Issuer:
    """Another provider. url: as in its discovery document; client_secret: "" for a public client."""

    url: str
    client_id: str
    client_secret: str = ""


class Relay:
    """Logins at an Issuer."""

    def __init__(self, issuer: Issuer) -> None:
        self._url = check_url(issuer.url)
        self._client = AsyncOAuth2Client(
            issuer.client_id,
            issuer.client_secret or None,
            token_endpoint_auth_method="client_secret_basic" if issuer.client_secret else "none",
            timeout=_TIMEOUT_S,
            trust_env=not is_loopback_host(urlsplit(issuer.url).hostname or ""),
        )
        self._places: dict[str, str] = {}
        self.routes = [Route("/", self._home), *static]

    async def start(self) -> None:
        """Find the provider's endpoints; one that is away now is asked again later. Raises HostError."""
        try:
            await self._find()
        except OAuthError as error:
            log(WARNING, _SOURCE, f"{self._url}: {error}")

    async def begin(self, origin: str) -> Begun:
        """See Logins: codes of the provider."""
        answer = await self._codes()
        try:
            page = str(answer.get("verification_uri") or answer["verification_url"])  # Google's word for it
            complete = str(answer.get("verification_uri_complete") or page)
            codes = str(answer["device_code"]), str(answer["user_code"])
            times = int(answer.get("expires_in", EXPIRES_S)), int(answer.get("interval", _INTERVAL_S))
        except (KeyError, ValueError, TypeError) as error:
            raise OAuthError("server_error", f"The sign-in provider leaves out {safe(str(error))}", 502) from error
        return Begun(*codes, page, complete, *times)

    async def poll(self, device_code: str) -> Person:
        """See Logins: whom the provider's userinfo names for the token that it gives for this code."""
        if len(device_code) > _MAX_CODE:
            raise OAuthError("invalid_request", "The device code is too long")
        fetching = self._client.fetch_token(
            await self._place(_TOKENS), grant_type=DEVICE_GRANT, device_code=device_code
        )
        token = _object(await self._answer(fetching))
        return _person(await self._claims(str(token.get("access_token") or "")))

    async def stop(self) -> None:
        """Give its connections back."""
        await self._client.aclose()

    async def _home(self, request: Request) -> Response:
        text = f"People sign in at {self._url}: run `uockam enroll`, and enter its code there."
        return page(request, "message", title="Sign in", text=text)

    async def _claims(self, token: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        place = await self._place(_CLAIMS)
        return _read(await self._answer(self._client.get(place, headers=headers, auth=None)))

    async def _codes(self) -> dict[str, Any]:
        auth = self._client.client_auth(self._client.token_endpoint_auth_method)
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        place = await self._place(_DEVICES)
        return _read(await self._answer(self._client.post(place, data={"scope": SCOPE}, headers=headers, auth=auth)))

    async def _place(self, name: str) -> str:
        if not self._places:
            try:
                await self._find()
            except HostError as error:
                raise OAuthError("server_error", str(error), 502) from error
        return self._places[name]

    async def _find(self) -> None:
        response = await self._answer(self._client.get(self._url + _PLACE, auth=None))
        if response.is_client_error:
            raise HostError(f"There is no provider at {self._url}: HTTP status {response.status_code}", _FIX)
        document = _read(response)
        issuer = str(document.get("issuer"))
        if issuer.rstrip("/") != self._url:
            raise HostError(f"The provider at {self._url} names another issuer: {safe(issuer)}", _FIX)
        self._places = {name: self._checked(name, document.get(name)) for name in (_DEVICES, _TOKENS, _CLAIMS)}

    def _checked(self, name: str, place: object) -> str:
        if not isinstance(place, str):
            raise HostError(f"The provider at {self._url} has no {name}, so people cannot sign in with codes", _FIX)
        check_url(place.partition("?")[0])
        return place

    async def _answer(self, asking: Awaitable[Any]) -> Any:
        """What the provider answers. Raises OAuthError: it refuses, or is away; then a machine goes on asking."""
        try:
            return await asking
        except Refusal as error:
            raise OAuthError(safe(str(error.error)), safe(str(error.description or error.error))) from error
        except (httpx2.HTTPError, ValueError, TypeError, AttributeError) as error:  # authlib does not check types
            log(WARNING, _SOURCE, f"{self._url}: {safe(str(error) or type(error).__name__)}")
            raise OAuthError("slow_down", _AWAY, 503) from error


_FIX = "Give the URL of an OpenID Connect issuer with device logins (RFC 8628), as in its own documentation"


def _person(claims: dict[str, Any]) -> Person:
    """Raises OAuthError for one whose e-mail anybody could have claimed."""
    sub, email = claims.get("sub"), claims.get("email")
    known = isinstance(sub, str) and isinstance(email, str) and not check_email(email)
    if not known or claims.get("email_verified") is not True:
        raise OAuthError("access_denied", "The sign-in provider vouches for no e-mail address of this account")
    name = claims.get("name") or claims.get("preferred_username") or email
    return Person(str(sub), str(email).strip().lower(), safe(str(name)))


def _read(response: httpx2.Response) -> dict[str, Any]:
    """The JSON object of an answer. Raises OAuthError."""
    if response.is_server_error:
        raise OAuthError("slow_down", _AWAY, 503)
    try:
        answer = _object(response.json())
    except ValueError:  # no JSON, or no text
        answer = {}
    if response.status_code == httpx2.codes.OK:
        return answer
    error = str(answer.get("error", "server_error"))
    text = f"The sign-in provider answers with HTTP status {response.status_code}"
    raise OAuthError(safe(error), safe(str(answer.get("error_description", text))))


def _object(answer: object) -> dict[str, Any]:
    return answer if isinstance(answer, dict) else {}
