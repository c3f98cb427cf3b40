"""A program on a board, beside its node: brought there with what it imports, run, watched, and run again."""

import ast
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from uockam import api
from uockam.address import LOCAL, Address, random_address
from uockam.errors import ProtocolError
from uockam.records import Record

from ..errors import HostError, InvalidArgument
from ..node.client import NoReply, decode, encode
from .asking import Service
from .copy_node import NodeCopier
from .live import OTHER, STATE, Watching, connect

FOLDER = "/uockam-run"  # firmware/device/services/run.py
_PROGRAM = Record("a program", (1, "module", str, True), (2, "main", bool, True))
_STATE = Record("the state of a program", (1, "running", bool, True), (2, "error", str, False))
_RUN = (Address(LOCAL, b"run"),)
_START_MS = 20_000  # to import what the program imports, and to end the former one
_STOP_MS = 3000  # for a program that awaits; one that does not is interrupted
_SCRIPT_STOP_MS = 500
_LAST_MS = 10_000  # from the interrupt to the end

ENDED = b"e"  # with why it ended as data, b"" when it ended by itself


class Source(NamedTuple):
    """A program and the modules of its folder that it imports: files by their path below it. main: see `has_main`."""

    module: str
    files: dict[str, Path]
    main: bool


def read(path: Path) -> Source:
    """What has to be on the board to run a file. Raises InvalidArgument for what is no program."""
    tree = _parse(path)
    files: dict[str, Path] = {path.name: path}
    _collect(path.parent, tree, files)
    return Source(path.stem, files, has_main(tree))


def has_main(tree: ast.Module) -> bool:
    """Whether there is an `async def main(node)` to call; a `main` without a parameter is the script's own business."""
    mains = [item for item in tree.body if isinstance(item, ast.AsyncFunctionDef) and item.name == "main"]
    return bool(mains and (mains[0].args.posonlyargs or mains[0].args.args))


def _collect(folder: Path, tree: ast.Module, files: dict[str, Path]) -> None:
    for name in _imported(tree):
        for path in _places(folder, name):
            relative = path.relative_to(folder).as_posix()
            if relative not in files and path.is_file():
                files[relative] = path
                _collect(folder, _parse(path), files)


def _imported(tree: ast.Module) -> Iterator[str]:
    """Names of modules, dotted; those that a package imports from itself are found with the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def _places(folder: Path, name: str) -> Iterator[Path]:
    """Files that importing a name may run: the module, or all of the package."""
    top = name.partition(".")[0]
    if (folder / top).is_dir():
        yield from sorted((folder / top).rglob("*.py"))
    yield folder / f"{top}.py"


def _parse(path: Path) -> ast.Module:
    try:
        return ast.parse(path.read_bytes(), str(path))
    except OSError as error:
        raise InvalidArgument(f"Cannot read {path}: {error.strerror}", "Check its spelling") from error
    except (SyntaxError, ValueError) as error:
        line = f", line {error.lineno}" if isinstance(error, SyntaxError) else ""
        raise InvalidArgument(f"{path.name}{line}: {getattr(error, 'msg', error)}", "Correct it") from error


class Program:
    """A program that runs on the board of a node, from `start` to `stop`; to be used in a `with`.

    Raises MessageError when the node is gone, ApiError when the board refuses.
    """

    def __init__(self, name: str) -> None:
        self.watching = Watching(name)
        self._copier = NodeCopier(connect(name))
        Service(self.watching.client, "run")
        self._own = random_address()
        self._running = False
        self._missed: deque[tuple[bytes, bytes]] = deque()  # came while an answer was waited for

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: object) -> None:
        self._copier.close()
        self.watching.client.close()

    def start(self, source: Source) -> None:
        """Bring the files there that are not yet, end what runs, and run it."""
        self._bring(source)
        self._own = random_address()
        self._ask(encode(api.POST, "program", _PROGRAM.pack(module=source.module, main=source.main)))
        state = self._answer(_START_MS)
        self._running = bool(state["running"])
        if not source.main:
            self.watching.hold()

    def next(self, timeout_ms: int) -> "tuple[bytes, bytes]":
        """As Watching.next, and (ENDED, why) at its end. Raises NoReply."""
        if self._missed:
            return self._missed.popleft()
        kind, data = self.watching.next(timeout_ms, self._own)
        if kind == OTHER:
            return self._ended(_state(data)) or self.next(timeout_ms)
        if kind == STATE and not data and self._running:
            self._ask(encode(api.GET, "program"))  # the link was down: its end may have been told in vain
        return kind, data

    def stop(self, script: bool) -> None:
        """End the program, and not the node."""
        if not self._running:
            return
        self._own = random_address()
        self._ask(encode(api.DELETE, "program"))
        try:
            self._answer(_SCRIPT_STOP_MS if script else _STOP_MS)
        except NoReply:
            self.watching.type(b"\x03")
            self._answer(_LAST_MS)
        self._running = False

    def _bring(self, source: Source) -> None:
        there = self._copier.hashes(FOLDER)
        wanted = {f"{FOLDER}/{relative}": path.read_bytes() for relative, path in source.files.items()}
        for path in there.keys() - wanted.keys():
            self._copier.rm(path)
        self._copier.write({path: data for path, data in wanted.items() if there.get(path) != _hash(data)})

    def _ask(self, payload: bytes) -> None:
        self.watching.client.send(_RUN, payload, _START_MS, self._own)

    def _answer(self, timeout_ms: int) -> dict[str, Any]:
        deadline = time.monotonic() + timeout_ms / 1000
        while True:
            left = deadline - time.monotonic()
            kind, data = self.watching.next(max(int(left * 1000), 1), self._own)
            if kind == OTHER:
                return _state(data)
            self._missed.append((kind, data))

    def _ended(self, state: dict[str, Any]) -> "tuple[bytes, bytes] | None":
        if state["running"] or not self._running:
            return None
        self._running = False
        return ENDED, str(state["error"] or "").encode()


def _state(payload: bytes) -> dict[str, Any]:
    try:
        return _STATE.unpack(decode(payload))
    except ProtocolError as error:
        raise HostError(f"The board sent {error}", "Install the same version of uockam on it") from error


def _hash(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


class Changes:
    """Whether files have changed since they were last looked at."""

    def __init__(self) -> None:
        self._seen: dict[Path, Any] = {}

    def note(self, source: Source) -> None:
        """They are as they are wanted now."""
        self._seen = {path: _stamp(path) for path in source.files.values()}

    def any(self) -> bool:
        """Whether one of them is different."""
        return any(_stamp(path) != stamp for path, stamp in self._seen.items())


def _stamp(path: Path) -> Any:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
