"""Files on a board: the contract of all ways to them, and what those share that run code at MicroPython's prompt."""

import ast
import base64
import hashlib
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

from ..errors import HostError

AUTO = "auto"
VIAS = ("mpremote", "ampy")
PART = ".part"  # ending of a file that is being written
NEW = ".new"  # ending of one that is complete and about to replace another (firmware/device/start/boot.py)

_BLOCK_BYTES = 8192  # of files, in one piece of code: a board has it in its heap three times
_MOST_HASHES = 16  # in one answer: a board drops what it prints when the computer is slow to read it
_HASH_MS = 300  # of hashing in one go, by the board's clock: an emulated board is some 20 times slower than that
_WINDOW_BITS = 12  # of deflate: the board keeps 4 KB to look back into

Progress = Callable[[int], object]  # called with how many more bytes are done


_Self = TypeVar("_Self", bound="Copier")


class BoardError(HostError):
    """What ran on the board failed; the text is the last line of its traceback."""


class FileError(HostError):
    """The board's file system refused; `errno` says why, as MicroPython numbers it."""

    def __init__(self, path: str, errno: int) -> None:
        self.errno = errno
        super().__init__(f"The board cannot use the file {path}: {_why(errno)}", _REMEDIES.get(errno, ""))


class Entry(NamedTuple):
    """A file or folder on a board."""

    name: str
    is_folder: bool
    size: int


class Copier(ABC):
    """Paths are absolute, with `/` between their parts. Every method raises HostError."""

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(
        self, kind: "type[BaseException] | None", error: "BaseException | None", trace: "TracebackType | None"
    ) -> None:
        self.close()

    @abstractmethod
    def ls(self, path: str) -> list[Entry]:
        """What is in a folder, sorted by name."""

    @abstractmethod
    def stat(self, path: str) -> "Entry | None":
        """What is at a path; None when nothing is."""

    @abstractmethod
    def get(self, path: str, progress: "Progress | None" = None) -> bytes:
        """The content of a file."""

    @abstractmethod
    def put(self, path: str, data: bytes, progress: "Progress | None" = None) -> None:
        """Replace or make a file, and the folders above it; whatever happens, the old or the new content is there.

        What was written is read back, on the board, before it takes its place.
        """

    @abstractmethod
    def rm(self, path: str) -> None:
        """Remove a file, or a folder with all that is in it; what is not there is no error."""

    @abstractmethod
    def mkdir(self, path: str) -> None:
        """Make a folder and those above it; one that is there is no error."""

    @abstractmethod
    def rename(self, old: str, new: str) -> None:
        """Give a file another path; it replaces one that is there."""

    @abstractmethod
    def hash(self, path: str) -> "str | None":
        """SHA-256 of a file in hex; None when there is no such file."""

    @abstractmethod
    def exec(self, code: str) -> bytes:
        """Run a program on the board: what it printed. Raises BoardError when it failed."""

    @abstractmethod
    def reset(self) -> None:
        """Restart the board's program; nothing else can be done with this copier then."""

    @abstractmethod
    def close(self) -> None:
        """Let the board go on without us."""

    # -- many files at once -------------------------------------------------------------------------------------------

    @abstractmethod
    def hashes(self, *paths: str) -> dict[str, str]:
        """SHA-256 in hex of each file at these paths or below them, by its path; what is not there is left out."""

    @abstractmethod
    def write(self, files: Mapping[str, bytes], progress: "Progress | None" = None) -> None:
        """Write files, and the folders above them: after a cut there may be half a file."""

    @abstractmethod
    def free_bytes(self) -> int:
        """Room for files on the board."""


class PromptCopier(Copier):
    """A Copier that runs code at the board's prompt; subclasses bring exec(), reset() and close()."""

    _deflates: "bool | None" = None  # whether the board unpacks what is deflated; None when it was not asked yet

    def call(self, function: str, *arguments: object) -> Any:
        """The result of a function of the helper program, which is brought there first."""
        if self._deflates is None:
            self._deflates = self.exec(_HELPER).strip() == b"True"
        code, result = ast.literal_eval(self.exec(f"u_call(u_{function}, {', '.join(map(repr, arguments))})").decode())
        if code:
            raise FileError(str(arguments[0] if arguments else "/"), int(result))
        return result

    def ls(self, path: str) -> list[Entry]:
        return sorted(Entry(*item) for item in self.call("ls", path))

    def stat(self, path: str) -> "Entry | None":
        found = self.call("stat", path)
        return Entry(path.rpartition("/")[2], *found) if found else None

    def get(self, path: str, progress: "Progress | None" = None) -> bytes:
        data = b""
        while block := base64.b64decode(self.call("get", path, len(data), _BLOCK_BYTES)):
            data += block
            if progress is not None:
                progress(len(block))
        return data

    def put(self, path: str, data: bytes, progress: "Progress | None" = None) -> None:
        self.write({path + PART: data}, progress)
        if self.hash(path + PART) != hashlib.sha256(data).hexdigest():
            raise HostError(f"The board's file {path} is not what was written", "Run the same command again")
        self.call("replace", path, PART, NEW)

    def rm(self, path: str) -> None:
        self.call("rm", path)

    def mkdir(self, path: str) -> None:
        self.call("mkdir", path)

    def rename(self, old: str, new: str) -> None:
        self.call("rename", old, new)

    def hash(self, path: str) -> "str | None":
        return self.hashes(path).get(path)

    def hashes(self, *paths: str) -> dict[str, str]:
        found: dict[str, str] = {}
        self.call("walk", *paths)
        while some := self.call("hashes", _MOST_HASHES, _HASH_MS):
            found.update(some)
        return found

    def write(self, files: Mapping[str, bytes], progress: "Progress | None" = None) -> None:
        for folder in sorted({path.rpartition("/")[0] for path in files}):
            self.mkdir(folder)
        for data, parts in _blocks(files):
            self.call("put", self._packed(data), parts)
            if progress is not None:
                progress(len(data))

    def free_bytes(self) -> int:
        return int(self.call("free"))

    def _packed(self, data: bytes) -> bytes:
        if self._deflates is None:
            self.call("free")
        if not self._deflates:
            return base64.b64encode(data)
        deflate = zlib.compressobj(9, zlib.DEFLATED, -_WINDOW_BITS)
        return base64.b64encode(deflate.compress(data) + deflate.flush())


