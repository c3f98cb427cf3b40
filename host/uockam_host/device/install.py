"""Installing uockam so that a cable pulled at any moment leaves the former version running or the new one, never half.

A version is one file (pack.py), so imports never mix two. It is replaced as every other file is: written beside the
former one, read back, and renamed. littlefs replaces a file at once; FAT removes it first, and start/boot.py finds the
new one beside it then.
"""

import ast
import hashlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import uockam

from ..errors import HostError, InvalidArgument
from . import settings as board_settings
from .bundle import Bundle, Facts, make, start_files
from .copier import Copier, PromptCopier, open_copier
from .flasher import Progress
from .hold import released

PACK = "/uockam.pack"  # the version that runs
OTHER = f"{PACK}.other"  # one that an update brought
TRIAL = f"{PACK}.trial"  # one that runs once, at the next start
FORMER = "/uockam-runtime"  # has two versions, each in a folder of its own, as uockam had it before there were packs
USERS = {"/boot.py": "/user_boot.py", "/main.py": "/user_main.py"}  # start files of the user's, and what they become

_OURS = {"/boot.py": b"device.boot.run()", "/main.py": b"device.main.run()"}  # is in every start file of uockam
_PROGRAM = "program"  # module that a program gets to be whose own name is that of a start file
_BLOCK_BYTES = 4096  # what a file takes of a file system is a multiple of this

Ask = Callable[[str], object]


class State(NamedTuple):
    """What a board has. hashes: of all that is ours, by path; users: start files that are the user's.

    former: whether it has a FORMER.
    """

    hashes: dict[str, str]
    settings: dict[str, Any]
    users: dict[str, bytes]
    former: bool = False


@dataclass(frozen=True)
class Wanted:
    """What to install beside the runtime: changes of settings, and the user's program (name, source) if any.

    owner: identifier of an identity that shall be among the owners of the board, "" for none.
    """

    settings: Mapping[str, Any] = field(default_factory=dict)
    program: "tuple[str, bytes] | None" = None
    owner: str = ""


@dataclass(frozen=True)
class Installed:
    """What came of it. form: of the runtime, bundle.SOURCE or COMPILED; why: it is not compiled. node: has the port."""

    port: str
    machine: str
    micropython: str
    uockam: str
    form: str
    why: str
    steps: int
    written_bytes: int
    node: "str | None"

    def to_dict(self) -> dict[str, Any]:
        """JSON of `device install`."""
        return {"changed": self.steps > 0, **asdict(self)}


@dataclass(frozen=True)
class Step:
    """One thing to do on a board; `run` is called with the copier and what counts bytes."""

    text: str
    run: Callable[[Copier, Callable[[int], object]], None]
    total_bytes: int = 0


class NoRoom(HostError):
    """The board's file system is too full."""

    def __init__(self, needed: int, free: int) -> None:
        super().__init__(
            f"The board has {free // 1024} KB of room for files, and this needs {needed // 1024} KB",
            "Remove files with `uockam device files rm`, or use `--source mpy`, which needs less",
        )


def install(port: str, via: str, form: str, wanted: Wanted, ask: Ask, progress: Progress) -> Installed:
    """Install on the board at a port, which is restarted at the end, and also when it fails.

    via: of copier.open_copier. form: one of bundle.FORMS. ask: called with what will happen to a start file of the
    user's; it raises what is to be raised when that shall not be. Raises HostError.
    """
    with released(port) as node, restarted(port, via) as copier:
        facts = read_facts(copier)
        with ThreadPoolExecutor(1) as pool:  # the board is slow to tell what it has: compiling goes on meanwhile
            making = pool.submit(make, facts, form)
            state = read_state(copier, *([_path(wanted.program)] if wanted.program else []))
            bundle = making.result()
        for path, source in state.users.items():
            ask(_fate(path, source))
        steps = plan(state, bundle, wanted)
        apply(copier, steps, progress)
    version = ".".join(map(str, facts.version))
    size = sum(step.total_bytes for step in steps)
    return Installed(port, facts.machine, version, uockam.__version__, bundle.form, bundle.why, len(steps), size, node)


@contextmanager
def restarted(port: str, via: str) -> Iterator[PromptCopier]:
    """A copier for the board at a port, which is restarted at the end, however that comes."""
    with open_copier(port, via) as copier:
        try:
            yield copier
        except BaseException:
            with suppress(HostError):  # what went wrong first says more
                copier.reset()
            raise
        copier.reset()


def read_facts(copier: Copier) -> Facts:
    """What the board is. Raises HostError when it does not tell as MicroPython does."""
    try:
        machine, version, mpy = ast.literal_eval(copier.exec(_FACTS).decode())
        return Facts(str(machine), tuple(map(int, version)), int(mpy))
    except (ValueError, SyntaxError, TypeError) as error:
        raise HostError("What is on the board is not MicroPython", "Flash it with `uockam device flash`") from error


def read_state(copier: Copier, *more: str) -> State:
    """What the board has now; more: paths of files that matter besides those of uockam."""
    hashes = copier.hashes(PACK, OTHER, TRIAL, board_settings.PATH, *USERS, *USERS.values(), *more)
    found = board_settings.decode(copier.get(board_settings.PATH)) if board_settings.PATH in hashes else {}
    starts = {path: copier.get(path) for path in USERS if path in hashes and not _is_start_file(path, hashes[path])}
    users = {path: data for path, data in starts.items() if _OURS[path] not in data}
    return State(hashes, found, users, copier.stat(FORMER) is not None)


