"""README and docs are tried literally: a shell runs every `$ uockam ...` in them, and it prints what stands below."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ..lib import browser
from ..lib.patience import PATIENCE_S

BROWSER = f"{sys.executable} {browser.__file__} %s &"  # a person who allows whatever the page asks

ROOT = Path(__file__).parents[2]
UOCKAM = Path(sys.executable).with_name("uockam")
TEXTS = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
PAGES = [path for path in TEXTS if "    $ uockam" in path.read_text()]

_CHANGING = (  # what differs from run to run, and what it is compared as
    (re.compile(r"(?i)(process id|pid) \d+"), r"\1 0"),
    (re.compile(r"\b[0-9a-f]{32}\b"), "ADDRESS"),
    (re.compile(r"\bI?[0-9a-f]{64}\b"), "IDENTIFIER"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"), "TIME"),
    (re.compile(r"Path: \S+"), "Path: PATH"),
    (re.compile(r"(Identity: )[a-z]+-[a-z]+"), r"\1pet-name"),
    (re.compile(r"\b[a-z]+-[a-z]+(?=( created| has been|  UP|'))"), "pet-name"),
    (re.compile(r"(127\.0\.0\.1:|/tcp/)\d+"), r"\g<1>0"),
    (re.compile(r" +\d+\.\d ms"), " N ms"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID"),
    (re.compile(r"(?<=[Ss]pace )[0-9a-f]{8}|\b[0-9a-f]{8}(?= as your default Space)"), "SPACE"),
    (re.compile(r"\b[A-Z]{4}-[A-Z]{4}\b"), "CODE-CODE"),
    (re.compile(r"last seen \d+s ago"), "last seen 0s ago"),
    (re.compile(r"(?<=Marked )[a-z]+-[a-z]+|(?<=Your Identity )[a-z]+-[a-z]+"), "pet-name"),
)


def transcripts(page: Path) -> list[tuple[str, str]]:
    """(command line, what is printed below it) for each command in the page's indented blocks."""
    found: list[tuple[str, list[str]]] = []
    inside = False
    for line in page.read_text().splitlines():
        if line.startswith("    $ "):
            inside = line.startswith("    $ uockam ")
            if inside:
                found.append((line[6:], []))
        elif line.startswith("    ") or not line:
            if inside:
                _continue(found, line[4:])
        else:
            inside = False
    return [(command, "\n".join(lines).strip("\n")) for command, lines in found]


def _continue(found: list[tuple[str, list[str]]], line: str) -> None:
    """A line that ends with `|` goes on in the next one; all other lines are what is printed."""
    command, printed = found[-1]
    if command.endswith("|"):
        found[-1] = (f"{command} {line.strip()}", printed)
    else:
        printed.append(line)


def plain(text: str) -> str:
    for pattern, instead in _CHANGING:
        text = pattern.sub(instead, text)
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_each_command_of_a_page_prints_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    path = f"{UOCKAM.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {
        **os.environ,
        "PATH": path,
        "UOCKAM_HOME": str(tmp_path / "home"),
        "NO_COLOR": "1",
        "BROWSER": BROWSER,
    }
    try:
        for command, expected in transcripts(page):
            done = subprocess.run(
                ["bash", "-c", command],
                env=environment,
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=PATIENCE_S,
            )
            assert plain(done.stdout) == plain(expected), command
    finally:
        subprocess.run([str(UOCKAM), "reset", "--yes", "--quiet"], env=environment, check=False)
