"""What a program loads: nothing of secure channels until it uses them, since a board's memory is small."""

import subprocess
import sys
from pathlib import Path

import pytest

from uockam_host.device.virtual import find_micropython

FIRMWARE = Path(__file__).parent.parent / "firmware"
PLAIN = "from uockam import Address, Connection, Context, Message, Node, Supervisor, Tcp, Worker"
SECURE = PLAIN + "; from uockam.secure.workers import SecureChannels"
SHOW = "import sys; sys.path.insert(0, {!r}); {}; print([name for name in sys.modules if name.startswith('uockam.')])"


@pytest.fixture(params=["cpython", "micropython"])
def interpreter(request: pytest.FixtureRequest) -> "list[str]":
    return [sys.executable, "-I"] if request.param == "cpython" else [find_micropython()]


def loaded(interpreter: "list[str]", program: str) -> "list[str]":
    """The packages of uockam that are loaded when the program has run."""
    command = [*interpreter, "-c", SHOW.format(str(FIRMWARE), program)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return sorted({name.split(".")[1] for name in printed.replace("'", "").strip("[]\n").split(", ")})


def test_a_program_without_secure_channels_loads_nothing_of_them(interpreter: "list[str]") -> None:
    names = loaded(interpreter, PLAIN)
    assert "node" in names
    assert not {"secure", "crypto"} & set(names)


def test_a_program_with_them_does(interpreter: "list[str]") -> None:
    assert {"secure", "crypto"} <= set(loaded(interpreter, SECURE))
