"""The files of the board, for its owner (docs/services.md, `files`)."""

import asyncio
import hashlib
import os

from uockam import api
from uockam.access import OWNER
from uockam.records import Record
from uockam.services.requests import Requests

from . import paths
from .uploads import Uploads

ACCESS = OWNER

_MOST_DATA = 4096  # bytes of a file in one message: half of what a board takes
_MOST_NAMES = 2048  # characters of names in one answer, so that it fits a message
_YIELD = 16  # chunks of a file that are read before everything else gets its turn

_PLACE = Record("a path", (1, "path", str, True), (2, "offset", int, False), (3, "count", int, False))
_PAIR = Record("two paths", (1, "path", str, True), (2, "to", str, True))
_UPLOAD = Record("an upload", (1, "id", int, True), (2, "path", str, True), (3, "size", int, True))
_PIECE = Record("a piece", (1, "id", int, True), (2, "data", bytes, True))
_DONE = Record("the end of an upload", (1, "id", int, True), (2, "sha256", bytes, True))


def make(node: object) -> "Files":
    """The worker."""
    return Files()


class Files(Requests):
    """Lists, reads, writes and removes files. An upload appears whole under its name, or not at all."""

    def __init__(self) -> None:
        self._uploads = Uploads()
        super().__init__(
            (
                (api.GET, "list", self._list),
                (api.GET, "stat", self._stat),
                (api.GET, "data", self._read),
                (api.GET, "hash", self._hash),
                (api.GET, "space", self._space),
                (api.POST, "upload", self._begin),
                (api.PUT, "upload", self._add),
                (api.POST, "upload/end", self._end),
                (api.POST, "folder", self._make_folder),
                (api.POST, "move", self._move),
                (api.DELETE, "file", self._remove),
                (api.DELETE, "folder", self._remove_folder),
            )
        )

    async def stopped(self, context: object) -> None:
        self._uploads.drop_all()

    # -- looking ------------------------------------------------------------------------------------------------------

    async def _list(self, parts: "list[str]", body: object) -> object:
        """[[name, size], ..] from number `offset` on, size -1 for a folder; as many as fit. [] at the end."""
        path, offset, _ = _place(body)
        found = []
        room = _MOST_NAMES
        try:
            for number, entry in enumerate(os.ilistdir(path)):
                if number < offset:
                    continue
                room -= len(entry[0]) + 8
                if room < 0:
                    break
                found.append((entry[0], _size(path, entry)))
        except OSError as error:
            raise paths.refusal(error, path)
        return found

    async def _stat(self, parts: "list[str]", body: object) -> object:
        """[size], -1 for a folder."""
        path, _, _ = _place(body)
        try:
            folder, size = paths.stat(path)
        except OSError as error:
            raise paths.refusal(error, path)
        return [-1 if folder else size]

    async def _read(self, parts: "list[str]", body: object) -> object:
        """The bytes from `offset` on, `count` of them at most; none at the end."""
        path, offset, count = _file(body)
        try:
            with open(path, "rb") as file:
                file.seek(offset)
                return file.read(min(count, _MOST_DATA))
        except OSError as error:
            raise paths.refusal(error, path)

    async def _hash(self, parts: "list[str]", body: object) -> object:
        """SHA-256 of the whole file."""
        path, _, _ = _file(body)
        digest = hashlib.sha256()
        try:
            for number, piece in enumerate(paths.chunks(path)):
                digest.update(piece)
                if number % _YIELD == _YIELD - 1:
                    await asyncio.sleep(0)
        except OSError as error:
            raise paths.refusal(error, path)
        return digest.digest()

    async def _space(self, parts: "list[str]", body: object) -> object:
        """[all, free] bytes."""
        return list(paths.free_bytes())

    # -- writing ------------------------------------------------------------------------------------------------------

    async def _begin(self, parts: "list[str]", body: object) -> None:
        """Open an upload under an id that the sender chose."""
        values = _UPLOAD.unpack(body)
        self._uploads.begin(values["id"], paths.checked_file(values["path"]), values["size"])

    async def _add(self, parts: "list[str]", body: object) -> None:
        """The next bytes of an upload."""
        values = _PIECE.unpack(body)
        self._uploads.add(values["id"], values["data"])

    async def _end(self, parts: "list[str]", body: object) -> None:
        """Put the upload in its place, if it is whole."""
        values = _DONE.unpack(body)
        self._uploads.end(values["id"], values["sha256"])

    async def _make_folder(self, parts: "list[str]", body: object) -> None:
        """Make a folder and those above it."""
        path, _, _ = _place(body)
        try:
            paths.make_folders(path)
        except OSError as error:
            raise paths.refusal(error, path)

    async def _move(self, parts: "list[str]", body: object) -> None:
        """Give a file or folder another name; a file that has it is replaced."""
        source, target = _pair(body)
        try:
            paths.make_folders(target.rpartition("/")[0])
            os.rename(source, target)
        except OSError as error:
            raise paths.refusal(error, source)

    async def _remove(self, parts: "list[str]", body: object) -> None:
        """Remove a file."""
        path, _, _ = _file(body)
        try:
            if paths.stat(path)[0]:
                raise api.Reject(api.BAD_REQUEST, "%s is a folder" % path)
            os.remove(path)
        except OSError as error:
            raise paths.refusal(error, path)

    async def _remove_folder(self, parts: "list[str]", body: object) -> None:
        """Remove an empty folder."""
        path, _, _ = _place(body)
        try:
            os.rmdir(path)
        except OSError as error:
            raise paths.refusal(error, path)


def _place(body: object) -> "tuple[str, int, int]":
    values = _PLACE.unpack(body)
    offset, count = values["offset"] or 0, values["count"] or 0
    if offset < 0 or count < 0:
        raise api.Reject(api.BAD_REQUEST, "a place in a file is not below 0")
    return paths.checked(values["path"]), offset, count


def _file(body: object) -> "tuple[str, int, int]":
    path, offset, count = _place(body)
    return paths.checked_file(path), offset, count


def _pair(body: object) -> "tuple[str, str]":
    values = _PAIR.unpack(body)
    return paths.checked_file(values["path"]), paths.checked_file(values["to"])


def _size(folder: str, entry: "tuple[object, ...]") -> int:
    if entry[1] & 0x4000:
        return -1
    return entry[3] if len(entry) > 3 else paths.stat(folder.rstrip("/") + "/" + entry[0])[1]
