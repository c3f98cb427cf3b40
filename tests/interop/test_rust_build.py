"""The script that builds the node of Ockam's crates, and that node by itself."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .driven import RUST, Driven, Refused
from .programs import Program

pytestmark = pytest.mark.interop

BUILD = Path(__file__).with_name("build-peer")
BASH = shutil.which("bash") or "bash"


def test_it_prints_where_the_node_is() -> None:
    done = subprocess.run([BASH, BUILD], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{RUST}\n", "")


def test_without_cargo_it_says_what_is_missing(tmp_path: Path) -> None:
    nothing = {"PATH": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run([BASH, BUILD], capture_output=True, text=True, env=nothing)
    assert (done.returncode, done.stdout) == (1, "")
    assert "needs cargo" in done.stderr
    assert "https://rustup.rs" in done.stderr
    assert not list(tmp_path.iterdir())


def test_what_it_was_not_made_for_is_refused(driven: Callable[..., Driven]) -> None:
    with pytest.raises(Refused, match="no such command"):
        driven("rust")("make", "tea")


def test_the_real_command_knows_it(ockam: Program, driven: Callable[..., Driven]) -> None:
    node = driven("rust")
    node("listen", "known")
    route = f"/dnsaddr/localhost/tcp/{node.at.rpartition(':')[2]}"
    assert ockam.reply("hello", f"{route}/service/uppercase") == "HELLO"
    assert ockam.reply("hello", f"{route}/secure/known/service/uppercase") == "HELLO"
