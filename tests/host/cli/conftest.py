"""The real `uockam` program in its own process, with a home of its own."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ...lib import browser
from ...lib.browser import Browser
from ...lib.patience import PATIENCE_S

PROGRAM = str(Path(sys.executable).parent / "uockam")


DROPPED = ("NO_COLOR", "QUIET", "UOCKAM_DEBUG", "_UOCKAM_COMPLETE")  # what changes how commands behave
Process = subprocess.Popen[bytes]


@dataclass
class Ran:
    """What one command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Cli:
    """Runs commands against one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {name: value for name, value in os.environ.items() if name not in DROPPED}
        self.environment["UOCKAM_HOME"] = str(home)

    def __call__(self, line: str, *more: str, stdin: str = "", **environment: str) -> Ran:
        """Run `uockam` with the words of line, and more arguments as they are; stdin and stdout are pipes."""
        with self.start(line, *more, **environment) as process:
            out, err = process.communicate(stdin.encode())
        return Ran(process.returncode, out.decode(), err.decode())

    def ok(self, line: str, *more: str, **settings: str) -> str:
        """The same for a command that must succeed; returns what it printed on stdout."""
        ran = self(line, *more, **settings)
        assert ran.code == 0, ran
        return ran.out

    def until(self, words: str, line: str) -> None:
        """Run a command again and again, until it prints these words; each run is a pause."""
        give_up = time.monotonic() + PATIENCE_S
        while words not in self.ok(line):
            assert time.monotonic() < give_up, f"`uockam {line}` does not print {words}"

    def start(self, line: str, *more: str, stdout: Any = subprocess.PIPE, **environment: str) -> Process:
        """Start a command and let the caller deal with it."""
        return subprocess.Popen(
            [PROGRAM, *line.split(), *more],
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=subprocess.PIPE,
            env={**self.environment, **environment},
        )

    def at_terminal(self, line: str, *more: str, typed: str = "", **environment: str) -> tuple[int, str]:
        """Run it on a pseudo-terminal and answer its question with typed; the exit code and all that appeared there."""
        return self.in_dialogue([(QUESTION, typed)] if typed else [], line, *more, **environment)

    def in_dialogue(
        self, answers: list[tuple[bytes, str]], line: str, *more: str, **environment: str
    ) -> tuple[int, str]:
        """The same with several questions: each answer is typed when the last words of its question appear."""
        import pty

        pid, terminal = pty.fork()
        if pid == 0:
            os.execve(PROGRAM, [PROGRAM, *line.split(), *more], {**self.environment, "TERM": "xterm", **environment})
        screen = b""
        for question, answer in answers:
            screen += _read(terminal, question)
            os.write(terminal, answer.encode())
        screen += _read(terminal, None)
        os.close(terminal)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), screen.decode().replace("\r\n", "\n")


QUESTION = b"[y/N]: "


def _read(terminal: int, until: bytes | None) -> bytes:
    """What appears until then, or until the program ends."""
    screen = b""
    while until is None or until not in screen:
        try:
            data = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other side of a terminal is closed
            return screen
        if not data:
            return screen
        screen += data
    return screen


BROWSER = f"{sys.executable} {browser.__file__} %s &"  # a person who confirms what is asked


def make_account(person: Browser, url: str) -> None:
    """Make the first account of an orchestrator at its sign-in site."""
    person.open(url)
    person.press("Make the account", email=browser.EMAIL, name=browser.NAME, password=browser.PASSWORD)


@contextmanager
def first_person(home: Path) -> Iterator[Cli]:
    """The machine of an orchestrator and of its first person, who has enrolled."""
    program = Cli(home)
    try:
        program.ok("orchestrator start --listen 127.0.0.1:0")
        with Browser() as person:
            make_account(person, program("orchestrator status --output json").json["signin_url"])
        program.ok("enroll", BROWSER=BROWSER)
        yield program
    finally:
        program("orchestrator stop")
        assert program("reset --yes").code == 0


@contextmanager
def let_in(home: Path, ticket: str) -> Iterator[Cli]:
    """A machine that got into a project by a ticket."""
    program = Cli(home)
    try:
        program.ok("project enroll", ticket)
        yield program
    finally:
        assert program("reset --yes").code == 0


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    """A program with an empty home; its nodes end with the test."""
    program = Cli(tmp_path / "home")
    yield program
    if program.home.exists():
        assert program("reset --yes").code == 0


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Ran]:
    """Runs a command in this process, for the many that end before they touch a node."""
    from uockam_host.cli.app import run

    for name in DROPPED:
        monkeypatch.delenv(name, raising=False)

    def run_here(line: str) -> Ran:
        code = run(line.split())
        return Ran(code, *capsys.readouterr())

    return run_here


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """A program with the nodes n1 (the default) and n2, for the tests of a file that leave them as they are."""
    program = Cli(tmp_path_factory.mktemp("cli") / "home")
    try:
        program.ok("node create n1")
        program.ok("node create n2")
        yield program
    finally:
        assert program("reset --yes").code == 0


@pytest.fixture
def silent_peer() -> Iterator[socket.socket]:
    """A TCP listener that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
