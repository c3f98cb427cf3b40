"""Files on their way to the board: written beside the old file, checked, and then put in its place."""

import hashlib
import os

from uockam import api

from . import paths

_MOST_OPEN = 4  # files at a time; the oldest is given up for one more: its sender is gone
_PART = ".part"  # ending of what is not whole yet
_NEW = ".new"  # ending of what is whole and about to take its place: FAT removes the old file first (start/boot.py)


class Uploads:
    """Uploads by id."""

    def __init__(self) -> None:
        self._open = []  # of _Upload, oldest first

    def begin(self, id: object, path: str, size: int) -> None:
        """Make room for a file of `size` bytes. Raises api.Reject."""
        self._drop(id, path)
        while len(self._open) >= _MOST_OPEN:
            self._open.pop(0).give_up()
        self._open.append(_Upload(id, path, size))

    def add(self, id: object, data: bytes) -> None:
        """Take the next bytes. Raises api.Reject."""
        upload = self._find(id)
        try:
            upload.write(data)
        except OSError as error:
            self._drop(id)
            raise paths.refusal(error, upload.path)

    def end(self, id: object, sha256: bytes) -> None:
        """Check the size and the hash, and put the file in its place. Raises api.Reject."""
        upload = self._find(id)
        try:
            upload.finish(sha256)
        except OSError as error:
            raise paths.refusal(error, upload.path)
        finally:
            self._drop(id)

    def drop_all(self) -> None:
        """Forget what is not whole."""
        for upload in self._open:
            upload.give_up()
        self._open = []

    def _find(self, id: object) -> "_Upload":
        for upload in self._open:
            if upload.id == id:
                return upload
        raise api.Reject(api.NOT_FOUND, "there is no such upload")

    def _drop(self, id: object, path: str = "") -> None:
        gone = [upload for upload in self._open if upload.id == id or upload.path == path]
        for upload in gone:
            upload.give_up()
            self._open.remove(upload)


class _Upload:
    """One file that is being written. Raises api.Reject and OSError."""

    def __init__(self, id: object, path: str, size: int) -> None:
        self.id = id
        self.path = path
        self._part = path + _PART
        self._left = size
        self._digest = hashlib.sha256()
        self._file = None
        try:
            self._check_place()
            paths.make_folders(path.rpartition("/")[0])
            self._file = open(self._part, "wb")  # noqa: SIM115
        except OSError as error:
            raise paths.refusal(error, path)

    def _check_place(self) -> None:
        _, free = paths.free_bytes()
        if self._left < 0 or self._left > free:
            text = "there is no room for %s on the board: it has %d bytes, and %d are free"
            raise api.Reject(api.INTERNAL, text % (self.path, self._left, free))
        try:
            folder, _ = paths.stat(self.path)
        except OSError:
            return
        if folder:
            raise api.Reject(api.CONFLICT, "%s is a folder" % self.path)

    def write(self, data: bytes) -> None:
        self._left -= len(data)
        self._digest.update(data)
        if self._file.write(data) != len(data):
            raise OSError(paths.NO_ROOM)

    def finish(self, sha256: bytes) -> None:
        file, self._file = self._file, None
        file.close()
        if self._left or self._digest.digest() != sha256:
            raise api.Reject(api.BAD_REQUEST, "%s did not arrive as it was sent" % self.path)
        os.rename(self._part, self.path + _NEW)
        os.rename(self.path + _NEW, self.path)

    def give_up(self) -> None:
        """Close and remove what is there of it; nothing when it was finished."""
        if self._file is not None:
            self._file.close()
        paths.remove(self._part)
