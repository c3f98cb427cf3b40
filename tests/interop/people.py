"""People who use the orchestrator: at a browser, and with Ockam's own command."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..lib.browser import Browser
from .programs import Program, real

PASSWORD = "correct horse battery"
EMAIL = "ada@example.com"


def make_account(url: str) -> Browser:
    """The administrator of a new orchestrator, signed in at its site."""
    browser = Browser()
    browser.open(url)
    browser.press("Make the account", email=EMAIL, name="Ada", password=PASSWORD)
    return browser


def stranger(home: Path, environment: dict[str, str]) -> Program:
    """Ockam's own command, told where the orchestrator is and not known to it."""
    program = real(home)
    program.environment.update(environment)
    return program


def enroll(program: Program, browser: Browser) -> None:
    """`ockam enroll`, and the person who confirms its code."""
    with running(program, "enroll", "--quiet") as command:
        assert command.stdout is not None
        code = command.stdout.read(len("ABCD-EFGH"))
        browser.open("/device").press("Continue", user_code=code).press("Allow")
    assert command.returncode == 0, command.stderr


@contextmanager
def running(program: Program, *words: str) -> "Iterator[subprocess.Popen[str]]":
    """A command that waits for something; it has ended when this has."""
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [program.path, *words], env=program.environment, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
    ) as command:
        try:
            yield command
            command.communicate(timeout=60)
        finally:
            command.kill()
