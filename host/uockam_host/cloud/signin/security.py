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

        await (self._app if _is_short(scope) else _TOO_LONG)(scope, receive, send_with_headers)


def _is_short(scope: Scope) -> bool:
    """Whether the request has no body, or one that says its length, which the server then holds it to."""
    headers = Headers(scope=scope)
    length = headers.get("content-length", "0")
    return "transfer-encoding" not in headers and length.isdigit() and int(length) <= _MAX_BODY


_TOO_LONG = PlainTextResponse("The request is too long", 413)