def plan(state: State, bundle: Bundle, wanted: Wanted = Wanted()) -> list[Step]:
    """What has to be done, in this order; nothing when all is as it should be. Raises HostError."""
    steps = [Step("Making room", _make_room)] if state.former else []
    replaced = {path: data for path, data in _replaced(state, bundle, wanted) if state.hashes.get(path) != _hash(data)}
    steps += [replacing(path, data) for path, data in replaced.items()]
    steps += [_removing(path) for path in (TRIAL, OTHER) if path in state.hashes]
    return [*steps, _removing(FORMER)] if state.former else steps


def files(bundle: Bundle, wanted: Wanted) -> dict[str, bytes]:
    """All that the first installation leaves on a board, by absolute path."""
    return dict(_replaced(State({}, {}, {}), bundle, wanted))


def apply(copier: Copier, steps: list[Step], progress: Progress) -> None:
    """Do it. Interrupted or failed, it can be planned anew and goes on where it was."""
    for step in steps:
        with progress(step.total_bytes, step.text) as done:
            step.run(copier, done)


def is_program(source: bytes) -> bool:
    """Whether a node can run it: it has `async def main(node)`."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return False
    return any(isinstance(each, ast.AsyncFunctionDef) and each.name == "main" and each.args.args for each in body)


def read_program(path: Path) -> tuple[str, bytes]:
    """Name of the module and source of a program that the node is to run. Raises InvalidArgument."""
    try:
        source = path.read_bytes()
    except OSError as error:
        raise InvalidArgument(f"The file {path} cannot be read: {error.strerror}", "Look at its name") from error
    if not is_program(source):
        raise InvalidArgument(f"{path} is no program for a node", "It needs an `async def main(node)`")
    if path.suffix != ".py" or not path.stem.isidentifier() or path.stem in ("uockam", "device"):
        raise InvalidArgument(f"No module can be named {path.name}", "Give the file another name, such as app.py")
    return _PROGRAM if path.stem in ("boot", "main") else path.stem, source


def _fate(path: str, source: bytes) -> str:
    if path == "/boot.py":
        return f"The board's boot.py is yours: it becomes {USERS[path][1:]}, and still runs at every start"
    if is_program(source):
        return f"The board's main.py is yours: it becomes {USERS[path][1:]}, and the node runs it as its program"
    return f"The board's main.py is yours, and a node cannot run it: it becomes {USERS[path][1:]}, and does not run"


def _replaced(state: State, bundle: Bundle, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    """Files to be replaced, each safely and in an order in which the board can start after any of them."""
    yield PACK, bundle.pack()
    for path, data in state.users.items():
        if state.hashes.get(USERS[path], _hash(data)) != _hash(data):
            raise HostError(
                f"The board has {path} and {USERS[path]}, both yours", f"Remove or rename one of them: {_RM}"
            )
        yield USERS[path], data
    if wanted.program:
        yield _path(wanted.program), wanted.program[1]
    found = {**_program_setting(state), **state.settings, **wanted.settings}
    if wanted.program:
        found["main"] = wanted.program[0]
    if wanted.owner and wanted.owner not in found.get("owners", []):
        found["owners"] = [*found.get("owners", []), wanted.owner]
    if found != state.settings:
        yield board_settings.PATH, board_settings.encode(found)
    for name, data in start_files().items():
        yield f"/{name}", data


def _program_setting(state: State) -> dict[str, str]:
    """The node runs what was the user's main.py, when that can be run so."""
    return {"main": _module(USERS["/main.py"])} if is_program(state.users.get("/main.py", b"")) else {}


def replacing(path: str, data: bytes) -> Step:
    """Bring a file; there has to be room for it beside the former one."""

    def run(copier: Copier, done: Callable[[int], object]) -> None:
        needed, free = (len(data) // _BLOCK_BYTES + 2) * _BLOCK_BYTES, copier.free_bytes()
        if needed > free:
            raise NoRoom(needed, free)
        copier.put(path, data, done)

    return Step("Writing the runtime" if path in (PACK, OTHER) else f"Writing {path[1:]}", run, len(data))


def _removing(path: str) -> Step:
    return Step(f"Removing {path[1:]}", lambda copier, done: copier.rm(path))


def _make_room(copier: Copier, done: Callable[[int], object]) -> None:
    """Of a board's FORMER, remove the folder that does not run: with both there may be no room for a pack."""
    active = copier.get(f"{FORMER}/active") if copier.stat(f"{FORMER}/active") else b""
    for letter in ("a", "b"):
        if letter.encode() != active:
            copier.rm(f"{FORMER}/{letter}")


def _is_start_file(path: str, digest: str) -> bool:
    return digest == _hash(start_files().get(path[1:], b""))


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _path(program: tuple[str, bytes]) -> str:
    return f"/{program[0]}.py"


def _module(path: str) -> str:
    return path[1:].removesuffix(".py")


_RM = "`uockam device files rm PATH`"
_FACTS = """
import os, sys
i = sys.implementation
print((getattr(i, "_machine", sys.platform), tuple(i[1][:3]), getattr(i, "_mpy", 0)))
"""
