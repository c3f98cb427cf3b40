"""Workers that answer requests in the envelope of Ockam's management services, from a table (wire.md 5.3)."""

from .. import api
from ..errors import Error, InvalidAddress, ProtocolError
from ..log import safe
from ..message import Message
from ..worker import Context, Worker


class Requests(Worker):
    """Answers requests from a table of (method, path, handler).

    A path matches when its parts do; `*` stands for one part of any text. handler(parts, body) is a coroutine function
    that gets the parts that stood for `*` and the decoded body, and returns the body of the answer, or raises
    api.Reject. The first row that matches is taken.
    """

    def __init__(self, *tables: "tuple[tuple[int, str, object], ...]") -> None:
        self.table = [_row(row) for table in tables for row in table]

    async def handle_message(self, context: Context, message: Message) -> None:
        request = api.decode_request(message.payload)  # a broken one is logged and not answered, as in Ockam
        status, body = await self._answer(request, message)
        await context.reply(message, api.encode_response(_response_id(request.id), request.id, status, body))

    async def call(self, handler: object, parts: "list[str]", body: object, message: Message) -> "object | None":
        """Run the handler of a row; for services whose handlers want to know who asks."""
        return await handler(parts, body)  # type: ignore[operator,no-any-return]

    async def _answer(self, request: api.Request, message: Message) -> "tuple[int, object | None]":
        try:
            return api.OK, await self._dispatch(request, message)
        except api.Reject as error:
            status, text = error.status, error.message
        except (ProtocolError, InvalidAddress) as error:
            status, text = api.BAD_REQUEST, str(error)
        except Error as error:
            status, text = api.INTERNAL, str(error)
        return status, api.error_body(text, request.path, request.method)

    async def _dispatch(self, request: api.Request, message: Message) -> "object | None":
        parts = api.split_path(request.path)
        for method, pattern, handler in self.table:
            if method == request.method and _matches(pattern, parts):
                stars = [part for part, wanted in zip(parts, pattern) if wanted == "*"]
                return await self.call(handler, stars, request.body, message)
        raise api.Reject(
            api.BAD_REQUEST, "Invalid endpoint: %s %s" % (_method_name(request.method), safe(request.path))
        )


def _row(row: "tuple[int, str, object]") -> "tuple[int, list[str], object]":
    method, path, handler = row
    return method, path.split("/"), handler


def _matches(pattern: "list[str]", parts: "list[str]") -> bool:
    if len(pattern) != len(parts):
        return False
    return all([wanted in ("*", part) for wanted, part in zip(pattern, parts)])


def _method_name(method: "int | None") -> str:
    return api.METHODS[method] if method is not None and 0 <= method < len(api.METHODS) else "?"


def _response_id(request_id: int) -> int:
    """An id that the asker does not use itself; nobody reads it (wire.md 3.3)."""
    return (request_id + 1) & 0xFFFFFFFF
