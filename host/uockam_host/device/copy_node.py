"""Files on a board whose port a node has: over the route to the board, while its node runs (docs/services.md)."""

import hashlib
import itertools
import os
from collections.abc import Iterator, Mapping
from typing import Any

from uockam import api
from uockam.records import Record

from ..errors import ApiError, HostError
from ..node.client import Client
from .asking import Request, Service, missing
from .copier import BoardError, Copier, Entry, Progress

_PLACE = Record("a path", (1, "path", str, True), (2, "offset", int, False), (3, "count", int, False))
_PAIR = Record("two paths", (1, "path", str, True), (2, "to", str, True))
_UPLOAD = Record("an upload", (1, "id", int, True), (2, "path", str, True), (3, "size", int, True))
_PIECE = Record("a piece", (1, "id", int, True), (2, "data", bytes, True))
_DONE = Record("the end of an upload", (1, "id", int, True), (2, "sha256", bytes, True))

_PIECE_BYTES = 2048  # of a file in one message: a board that has little memory left finds room for it


class NodeCopier(Copier):
    """The `files` service of a board as a Copier; `exec` is of no use there."""

    def __init__(self, client: Client) -> None:
        """client: of the node that has the board, as its owner; closed with this."""
        self._client = client
        try:
            self._files = Service(client, "files")
        except BaseException:
            client.close()
            raise

    def ls(self, path: str) -> list[Entry]:
        found: list[Entry] = []
        while items := self._files.ask(api.GET, "list", _PLACE.pack(path=path, offset=len(found))):
            found += [_entry(*item) for item in items]
        return sorted(found)

    def stat(self, path: str) -> "Entry | None":
        try:
            (size,) = self._files.ask(api.GET, "stat", _PLACE.pack(path=path))
        except ApiError as error:
            if missing(error):
                return None
            raise
        return _entry(path.rstrip("/").rpartition("/")[2], size)

    def get(self, path: str, progress: "Progress | None" = None) -> bytes:
        found = self.stat(path)
        requests = (
            Request(api.GET, "data", _PLACE.pack(path=path, offset=offset, count=_PIECE_BYTES))
            for offset in range(0, max(found.size if found else 0, 1), _PIECE_BYTES)
        )
        data = b""
        for _, piece in self._files.ask_each(requests):
            data += piece
            if progress is not None:
                progress(len(piece))
        if self.hash(path) != hashlib.sha256(data).hexdigest():
            raise HostError(f"The file {path} changed while it was read", "Try again")
        return data

    def put(self, path: str, data: bytes, progress: "Progress | None" = None) -> None:
        self.write({path: data}, progress)

    def rm(self, path: str) -> None:
        found = self.stat(path)
        if found is None:
            return
        if found.is_folder:
            for item in self.ls(path):
                self.rm(f"{path.rstrip('/')}/{item.name}")
        self._files.ask(api.DELETE, "folder" if found.is_folder else "file", _PLACE.pack(path=path))

    def mkdir(self, path: str) -> None:
        self._files.ask(api.POST, "folder", _PLACE.pack(path=path))

    def rename(self, old: str, new: str) -> None:
        self._files.ask(api.POST, "move", _PAIR.pack(path=old, to=new))

    def hash(self, path: str) -> "str | None":
        try:
            return bytes(self._files.ask(api.GET, "hash", _PLACE.pack(path=path))).hex()
        except ApiError as error:
            if missing(error):
                return None
            raise

    def exec(self, code: str) -> bytes:
        raise BoardError("A board whose node runs runs no other program", "Use `uockam device run`")

    def reset(self) -> None:
        self._client.request(api.POST, "node/reset")

    def close(self) -> None:
        self._client.close()

    # -- many files at once -------------------------------------------------------------------------------------------

    def hashes(self, *paths: str) -> dict[str, str]:
        """SHA-256 in hex of each file at these paths or below them, by its path; what is not there is left out."""
        files = [file for path in paths for file in self._below(path)]
        requests = (Request(api.GET, "hash", _PLACE.pack(path=file)) for file in files)
        answers = (bytes(answer).hex() for _, answer in self._files.ask_each(requests))
        return dict(zip(files, answers, strict=True))

    def _below(self, path: str) -> Iterator[str]:
        found = self.stat(path)
        if found is not None and not found.is_folder:
            yield path
        elif found is not None:
            for item in self.ls(path):
                yield from self._below(f"{path.rstrip('/')}/{item.name}")

    def write(self, files: Mapping[str, bytes], progress: "Progress | None" = None) -> None:
        """Write files and the folders above them; each appears whole, or the former one stays."""
        requests = itertools.chain.from_iterable(_upload(path, data) for path, data in files.items())
        for request, _ in self._files.ask_each(requests):
            if progress is not None and request.size:
                progress(request.size)

    def free_bytes(self) -> int:
        """Room for files on the board."""
        _, free = self._files.ask(api.GET, "space")
        return int(free)


def _upload(path: str, data: bytes) -> Iterator[Request]:
    number = int.from_bytes(os.urandom(4), "big")
    yield Request(api.POST, "upload", _UPLOAD.pack(id=number, path=path, size=len(data)))
    for start in range(0, len(data), _PIECE_BYTES):
        piece = data[start : start + _PIECE_BYTES]
        yield Request(api.PUT, "upload", _PIECE.pack(id=number, data=piece), len(piece))
    yield Request(api.POST, "upload/end", _DONE.pack(id=number, sha256=hashlib.sha256(data).digest()))


def _entry(name: str, size: Any) -> Entry:
    return Entry(name, size < 0, max(size, 0))
