"""Ockam's own `enroll` in its other form, at another provider, and beside ours, by the same person."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from uockam_host.cloud.signin.external import Issuer

from ..lib import browser
from .people import running, stranger
from .programs import Program, ours
from .test_signin_provider import confirm, issuer

__all__ = ["issuer"]  # the fixture

pytestmark = pytest.mark.interop


@contextmanager
def orchestrator(home: Path, *options: str, **environment: str) -> Iterator[Program]:
    """One that runs, with its command."""
    program = ours(home)
    program.environment.update(environment)
    try:
        program.ok(" ".join(["orchestrator start --listen 127.0.0.1:0", *options]))
        yield program
    finally:
        program("orchestrator", "stop")


def with_browser(program: Program, folder: Path) -> Program:
    """A program whose computer has a browser, before which somebody sits."""
    opener = folder / "xdg-open"
    opener.write_text(f'#!/bin/sh\nexec {sys.executable} {browser.__file__} "$1"\n')
    opener.chmod(0o755)
    program.environment.update(PATH=f"{folder}:{program.environment['PATH']}", BROWSER=f"{opener} %s &")
    return program


def test_the_same_person_enrolls_with_both_commands_and_has_one_project(tmp_path: Path) -> None:
    with orchestrator(tmp_path / "cloud") as cloud:
        status = cloud.json("orchestrator status")
        real = with_browser(stranger(tmp_path / "real", status["environment"]), tmp_path)
        assert "Signed into account <ada@example.com>" in real("enroll", "--authorization-code-flow").err
        (project,) = real.json("project list")
        uockam = with_browser(ours(tmp_path / "uockam"), tmp_path)
        enrolled = uockam.json(f"enroll --orchestrator {status['address']}")
        assert enrolled["project"]["id"] == project["id"]
        assert enrolled["project"]["identity"] == project["identity"]


def test_a_person_of_another_provider_enrolls_with_ockams_command(issuer: Issuer, tmp_path: Path) -> None:
    options = ("--issuer", issuer.url, "--issuer-client", issuer.client_id)
    with orchestrator(tmp_path / "cloud", *options, UOCKAM_ISSUER_SECRET=issuer.client_secret) as cloud:
        real = stranger(tmp_path / "real", cloud.json("orchestrator status")["environment"])
        with running(real, "enroll", "--quiet") as command:
            assert command.stdout is not None
            confirm(f"{issuer.url}/device", command.stdout.read(len("ABCD-EFGH")), "grace@example.com")
        assert command.returncode == 0, command.stderr
        (space,) = real.json("space list")
        assert space["users"] == ["grace@example.com"]
