"""The two programs of these tests: the real `ockam` command and our `uockam`, each with an empty home of its own.

Both know the same words for what is needed here, so a test can treat them alike.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

CACHE = Path(os.environ.get("XDGCACHE_HOME") or Path.home() / ".cache")
OCKAM = CACHE / "uockam" / "ockam-command" / "target" / "release" / "ockam"  # where build-ockam leaves it

_QUIET = {  # no hosted service is asked for anything; its switches take `true`, not 1
    "OCKAM_DISABLE_UPGRADE_CHECK": "true",
    "OCKAM_TELEMETRY_EXPORT": "false",
    "OCKAM_OPENTELEMETRY_EXPORT": "false",
    "OCKAM_DEFAULT_TIMEOUT": "15s",
    "NO_COLOR": "true",
    "NO_INPUT": "true",
}
_PERSONAL = ("OCKAM_", "UOCKAM_", "NO_COLOR", "NO_INPUT", "QUIET")
_A_MINUTE = 60  # a command that hangs fails its test instead of holding up the suite


@dataclass
class Ran:
    """What one command printed, and its exit code."""

    code: int
    out: str
    err: str


class Program:
    """One of the two, run as a person at a shell would."""

    def __init__(self, path: Path, home: Path, environment: dict[str, str]) -> None:
        self.path = path
        self.home = home
        own = {name: value for name, value in os.environ.items() if not name.startswith(_PERSONAL)}
        self.environment = {**own, **environment}

    def __call__(self, *words: str) -> Ran:
        """Run it and wait for its end."""
        done = subprocess.run(
            [self.path, *words],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_A_MINUTE,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def ok(self, line: str) -> str:
        """The output of a command, given as one line of words, that must succeed."""
        ran = self(*line.split())
        assert ran.code == 0, ran
        return ran.out.rstrip("\n")

    def json(self, line: str) -> Any:
        """The same for its JSON."""
        return json.loads(self.ok(f"{line} --output json"))

    def send(self, text: str, to: str, *more: str) -> Ran:
        """Send a message along the route."""
        return self("message", "send", text, "--to", to, *more)

    def reply(self, text: str, to: str, *more: str) -> str:
        """What comes back for a message that must be answered."""
        ran = self.send(text, to, *more)
        assert (ran.code, ran.err) == (0, ""), ran
        return ran.out.removesuffix("\n")

    def connect(self, node: str, route: str) -> str:
        """The route through a new TCP connection of the node to whoever listens at the given route: `/worker/ID`."""
        return self.ok(f"tcp-connection create --from {node} --to {address(route)}")

    def route(self, node: str) -> str:
        """The route that others take to a node: `/dnsaddr/localhost/tcp/PORT`."""
        return str(self.json(f"node show {node}")["route"]["verbose"])


def address(route: str) -> str:
    """The "host:port" of a route that begins with one."""
    _, kind, host, transport, port = route.split("/")[:5]
    assert (kind, transport) == ("dnsaddr", "tcp")
    return f"{host}:{port}"


def real(home: Path) -> Program:
    """The real command. Fails the test when it has not been built."""
    if not OCKAM.is_file():
        cargo = "" if shutil.which("cargo") else "; that needs cargo, see https://rustup.rs"
        pytest.fail(f"There is no ockam command at {OCKAM}: `make interop` builds it{cargo}", pytrace=False)
    return Program(OCKAM, home, {**_QUIET, "OCKAM_HOME": str(home)})


def ours(home: Path) -> Program:
    """Our command, from beside this interpreter."""
    return Program(Path(sys.executable).with_name("uockam"), home, {"UOCKAM_HOME": str(home), "NO_COLOR": "1"})
