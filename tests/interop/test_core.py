"""The core by itself against the real program: the same two small programs on CPython and on MicroPython."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import uockam as core
from uockam_host.device.virtual import find_micropython

from .programs import Program, address

pytestmark = pytest.mark.interop

PEERS = Path(__file__).parent / "peers"
FIRMWARE = str(Path(core.__file__).parents[1])
A_MINUTE = 60
TEXTS = [f"message {number}" for number in range(100)]

ENVIRONMENT = {**os.environ, "MICROPYPATH": f".frozen:{FIRMWARE}", "PYTHONPATH": FIRMWARE}


@pytest.fixture(params=("cpython", "micropython"))
def interpreter(request: pytest.FixtureRequest) -> list[str]:
    """The command that runs a program on it."""
    return [sys.executable, "-u"] if request.param == "cpython" else [find_micropython()]


@pytest.fixture
def served(interpreter: list[str], free_port: int) -> Iterator[str]:
    """The route to a node with the services, in a process of its own."""
    command = [*interpreter, str(PEERS / "serves.py"), f"127.0.0.1:{free_port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == f"127.0.0.1:{free_port}\n"
            yield f"/dnsaddr/localhost/tcp/{free_port}"
        finally:
            process.terminate()


def test_it_gets_the_answers_of_a_real_node(interpreter: list[str], r1: str) -> None:
    command = [*interpreter, str(PEERS / "asks.py"), address(r1)]
    done = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=A_MINUTE)
    assert done.returncode == 0, done
    result = json.loads(done.stdout)
    assert "300 ms" in result.pop("nobody")
    assert result == {
        "uppercase": "HELLO",
        "text": "grüße 你好",
        "bytes": bytes(range(256)).hex(),
        "empty": 0,
        "in sequence": TEXTS,
        "in flight": TEXTS,
        "64 KiB": 65536,
        "after nobody": "hello",
        "by a hop of its own": "hello",
    }


def test_the_real_command_gets_its_answers(ockam: Program, served: str) -> None:
    assert ockam.reply("hello", f"{served}/service/uppercase") == "HELLO"
    assert ockam.reply("grüße 你好", f"{served}/service/echo") == "grüße 你好"
    assert ockam.reply("x" * 65536, f"{served}/service/hop/service/hop/service/echo") == "x" * 65536
    through = ockam.connect("r1", served)
    for text in TEXTS[:10]:
        assert ockam.reply(text, f"{through}/service/echo", "--from", "r1") == text
