"""Paths and files of the board as its services use them: checked names, and errors in words."""

import os

from uockam import api
from uockam.log import safe

_MAX_PATH = 200  # characters: littlefs takes names of 255 bytes, and a path with its working copies must fit as well
_FOLDER = 0x4000  # in the mode that os.stat gives
_CHUNK = 1024

_EPERM, _ENOENT, _EACCES, _EEXIST, _ENOTDIR, _EISDIR, NO_ROOM, _ENOTEMPTY = 1, 2, 13, 17, 20, 21, 28, 39
_WORDS = {  # MicroPython has names for some of these numbers only
    _ENOENT: (api.NOT_FOUND, "there is no %s on the board"),
    _EEXIST: (api.CONFLICT, "there is already a %s on the board"),
    _ENOTDIR: (api.CONFLICT, "%s leads through a file"),
    _EISDIR: (api.CONFLICT, "%s is a folder"),
    _ENOTEMPTY: (api.CONFLICT, "the folder %s is not empty"),
    _EACCES: (api.CONFLICT, "%s may not be changed; a folder has to be empty"),
    _EPERM: (api.CONFLICT, "%s may not be changed"),
    NO_ROOM: (api.INTERNAL, "there is no room for %s on the board"),
}


def checked(path: str) -> str:
    """The path from the top, written in the one way. Raises api.Reject for one that leads elsewhere or nowhere."""
    parts = [part for part in path.split("/") if part]
    bad = [part for part in parts if part in (".", "..") or [char for char in part if char < " " or char in '\\:"\x7f']]
    if bad or len(path) > _MAX_PATH:
        raise api.Reject(api.BAD_REQUEST, "not a path on the board: %s" % safe(path))
    return "/" + "/".join(parts)


def checked_file(path: str) -> str:
    """As `checked`, for what can be a file."""
    found = checked(path)
    if found == "/" or path.endswith("/"):
        raise api.Reject(api.BAD_REQUEST, "not the path of a file: %s" % safe(path))
    return found


def refusal(error: OSError, path: str) -> api.Reject:
    """What to tell about an error of the file system."""
    status, text = _WORDS.get(error.errno, (api.INTERNAL, "%s cannot be used: " + str(error).replace("%", "%%")))
    return api.Reject(status, text % safe(path))


def stat(path: str) -> "tuple[bool, int]":
    """(whether it is a folder, size in bytes). Raises OSError."""
    found = os.stat(path)
    return bool(found[0] & _FOLDER), found[6]


def free_bytes(path: str = "/") -> "tuple[int, int]":
    """(all, free) bytes of the file system that has the path."""
    found = os.statvfs(path)
    return found[1] * found[2], found[0] * found[3]


def make_folders(path: str) -> None:
    """Make the folder and those above it, as far as they are missing. Raises OSError."""
    made = ""
    for part in [part for part in path.split("/") if part]:
        made += "/" + part
        try:
            os.mkdir(made)
        except OSError as error:
            if error.errno != _EEXIST:
                raise


def chunks(path: str) -> "object":
    """The bytes of a file, piece by piece, in a buffer that is used again. Raises OSError."""
    buffer = bytearray(_CHUNK)
    view = memoryview(buffer)
    with open(path, "rb") as file:
        while True:
            count = file.readinto(buffer)
            if not count:
                return
            yield view[:count]


def remove(path: str) -> None:
    """Remove a file, if it is there."""
    try:
        os.remove(path)
    except OSError:
        pass
