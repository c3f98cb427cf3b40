"""The files for services and containers start the orchestrator with options that it has."""

import json
import re
from pathlib import Path

import pytest

from uockam_host.cli.orchestrator import start

ROOT = Path(__file__).parents[2]
UNIT = (ROOT / "deploy" / "uockam-orchestrator.service").read_text()
CONTAINER = (ROOT / "deploy" / "Containerfile").read_text()


def of_unit() -> list[str]:
    """The words that systemd runs."""
    found = re.search(r"^ExecStart=(.*)$", UNIT, re.MULTILINE)
    assert found
    return found[1].split()


def of_container() -> list[str]:
    """The words that a container runs."""
    found = re.search(r"^ENTRYPOINT (.*)$", CONTAINER, re.MULTILINE)
    assert found
    return list(json.loads(found[1]))


@pytest.mark.parametrize("words", [of_unit(), of_container()], ids=["unit", "container"])
def test_a_file_for_a_service_starts_it_in_the_foreground_with_options_that_exist(words: list[str]) -> None:
    assert words[:3] == ["uockam", "orchestrator", "start"]
    context = start.make_context("start", words[3:], resilient_parsing=True)
    assert context.params["foreground"] is True
    assert context.params["listen"] == "0.0.0.0:5252"


def test_both_keep_their_state_in_a_place_of_its_own() -> None:
    assert "Environment=UOCKAM_HOME=%S/uockam\nStateDirectory=uockam" in UNIT
    assert "ENV UOCKAM_HOME=/state\nVOLUME /state" in CONTAINER
