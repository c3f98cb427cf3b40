"""The script that builds the real command."""

import shutil
import subprocess
from pathlib import Path

import pytest

from .programs import OCKAM, Program

pytestmark = pytest.mark.interop

BUILD = Path(__file__).with_name("build-ockam")
BASH = shutil.which("bash") or "bash"


def test_it_prints_where_the_command_is_and_builds_nothing_twice(ockam: Program) -> None:
    before = OCKAM.stat().st_mtime_ns
    done = subprocess.run([BASH, BUILD], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{OCKAM}\n", "")
    assert OCKAM.stat().st_mtime_ns == before
    assert "0.150.0" in ockam("--version").out


def test_without_cargo_it_says_what_is_missing(tmp_path: Path) -> None:
    nothing = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run([BASH, BUILD], capture_output=True, text=True, env=nothing)
    assert (done.returncode, done.stdout) == (1, "")
    assert "needs cargo" in done.stderr
    assert "https://rustup.rs" in done.stderr
    assert not list(tmp_path.iterdir())
