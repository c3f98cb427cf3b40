"""The request/response envelope of Ockam's management services (wire.md 5.3)."""

from collections import namedtuple

from . import bare, cbor
from .records import Record

GET, POST, PUT, DELETE, PATCH = range(5)
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")

OK = 200
BAD_REQUEST = 400
UNAUTHORIZED = 401
FORBIDDEN = 403
NOT_FOUND = 404
CONFLICT = 409
INTERNAL = 500

_MAX_PATH_PARTS = 5  # as Ockam splits: the rest stays in the last one

_REQUEST = Record(
    "a request", (1, "id", int, True), (2, "path", str, True), (3, "method", int, False), (4, "has_body", bool, True)
)
_RESPONSE = Record(
    "a response", (1, "id", int, True), (2, "re", int, True), (3, "status", int, False), (4, "has_body", bool, True)
)
_ERROR = Record("an error", (1, "path", str, False), (2, "method", int, False), (3, "message", str, False))

# `body` is the decoded CBOR value, None when there is none.
Request = namedtuple("Request", ("id", "method", "path", "body"))
Response = namedtuple("Response", ("id", "re", "status", "body"))


class Reject(Exception):
    """Raised by a handler to answer with a status and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def encode_request(id: int, method: int, path: str, body: "object | None" = None) -> bytes:
    """The payload of a request; `body` is any value that cbor.encode takes, None for no body."""
    header = _REQUEST.pack(id=id, path=path, method=method, has_body=body is not None)
    return _envelope(header, body)


def encode_response(id: int, re: int, status: int, body: "object | None" = None) -> bytes:
    """The payload of a response to the request with id `re`."""
    header = _RESPONSE.pack(id=id, re=re, status=status, has_body=body is not None)
    return _envelope(header, body)


def error_body(message: str, path: "str | None" = None, method: "int | None" = None) -> cbor.Map:
    """The body that goes with a status of 400 and above."""
    return _ERROR.pack(path=path, method=method, message=message)


def decode_request(payload: bytes) -> Request:
    """The request in a payload. Raises ProtocolError."""
    header, body = _open(payload, _REQUEST)
    return Request(header["id"], header["method"], header["path"], body)


def decode_response(payload: bytes) -> Response:
    """The response in a payload. Raises ProtocolError."""
    header, body = _open(payload, _RESPONSE)
    return Response(header["id"], header["re"], header["status"], body)


def error_text(body: object) -> str:
    """The sentence inside an error body, whichever of its two forms it has."""
    if isinstance(body, str):
        return body
    if isinstance(body, dict) and isinstance(body.get(3), str):
        return str(body[3])
    return "no reason given"


def split_path(path: str) -> "list[str]":
    """The parts of a path, leading slashes left out, at most five."""
    return path.lstrip("/").split("/", _MAX_PATH_PARTS - 1)


def _envelope(header: cbor.Map, body: "object | None") -> bytes:
    return bare.encode_bytes(cbor.encode(header) + (b"" if body is None else cbor.encode(body)))


def _open(payload: bytes, record: Record) -> "tuple[dict[str, object], object | None]":
    data = bare.decode_bytes(payload)
    raw, position = cbor.decode_item(data, 0)
    header = record.unpack(raw)
    if not header["has_body"] or position == len(
        data
    ):  # a promised body of no bytes is how Ockam 0.150 writes "nothing"
        return header, None
    return header, cbor.decode_item(data, position)[0]