def open_copier(port: str, via: str = AUTO) -> PromptCopier:
    """Interrupt what runs on the board at a port and reset it, for its prompt; main.py does not run.

    via: one of VIAS; AUTO is mpremote's way, and ampy's where the board's raw-paste mode fails.
    Raises the errors of device.errors and of link.serial.
    """
    from .contact import PasteFailed
    from .copy_ampy import AmpyCopier
    from .copy_mpremote import MpremoteCopier

    if via == "ampy":
        return AmpyCopier(port)
    try:
        return MpremoteCopier(port)
    except PasteFailed:
        if via != AUTO:
            raise
        return AmpyCopier(port)


def _blocks(files: Mapping[str, bytes]) -> Iterator[tuple[bytes, list[tuple[str, int, bool]]]]:
    """Pieces of at most _BLOCK_BYTES, each with its parts: (path, "" to go on with a file; bytes; whether it ends)."""
    data, parts = b"", []
    for path, content in files.items():
        while path or content:
            piece, content = content[: _BLOCK_BYTES - len(data)], content[_BLOCK_BYTES - len(data) :]
            data += piece
            parts.append((path, len(piece), not content))
            path = ""
            if len(data) == _BLOCK_BYTES:
                yield data, parts
                data, parts = b"", []
    if parts:
        yield data, parts


def _why(errno: int) -> str:
    import os

    return os.strerror(errno)


_REMEDIES = {
    2: "Look which files there are: `uockam device files ls`",
    28: "Make room: remove files with `uockam device files rm`",
}

# What runs on the board. Everything is named u_.., away from the user's names, and gone with the next reset.
_HELPER = """
import binascii, hashlib, io, os, time
try:
    import deflate as u_deflate
except ImportError:
    u_deflate = None
def u_call(function, *arguments):
    try:
        print(repr((0, function(*arguments))))
    except OSError as error:
        print(repr((1, error.errno)))
def u_stat(path):
    try:
        found = os.stat(path)
        return bool(found[0] & 0x4000), found[6]
    except OSError:
        return None
def u_ls(path):
    return [(name,) + u_stat(path.rstrip("/") + "/" + name) for name in os.listdir(path)]
def u_below(folder):
    for entry in os.ilistdir(folder):
        path = folder.rstrip("/") + "/" + entry[0]
        if entry[1] & 0x4000:
            yield from u_below(path)
        else:
            yield path
def u_files(paths):
    for path in paths:
        found = u_stat(path)
        if found and found[0]:
            yield from u_below(path)
        elif found:
            yield path
def u_hash(path):
    sha, size = hashlib.sha256(), 1
    with open(path, "rb") as file:
        while size:
            size = file.readinto(u_block)
            sha.update(u_block[:size])
    return binascii.hexlify(sha.digest()).decode()
u_block = memoryview(bytearray(4096))
def u_walk(*paths):
    global u_found
    u_found = u_files(paths)
def u_hashes(most, most_ms):
    start, done = time.ticks_ms(), []
    for path in u_found:
        done.append((path, u_hash(path)))
        if len(done) == most or time.ticks_diff(time.ticks_ms(), start) >= most_ms:
            break
    return done
def u_get(path, start, size):
    with open(path, "rb") as file:
        file.seek(start)
        return binascii.b2a_base64(file.read(size))
def u_mkdir(path):
    if path and not u_stat(path):
        u_mkdir(path.rpartition("/")[0])
        os.mkdir(path)
def u_rm(path):
    found = u_stat(path)
    if found and found[0]:
        for name in os.listdir(path):
            u_rm(path + "/" + name)
        os.rmdir(path)
    elif found:
        os.remove(path)
def u_rename(old, new):
    os.rename(old, new)
def u_replace(path, part, new):
    os.rename(path + part, path + new)
    os.rename(path + new, path)
def u_free():
    found = os.statvfs("/")
    return found[0] * found[3]
def u_pour(source, file, size):
    while size:
        piece = source.read(min(size, 1024))
        if not piece:
            raise OSError(5)
        file.write(piece)
        size -= len(piece)
def u_put(data, parts):
    global u_file
    source = io.BytesIO(binascii.a2b_base64(data))
    if u_deflate:
        source = u_deflate.DeflateIO(source, u_deflate.RAW, 12)
    for path, size, last in parts:
        if path:
            u_file = open(path, "wb")
        u_pour(source, u_file, size)
        if last:
            u_file.close()
print(bool(u_deflate))
"""
