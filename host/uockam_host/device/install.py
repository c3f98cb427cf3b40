"""Installing uockam so that a cable pulled at any moment leaves the former version running or the new one, never half.

A version is a folder of its own, a or b, and goes into the one that does not run. When all of it is there and was read
back, one small file, `active`, is replaced. So imports never mix versions, whatever the file system: littlefs replaces
a file at once; FAT removes it first, and start/boot.py finds the new one beside it then. Renaming file by file would be
right on neither, since a version is some sixty files. Every other file is replaced in the same way, as one of its own.
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

TOP = "/uockam-runtime"
ACTIVE = f"{TOP}/active"
TRIAL = f"{TOP}/trial"
VERSIONS = ("a", "b")
USERS = {"/boot.py": "/user_boot.py", "/main.py": "/user_main.py"}  # start files of the user's, and what they become

_OURS = {"/boot.py": b"device.boot.run()", "/main.py": b"device.main.run()"}  # is in every start file of uockam
_PROGRAM = "program"  # module that a program gets to be whose own name is that of a start file
_BLOCK_BYTES = 4096  # what a file takes of a file system is a multiple of this

Ask = Callable[[str], object]


class State(NamedTuple):
    """What a board has. hashes: of all that is ours, by path; users: start files that are the user's."""

    hashes: dict[str, str]
    active: str
    settings: dict[str, Any]
    users: dict[str, bytes]
    free_bytes: int

    def version(self, letter: str) -> dict[str, str]:
        """Hashes of the files of one version, by path below its folder."""
        top = f"{TOP}/{letter}/"
        return {path[len(top) :]: digest for path, digest in self.hashes.items() if path.startswith(top)}


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
    hashes = copier.hashes(TOP, board_settings.PATH, *USERS, *USERS.values(), *more)
    active = copier.get(ACTIVE).decode(errors="replace") if ACTIVE in hashes else ""
    found = board_settings.decode(copier.get(board_settings.PATH)) if board_settings.PATH in hashes else {}
    starts = {path: copier.get(path) for path in USERS if path in hashes and not _is_start_file(path, hashes[path])}
    users = {path: data for path, data in starts.items() if _OURS[path] not in data}
    return State(hashes, active if active in VERSIONS else "", found, users, copier.free_bytes())


def plan(state: State, bundle: Bundle, wanted: Wanted = Wanted()) -> list[Step]:
    """What has to be done, in this order; nothing when all is as it should be. Raises NoRoom, HostError."""
    letter = place(state, bundle)
    steps = [] if letter == state.active else list(new_version(state, bundle, letter))
    replaced = {path: data for path, data in _replaced(state, letter, wanted) if state.hashes.get(path) != _hash(data)}
    steps += [_replacing(path, data) for path, data in replaced.items()]
    if TRIAL in state.hashes:
        steps.append(Step("Ending the trial of an update", lambda copier, done: copier.rm(TRIAL)))
    return steps


def files(bundle: Bundle, wanted: Wanted) -> dict[str, bytes]:
    """All that the first installation leaves on a board, by absolute path."""
    nothing = State({}, "", {}, {}, 0)
    version = {f"{TOP}/{VERSIONS[0]}/{path}": data for path, data in bundle.files.items()}
    return {**version, **dict(_replaced(nothing, VERSIONS[0], wanted))}


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


def place(state: State, bundle: Bundle) -> str:
    """The folder that the version is in or shall get: never the one that runs another."""
    if state.active and state.version(state.active) == bundle.hashes:
        return state.active
    return "b" if state.active == "a" else "a"


def new_version(state: State, bundle: Bundle, letter: str) -> Iterator[Step]:
    there, running, wanted = state.version(letter), state.version(state.active), bundle.hashes
    top = f"{TOP}/{letter}"
    missing = [path for path in wanted if there.get(path) != wanted[path]]
    copy = {f"{TOP}/{state.active}/{path}": f"{top}/{path}" for path in missing if running.get(path) == wanted[path]}
    write = {f"{top}/{path}": bundle.files[path] for path in missing if f"{top}/{path}" not in copy.values()}
    remove = [f"{top}/{path}" for path in there if path not in wanted]
    _check_room(state, [len(bundle.files[path]) for path in wanted if path not in there])

    def bring(copier: Copier, done: Callable[[int], object]) -> None:
        for path in remove:
            copier.rm(path)
        if copy:
            copier.copy(copy)
        copier.write(write, done)

    def verify(copier: Copier, done: Callable[[int], object]) -> None:
        if {path.removeprefix(f"{top}/"): digest for path, digest in copier.hashes(top).items()} != wanted:
            raise HostError("The board's files are not what was written", "Run the same command again")

    yield Step("Writing the runtime", bring, sum(map(len, write.values())))
    yield Step("Reading it back", verify)


def _replaced(state: State, letter: str, wanted: Wanted) -> Iterator[tuple[str, bytes]]:
    """Files to be replaced, each safely and in an order in which the board can start after any of them."""
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
    yield ACTIVE, letter.encode()
    for name, data in start_files().items():
        yield f"/{name}", data


def _program_setting(state: State) -> dict[str, str]:
    """The node runs what was the user's main.py, when that can be run so."""
    return {"main": _module(USERS["/main.py"])} if is_program(state.users.get("/main.py", b"")) else {}


def _replacing(path: str, data: bytes) -> Step:
    return Step(f"Writing {path[1:]}", lambda copier, done: copier.put(path, data, done), len(data))


def _check_room(state: State, sizes: list[int]) -> None:
    needed = sum((size // _BLOCK_BYTES + 1) * _BLOCK_BYTES for size in sizes)
    if needed > state.free_bytes:
        raise NoRoom(needed, state.free_bytes)


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
