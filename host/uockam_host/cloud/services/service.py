"""The base of them all: who asks is known by the channel that brought the request, and by nothing else."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from uockam import api
from uockam.errors import Error
from uockam.identifier import identifier_text
from uockam.log import safe
from uockam.message import Message
from uockam.services.requests import Requests
from uockam.worker import Context

from ..metrics import REQUESTS, SECONDS
from ..signin.limits import Limit

MAX_REQUEST = 65_536  # bytes: the largest one that makes sense has 100 administrators in it
_MAX_REQUESTS = 300  # of one identity within _WINDOW_S; each costs it a handshake, too, if it is an Ockam command
_WINDOW_S = 60.0

_log: Any = structlog.get_logger("uockam.cloud")


@dataclass(frozen=True)
class Caller:
    """Who asks: its identifier, the attributes of the credential that it showed to this node's authorities, and the
    address of the channel that brought the request.
    """

    identifier: bytes
    attributes: dict[str, str]
    channel: bytes = b""


Answer = Awaitable[Any]
Asked = Callable[[Caller, list[str], Any], Answer]  # (who asks, the parts for `*`, the body)


class Service(Requests):
    """Requests whose handlers are told who asks: handler(caller, parts, body)."""

    def __init__(self, *table: tuple[int, str, Asked]) -> None:
        super().__init__(table)
        self.name = type(self).__name__
        self._limit = Limit(_MAX_REQUESTS, _WINDOW_S)

    async def handle_message(self, context: Context, message: Message) -> None:
        if len(message.payload) > MAX_REQUEST:  # before anything is made of it
            text = f"a request has {MAX_REQUEST} bytes at most"
            await context.reply(message, api.encode_response(1, 0, api.BAD_REQUEST, api.error_body(text)))
        else:
            await super().handle_message(context, message)

    async def _answer(self, request: api.Request, message: Message) -> tuple[int, object]:
        started = time.perf_counter()
        status, body = await super()._answer(request, message)
        SECONDS.labels(self.name).observe(time.perf_counter() - started)
        REQUESTS.labels(self.name, status).inc()
        _log.info("request", **self._described(request, message), status=status)
        return status, body

    def _described(self, request: api.Request, message: Message) -> dict[str, Any]:
        method = api.METHODS[request.method] if request.method in range(len(api.METHODS)) else "?"
        who = identifier_text(message.identifier) if message.identifier else None
        return {"service": self.name, "method": method, "path": safe(request.path), "who": who}

    async def _dispatch(self, request: api.Request, message: Message) -> object:
        """A slash at the end of a path means nothing: `v0/` for spaces, `v0` for projects (controller.md 8.2)."""
        return await super()._dispatch(request._replace(path=request.path.rstrip("/")), message)

    async def call(self, handler: Any, parts: list[str], body: object, message: Message) -> object:
        """Run the handler of a row. Raises api.Reject."""
        if message.identifier is None:
            raise api.Reject(api.BAD_REQUEST, "secure channel required")
        back = message.origin.back if message.origin else None
        caller = Caller(message.identifier, message.attributes or {}, back or b"")
        key = caller.identifier.hex()
        if self._limit.reached(key):
            raise api.Reject(api.FORBIDDEN, "too many requests: wait a minute")
        self._limit.note(key)
        try:
            return await handler(caller, parts, body)
        except (api.Reject, Error):
            raise
        except Exception:  # a bug: the caller must not wait for an answer in vain
            _log.exception("failed", service=self.name)
            raise api.Reject(api.INTERNAL, "the orchestrator failed; its log says why") from None


def forbidden(text: str) -> api.Reject:
    """The answer to who may not do this."""
    return api.Reject(api.FORBIDDEN, text)


def missing(what: str) -> api.Reject:
    """The answer to who asks for what is not there, or not theirs to know of."""
    return api.Reject(api.NOT_FOUND, f"there is no such {what}")


def bad(text: str) -> api.Reject:
    """The answer to a request that makes no sense."""
    return api.Reject(api.BAD_REQUEST, text)
