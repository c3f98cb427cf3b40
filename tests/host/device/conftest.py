"""Commands that run in this process."""

import io
import json
import sys
from dataclasses import dataclass

import pytest


@dataclass
class Ran:
    """What one command printed, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def here(capsys, monkeypatch):
    """Runs a command in this process, with stdin as what is piped in."""
    from uockam_host.cli.app import run

    for name in ("NO_COLOR", "QUIET", "UOCKAM_DEBUG"):
        monkeypatch.delenv(name, raising=False)

    def run_here(line, stdin=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        code = run(line.split())
        return Ran(code, *capsys.readouterr())

    return run_here
