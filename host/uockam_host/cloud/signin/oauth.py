"""What machines ask: POST /oauth/device/code, POST /oauth/token, GET /userinfo, as Ockam Command expects them."""

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from .devices import Logins
from .errors import OAuthError
from .limits import Limit
from .person import Person, Tokens

CLIENT_ID = "uockam"  # of a public client: it is no secret
DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_NEVER = "1970-01-01T00:00:00Z"  # when a profile changed is not kept, and Ockam's command demands the field
_BEGINS = 60  # of one address in _BEGINS_WINDOW_S: more than a person starts, fewer than fill the table
_BEGINS_WINDOW_S = 600

Grant = Callable[[FormData], Awaitable[Person]]


class OAuth:
    """The three endpoints; `grants` are the further ways to a token, by their grant_type."""

    def __init__(self, logins: Logins, tokens: Tokens, grants: "dict[str, Grant] | None" = None) -> None:
        self._logins = logins
        self._tokens = tokens
        self._grants: dict[str, Grant] = {DEVICE_GRANT: self._device_grant, **(grants or {})}
        self._begins = Limit(_BEGINS, _BEGINS_WINDOW_S)
        self.routes = [
            Route("/oauth/device/code", self._device_code, methods=["POST"]),
            Route("/oauth/token", self._token, methods=["POST"]),
            Route("/userinfo", self._userinfo, methods=["GET"]),
        ]

    async def _device_code(self, request: Request) -> JSONResponse:
        _check_client(await request.form())
        here = origin(request)
        if self._begins.reached(here):
            raise OAuthError("temporarily_unavailable", "Too many sign-ins were begun, try again in some minutes", 429)
        self._begins.note(here)
        return JSONResponse(asdict(await self._logins.begin(here)))

    async def _token(self, request: Request) -> JSONResponse:
        form = await request.form()
        _check_client(form)
        grant = self._grants.get(field(form, "grant_type"))
        if grant is None:
            raise OAuthError("unsupported_grant_type", "Sign in with a device code")
        token = self._tokens.issue(await grant(form))
        return JSONResponse({"access_token": token, "token_type": "Bearer", "expires_in": self._tokens.lifetime_s})

    async def _userinfo(self, request: Request) -> JSONResponse:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        person = self._tokens.person(token.strip()) if scheme.lower() == "bearer" else None
        if person is None:
            raise OAuthError("invalid_token", "The token is missing, forged or too old", 401)
        return JSONResponse(_claims(person))

    async def _device_grant(self, form: FormData) -> Person:
        return await self._logins.poll(field(form, "device_code"))


def origin(request: Request) -> str:
    """The address that a request came from."""
    return request.client.host if request.client else "an unknown address"


def field(form: FormData, name: str) -> str:
    """A field that must be there. Raises OAuthError."""
    value = form.get(name)
    if not isinstance(value, str) or not value:
        raise OAuthError("invalid_request", f"The field {name} is missing")
    return value


def explain(request: Request, error: Exception) -> JSONResponse:
    """The answer to a machine whose request failed."""
    assert isinstance(error, OAuthError)
    headers = {"WWW-Authenticate": f'Bearer error="{error.error}"'} if error.error == "invalid_token" else None
    return JSONResponse({"error": error.error, "error_description": error.description}, error.status, headers)


def _check_client(form: FormData) -> None:
    if not hmac.compare_digest(field(form, "client_id").encode(), CLIENT_ID.encode()):
        raise OAuthError("invalid_client", f"The client is {CLIENT_ID}", 401)


def _claims(person: Person) -> dict[str, Any]:
    return {
        "sub": person.sub,
        "name": person.name,
        "nickname": person.name.split()[0] if person.name.split() else person.email,
        "picture": "",
        "updated_at": _NEVER,
        "email": person.email,
        "email_verified": True,
    }
