"""What every answer of the site has in common: headers that bind browsers, and bounds on requests."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_MAX_BODY = 16 * 1024  # bytes; the longest form here has a few hundred
_HEADERS = {
    # Nothing but our own style sheet. A form may lead back to a program that waits on this machine (RFC 8252 7.3).
    "content-security-policy": "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "form-action 'self' http://localhost:* http://127.0.0.1:*",
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Security:
    """ASGI middleware around the whole site."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        headers = Headers(scope=scope)
        refusal = next((answer for wrong, answer in _REFUSALS if wrong(headers)), None)
        await (refusal or self._app)(scope, receive, send_with_headers)


def _is_too_long(headers: Headers) -> bool:
    """Whether a body may be long: a short one says its length, which the server holds it to."""
    length = headers.get("content-length", "0")
    return "transfer-encoding" in headers or not length.isdigit() or int(length) > _MAX_BODY


def _is_no_form(headers: Headers) -> bool:
    """Whether there is a body that is no simple form, such as one with files."""
    return not headers.get("content-type", _FORM).startswith(_FORM)


_FORM = "application/x-www-form-urlencoded"
_REFUSALS = (
    (_is_too_long, PlainTextResponse("The request is too long", 413)),
    (_is_no_form, PlainTextResponse("The request is no form", 415)),
)
