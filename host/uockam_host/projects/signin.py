"""Signing a person in from a terminal: the device code flow (RFC 8628), with nothing but the standard library."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from ..errors import HostError
from ..state.people import UserRecord
from .address import check_url, is_loopback_host

CLIENT_ID = "uockam"
SCOPE = "openid profile email"
_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"
_TIMEOUT_S = 15.0
_MAX_ANSWER = 64 * 1024  # bytes; a true one has a few hundred
_MAX_TEXT = 2048  # characters of a code, a URL or a name
_SLOWER_S = 5  # RFC 8628 3.5: what `slow_down` adds
_MAX_INTERVAL_S = 60
_MAX_EXPIRES_S = 3600
_AGAIN = "Run `uockam enroll` again"
_UNREACHABLE = "See whether it runs with `uockam orchestrator status` on its computer, then run the command again"


class SignInError(HostError):
    """A person could not be signed in."""


class _Again(Exception):
    """Nobody has confirmed yet: ask again, after so many more seconds than the last time."""

    def __init__(self, slower_s: int = 0) -> None:
        self.slower_s = slower_s


@dataclass
class Login:
    """A sign-in that waits for a person to enter `user_code` at `verification_uri`.

    verification_uri_complete: the same page with the code filled in. interval_s, expires_in_s: seconds.
    """

    url: str
    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in_s: int
    interval_s: int

    def wait(self, sleep: Callable[[float], object] = time.sleep, clock: Callable[[], float] = time.monotonic) -> str:
        """The access token, when the person has confirmed. Raises SignInError: refused, or expired."""
        deadline = clock() + self.expires_in_s
        interval_s = self.interval_s
        while clock() < deadline:
            sleep(interval_s)
            try:
                return self._ask()
            except _Again as again:
                interval_s = min(interval_s + again.slower_s, _MAX_INTERVAL_S)
        raise SignInError("The code has expired, nobody entered it in time", _AGAIN)

    def _ask(self) -> str:
        form = {"client_id": CLIENT_ID, "grant_type": _DEVICE_GRANT, "device_code": self.device_code}
        try:
            answer = _post(f"{self.url}/oauth/token", form)
        except _Refusal as refusal:
            raise _meaning(refusal) from refusal
        except _NoAnswer as error:  # RFC 8628 3.5: a machine whose network comes and goes still gets in
            raise _Again(_SLOWER_S) from error
        if _text(answer, "token_type").lower() != "bearer":
            raise SignInError("The sign-in site gave a token of an unknown kind", _OTHER)
        return _text(answer, "access_token")


def start(url: str) -> Login:
    """Begin to sign in at the site `url`. Raises InvalidArgument, SignInError."""
    url = check_url(url)
    try:
        answer = _post(f"{url}/oauth/device/code", {"client_id": CLIENT_ID, "scope": SCOPE})
    except _Refusal as refusal:
        raise SignInError(f"The sign-in site refuses: {refusal}", _AGAIN) from refusal
    codes = {name: _text(answer, name) for name in ("device_code", "user_code", "verification_uri")}
    check_url(codes["verification_uri"].partition("?")[0])
    return Login(
        url,
        **codes,
        verification_uri_complete=_complete(answer, codes["verification_uri"]),
        expires_in_s=_seconds(answer, "expires_in", _MAX_EXPIRES_S),
        interval_s=_seconds(answer, "interval", _MAX_INTERVAL_S),
    )


def _complete(answer: dict[str, Any], page: str) -> str:
    """The page with the code filled in, if there is one, at the same site."""
    complete = answer.get("verification_uri_complete")
    if not isinstance(complete, str) or not complete.isprintable():
        return page
    try:
        return complete if urlsplit(complete)[:2] == urlsplit(page)[:2] else page
    except ValueError:
        return page


def user(url: str, token: str) -> UserRecord:
    """Who has this token. Raises InvalidArgument, SignInError."""
    request = Request(f"{check_url(url)}/userinfo", headers={"Authorization": f"Bearer {token}"})
    try:
        claims = _answer(request)
    except _Refusal as refusal:
        raise SignInError(f"The sign-in site refuses: {refusal}", _AGAIN) from refusal
    if claims.get("email_verified") is not True:
        raise SignInError("Your e-mail address is not verified", f"Verify it at {url}, then run the command again")
    optional = {name: str(claims.get(name) or "")[:_MAX_TEXT] for name in ("nickname", "picture", "updated_at")}
    told = {name: _text(claims, name) for name in ("sub", "email", "name")}
    return UserRecord(**told, **optional, email_verified=True)


class _NoAnswer(SignInError):
    """The site cannot be reached, or does not speak as one."""


class _Refusal(Exception):
    """The site answered with an error; `error` is its word of RFC 6749 or 8628."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description or error)
        self.error = error


