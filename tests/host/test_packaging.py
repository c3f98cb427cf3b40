"""What people install: the wheel, the lock, and the two lists of what goes onto a board."""

import asyncio
import json
import os
import re
import subprocess
import sys
import zipfile
from importlib.metadata import requires
from pathlib import Path

import pytest

import uockam
from uockam_host import resources
from uockam_host.device.virtual import VirtualBoard

from ..lib.patience import TEST_S

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


NEEDED = [*requires("uockam"), *[each for group in PROJECT["dependency-groups"].values() for each in group]]


def name_of(requirement: str) -> str:
    return re.match(r"[A-Za-z0-9._-]+", requirement).group()


def run(*command: str | Path, **options) -> str:
    options.setdefault("env", {key: value for key, value in os.environ.items() if not key.startswith("MAKE")})
    result = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, **options)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    run(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", folder, wheel)
    return folder


def test_the_wheel_has_both_packages_and_what_goes_onto_a_board(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for package in ("uockam", "uockam_host"):
        top = ROOT / {"uockam": "firmware", "uockam_host": "host"}[package]
        wanted = {path.relative_to(top).as_posix() for path in (top / package).rglob("*.py")}
        assert wanted <= names
        assert f"{package}/py.typed" in names
    device = ROOT / "firmware" / "device"
    assert {f"uockam_host/_data/device/{path.relative_to(device).as_posix()}" for path in device.rglob("*.py")} <= names


def test_the_wheel_has_nothing_else(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert tops == {"uockam", "uockam_host", f"uockam-{uockam.__version__}.dist-info"}
    assert not [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith((".pyc", ".mpy"))]


def test_an_installed_wheel_finds_in_itself_what_goes_onto_a_board(installed: Path) -> None:
    program = f"""
import sys
sys.path.insert(0, {str(installed)!r})
from uockam_host import resources
from uockam_host.device.virtual import VirtualBoard
for name in ("uockam", "device"):
    print(resources.folder(name), len(resources.board_files(name)))
"""
    lines = run(sys.executable, "-c", program, cwd=installed).splitlines()
    for line, name, place in zip(lines, ("uockam", "device"), ("uockam", "uockam_host/_data/device"), strict=True):
        assert line == f"{installed / place} {len(resources.board_files(name))}"


def test_the_installed_command_runs(installed: Path) -> None:
    out = run(installed / "bin" / "uockam", "--version", env={"PYTHONPATH": str(installed), "PATH": ""})
    assert uockam.__version__ in out


def test_a_missing_folder_is_an_error_with_a_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(resources._PLACES, "device", (tmp_path / "absent",))
    with pytest.raises(resources.HostError, match="'device' is missing") as caught:
        resources.folder("device")
    assert caught.value.remedy == "Install uockam again"


def test_a_board_gets_no_file_that_is_for_cpython_and_no_start_file_among_the_packages() -> None:
    names = [path.name for path in resources.board_files("uockam")]
    assert "tasks_micropython.py" in names
    assert not [name for name in names if name.endswith("_cpython.py")]
    assert {path.name for path in (resources.folder("device") / "start").glob("*.py")} == {"boot.py", "main.py"}
    assert not [path for path in resources.board_files("device") if "start" in path.parts]


def board_files() -> list[str]:
    return [f"{name}/{path.as_posix()}" for name in ("uockam", "device") for path in resources.board_files(name)]


def test_the_package_for_mip_lists_what_a_board_needs() -> None:
    package = json.loads((ROOT / "firmware" / "package.json").read_text())
    assert package["urls"] == [[path, path] for path in board_files()], "run `make package`"
    assert package["version"] == uockam.__version__


@pytest.mark.slow  # mip asks the board for the hash of each file
def test_mpremote_installs_the_package_onto_a_board(home: Path) -> None:
    async def at_a_board() -> list[str]:
        home.mkdir()
        board = VirtualBoard(home, blank=True)
        board.flash.mkdir()
        (board.flash / "main.py").touch()  # nothing runs: mpremote finds the prompt
        await board.start()
        try:
            return [await mpremote(board.port, *words) for words in (install, ask)]
        finally:
            await board.stop()

    async def mpremote(port: str, *words: str) -> str:
        command = ("-m", "mpremote", "connect", port, "resume", *words)
        return await asyncio.to_thread(run, sys.executable, *command, timeout=TEST_S)

    install = ("mip", "install", str(ROOT / "firmware" / "package.json"))
    look = (
        "import sys; sys.path[:] = ['.frozen', '/lib']; import uockam, device.main; print(uockam.__file__, uockam.Node)"
    )
    ask = ("exec", look)
    assert asyncio.run(at_a_board())[1].split() == ["/lib/uockam/__init__.py", "<class", "'Node'>"]


def test_the_manifest_for_freezing_names_what_a_board_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    frozen, about = [], {}

    def package(name: str, files: list[str]) -> None:
        frozen.extend(f"{name}/{Path(file).as_posix()}" for file in files)

    monkeypatch.chdir(ROOT / "firmware")  # as MicroPython's build does
    exec(Path("manifest.py").read_text(), {"package": package, "metadata": about.update})
    assert sorted(frozen) == sorted(board_files())
    assert about["version"] == uockam.__version__


def test_the_lock_has_every_dependency_with_hashes_and_names_no_place() -> None:
    lock = (ROOT / "requirements.lock").read_text()
    pinned = set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE))
    assert {name_of(each) for each in NEEDED} <= pinned
    assert not re.search(r"://|--\w*index|--find-links", lock)
    for entry in re.split(r"\n(?=\S)", lock.strip()):
        assert "--hash=sha256:" in entry, entry


def test_each_dependency_has_a_line_that_says_why() -> None:
    rows = re.findall(r"^\| ([a-z0-9_-]+) \| .{10,}\|$", (ROOT / "docs" / "dependencies.md").read_text(), re.MULTILINE)
    crates = tomllib.loads((ROOT / "tests" / "interop" / "rust" / "Cargo.toml").read_text())["dependencies"]
    assert sorted(rows) == sorted([*(name_of(each) for each in NEEDED), *crates])


def test_what_make_has_set_up_it_does_not_set_up_again(tmp_path: Path) -> None:
    def plan() -> str:
        return run("make", "--dry-run", "test", "demo", "check", f"VENV={tmp_path}", cwd=ROOT)

    assert "requirements.lock" in plan()
    for stamp in (".requirements", ".ready"):
        (tmp_path / stamp).touch()
    assert "pip" not in plan()


def test_every_target_of_make_says_what_it_does() -> None:
    help_text = run("make", cwd=ROOT)
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE).group(1)
    assert [line.split()[1] for line in help_text.splitlines()] == phony.split()
