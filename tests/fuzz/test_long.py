"""The hostile input of the portable suite for many more rounds, from another seed each time, on both interpreters."""

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from uockam_host.device.virtual import find_micropython

RUN = Path(__file__).parent.parent / "portable" / "run.py"
ROUNDS = {"cpython": 100_000, "micropython": 30_000}
SEED = os.environ.get("UOCKAM_FUZZ_SEED") or str(random.SystemRandom().randrange(1_000_000_000))


@pytest.mark.slow
@pytest.mark.parametrize("interpreter", ROUNDS)
@pytest.mark.parametrize("name", ["test_hostile_input", "test_secure_hostile"])
def test_no_parser_does_anything_but_give_a_value_or_its_one_error(name: str, interpreter: str) -> None:
    command = [sys.executable if interpreter == "cpython" else find_micropython(), str(RUN), name]
    rounds = os.environ.get("UOCKAM_FUZZ_ROUNDS") or str(ROUNDS[interpreter])
    environment = {**os.environ, "UOCKAM_FUZZ_ROUNDS": rounds, "UOCKAM_FUZZ_SEED": SEED}
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"UOCKAM_FUZZ_SEED={SEED}\n{result.stdout}{result.stderr}"