_WAITING = {"authorization_pending": 0, "slow_down": _SLOWER_S}
_ENDS = {
    "access_denied": "The sign-in was refused",
    "expired_token": "The code has expired, nobody entered it in time",
}
_OTHER = "Is this the sign-in site of an orchestrator? Compare the address with `uockam orchestrator status` there"


def _meaning(refusal: _Refusal) -> Exception:
    slower = _WAITING.get(refusal.error)
    if slower is not None:
        return _Again(slower)
    return SignInError(_ENDS.get(refusal.error, f"The sign-in site refuses: {refusal}"), _AGAIN)


def _post(url: str, form: dict[str, str]) -> dict[str, Any]:
    return _answer(Request(url, urlencode(form).encode(), {"Content-Type": "application/x-www-form-urlencoded"}))


def _answer(request: Request) -> dict[str, Any]:
    """The JSON object that answers a request. Raises _Refusal, _NoAnswer."""
    request.add_header("Accept", "application/json")
    try:
        with _opener(request.full_url).open(request, timeout=_TIMEOUT_S) as answer:
            return _object(answer.read(_MAX_ANSWER + 1), request)
    except HTTPError as error:
        with error:
            raise _refusal(error, request) from error
    except (OSError, HTTPException) as error:
        reason = error.reason if isinstance(error, URLError) else error
        raise _NoAnswer(f"The sign-in site {_site(request)} cannot be reached: {reason}", _UNREACHABLE) from error


def _refusal(error: HTTPError, request: Request) -> Exception:
    try:
        answer = _object(error.read(_MAX_ANSWER + 1), request)
        return _Refusal(_text(answer, "error"), str(answer.get("error_description") or "")[:_MAX_TEXT])
    except (SignInError, OSError, HTTPException):
        return _NoAnswer(f"The sign-in site {_site(request)} answers with HTTP status {error.code}", _OTHER)


def _object(body: bytes, request: Request) -> dict[str, Any]:
    try:
        answer = json.loads(body) if len(body) <= _MAX_ANSWER else None
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise _NoAnswer(f"The sign-in site {_site(request)} answers with something else than JSON", _OTHER)
    return answer


def _text(answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value or len(value) > _MAX_TEXT or not value.isprintable():
        raise SignInError(f"The sign-in site answers without a proper {name}", _OTHER)
    return value


def _seconds(answer: dict[str, Any], name: str, most: int) -> int:
    value = answer.get(name)
    if not isinstance(value, int) or value <= 0:
        raise SignInError(f"The sign-in site answers without a proper {name}", _OTHER)
    return min(value, most)


def _site(request: Request) -> str:
    return f"{request.type}://{request.host}"


class _Stay(HTTPRedirectHandler):
    """No redirects: none is foreseen, and one could carry a secret to another place."""

    def redirect_request(self, *arguments: Any) -> None:
        return None


def _opener(url: str) -> OpenerDirector:
    """One that asks this machine without any proxy."""
    direct = [ProxyHandler({})] if is_loopback_host(urlsplit(url).hostname or "") else []
    return build_opener(_Stay, *direct)
