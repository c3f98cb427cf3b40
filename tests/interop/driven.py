"""Nodes that tests drive by lines: that of Ockam's crates in rust/, and ours in peers/driven.py on both interpreters.

They know the same commands, which rust/src/commands.rs lists, so a test can be any two of them.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import uockam as core
from uockam_host.device.virtual import find_micropython

from .programs import CACHE

RUST = CACHE / "uockam" / "ockam-peer" / "debug" / "ockam-peer"  # where build-peer leaves it

_OURS = str(Path(__file__).parent / "peers" / "driven.py")
_CORE = str(Path(core.__file__).parents[1])
_ENVIRONMENT = {**os.environ, "MICROPYPATH": f".frozen:{_CORE}", "PYTHONPATH": _CORE}
_TEN_SECONDS = 10  # to end after the end of its input


class Refused(Exception):
    """What a node says when it could not do what it was told."""


class Driven:
    """A node in a process of its own, for as long as its input is open."""

    def __init__(self, kind: str, command: list[str]) -> None:
        self.kind = kind
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1, env=_ENVIRONMENT)
        self.identifier, port = self._read().split()
        self.at = f"127.0.0.1:{port}"
        self._connections: dict[str, str] = {}

    def __call__(self, *words: object) -> str:
        """Its answer to a command. Raises Refused."""
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, words)) + "\n")
        result, _, text = self._read().partition(" ")
        if result == "error":
            raise Refused(text)
        assert result == "ok", self._last_words(result, text)
        return text

    def to(self, other: "Driven") -> str:
        """The first hop of routes through the one connection to another node; a board bears only some."""
        if other.at not in self._connections:
            self._connections[other.at] = self("connect", other.at)
        return self._connections[other.at]

    def ask(self, route: str, text: str, milliseconds: int = 10_000) -> str:
        """What comes back from there."""
        return self("ask", milliseconds, route, text)

    def channel(self, route: str, *terms: str) -> str:
        """The first hop of routes through a new channel; it is with the identity that it says it is with."""
        encryptor, _ = self("channel", route, *terms).split()
        return encryptor

    def relay(self, route: str, alias: str, milliseconds: int = 10_000) -> str:
        """The address at which the relay service behind the route forwards to here."""
        return self("relay", milliseconds, route, alias)

    def channels(self) -> dict[str, str]:
        """The channels there are: by the first hop of routes through each, the identifier of the other side."""
        words = self("channels").split()
        return dict(zip(words[::2], words[1::2], strict=True))

    def close(self) -> None:
        """End it; a node that does not end by itself fails the test."""
        with self._process as process:
            assert process.stdin is not None
            process.stdin.close()
            try:
                assert process.wait(_TEN_SECONDS) == 0
            finally:
                process.kill()

    def _last_words(self, *words: str) -> str:
        self._process.kill()  # MicroPython prints a traceback where it prints its answers
        assert self._process.stdout is not None
        return " ".join(words) + "\n" + self._process.stdout.read()

    def _read(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, f"the {self.kind} node has ended: {self._process.wait()}"
        return line.rstrip("\n")


def start(kind: str, port: int) -> Driven:
    """A node of the given kind: rust, which listens where the system says, or cpython or micropython."""
    if kind == "rust":
        return Driven(kind, [str(_rust())])
    interpreter = {"cpython": [sys.executable, "-u"], "micropython": [find_micropython()]}[kind]
    return Driven(kind, [*interpreter, _OURS, str(port)])


def _rust() -> Path:
    if not RUST.is_file():
        cargo = "" if shutil.which("cargo") else "; that needs cargo, see https://rustup.rs"
        pytest.fail(f"There is no node of Ockam's crates at {RUST}: `make interop` builds it{cargo}", pytrace=False)
    return RUST
