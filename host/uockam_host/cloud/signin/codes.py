"""Signing in with an authorization code and PKCE (RFC 6749 4.1, RFC 7636), for a program that waits at this machine's
loopback address (RFC 8252 7.3): Ockam Command's `enroll --authorization-code-flow`.
"""

import base64
import hashlib
import hmac
import json
import secrets
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ..database import Database
from .errors import OAuthError
from .oauth import CLIENT_ID, field
from .pending import Pending, PendingTable, TooMany
from .person import Person
from .sessions import LOOPBACK, Refused, ask_to_sign_in, current, page, read_form, text
from .users import Users

_EXPIRES_S = 60  # from the browser to the program that waits beside it
_MAX_TEXT = 512  # characters of a parameter
_CHALLENGE_LENGTH = 43  # of base64url of SHA-256


class AuthorizationCodes:
    """The page /authorize, and the grant that takes its codes."""

    def __init__(self, database: Database, users: Users) -> None:
        self._pending = PendingTable(database, "authorization")
        self._users = users
        self.routes = [Route("/authorize", self._authorize, methods=["GET", "POST"])]

    async def grant(self, form: FormData) -> Person:
        """Who gave out this code, once, to the program that knows the verifier. Raises OAuthError."""
        code = await self._pending.take(field(form, "code"))
        user = await self._users.get(code.sub) if code and code.sub else None
        if code is None or user is None:
            raise OAuthError("invalid_grant", "The code is unknown, was used, or has expired")
        wanted, redirect_uri = json.loads(code.detail)
        challenge = _challenge(field(form, "code_verifier"))
        if not hmac.compare_digest(challenge, wanted) or field(form, "redirect_uri") != redirect_uri:
            raise OAuthError("invalid_grant", "The code was given out to another program")
        return user.person

    async def _authorize(self, request: Request) -> Response:
        _check(request)
        user = await current(request, self._users)
        if user is None:
            return await ask_to_sign_in(request, self._users)
        if request.method == "GET":
            return page(request, "authorize", user=user.person, query=request.url.query)
        allowed = text(await read_form(request), "decision") == "allow"
        answer = {"code": await self._new_code(request, user.person)} if allowed else {"error": "access_denied"}
        return _back(request, answer)

    async def _new_code(self, request: Request, person: Person) -> str:
        code, query = secrets.token_urlsafe(32), request.query_params
        detail = json.dumps([query["code_challenge"], query["redirect_uri"]])
        try:
            await self._pending.add(code, Pending(None, detail, person.sub, denied=False), _EXPIRES_S)
        except TooMany:
            raise Refused("Too many programs are waiting, try again in some minutes.", 503) from None
        return code


def _check(request: Request) -> None:
    """Raises Refused for a request that no program of ours or of Ockam's makes."""
    query = request.query_params
    right = (
        query.get("client_id") == CLIENT_ID
        and query.get("response_type") == "code"
        and query.get("code_challenge_method") == "S256"
        and len(query.get("code_challenge", "")) == _CHALLENGE_LENGTH
        and len(query.get("state", "")) <= _MAX_TEXT
        and _is_here(query.get("redirect_uri", ""))
    )
    if not right:
        raise Refused("This link was not made by a program that may sign in here.")


def _is_here(redirect_uri: str) -> bool:
    """Whether it leads back to a program on the person's own machine."""
    try:
        place = urlsplit(redirect_uri)
        here = place.scheme == "http" and place.hostname in LOOPBACK and place.port != 0
        return here and not place.query and not place.fragment and len(redirect_uri) <= _MAX_TEXT
    except ValueError:
        return False


def _back(request: Request, answer: dict[str, str]) -> RedirectResponse:
    """To the program, which expects the code to be the first parameter."""
    query = request.query_params
    state = {"state": query["state"]} if "state" in query else {}
    return RedirectResponse(f"{query['redirect_uri']}?{urlencode({**answer, **state})}", 303)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
