"""What the program of a board, frozen into its firmware, leaves of the heap of each board whose heap is known.

Counted with a 32-bit unix MicroPython, whose objects are as large as those of boards; native code, which is in flash
then, is that of this computer.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from uockam_host.device import boards

ROOT = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("whole.py")
BUILD = ROOT / "tests" / "bench" / "build_unix32.sh"
BUILT = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "uockam" / "unix32" / "micropython-uockam"
SETTINGS = {"name": "board", "main": "probe", "listen": "127.0.0.1:0", "ntp": ""}
PATIENCE_S = 60
KB = 1024

BUDGETS = {board.name: board.memory for board in boards.load_all() if board.memory.heap_kb and board.name != "UNIX"}


def run(flash: Path, heap_kb: int) -> dict[str, int]:
    """The lines that the program wrote."""
    (flash / "uockam.json").write_text(json.dumps(SETTINGS))
    (flash / "found").unlink(missing_ok=True)
    command = [str(BUILT), "-X", f"heapsize={heap_kb}k", str(PROGRAM), str(flash)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        printed = process.stdout.read()  # to its end, while its line stays open
        assert process.wait(PATIENCE_S) == 0, printed
    pairs = (line.split("=") for line in (flash / "found").read_text().split())
    return {what: int(value) for what, value in pairs}


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file system of a board that has made its identity, which takes seconds."""
    subprocess.run([str(BUILD), str(ROOT / "firmware")], check=True, capture_output=True)
    flash = tmp_path_factory.mktemp("flash")
    run(flash, 237)
    return flash


@pytest.mark.parametrize("name", BUDGETS)
def test_the_node_leaves_its_user_what_the_board_promises(name: str, used: Path, tmp_path: Path) -> None:
    budget = BUDGETS[name]
    found = run(Path(shutil.copytree(used, tmp_path / "flash")), budget.heap_kb)
    assert found["free"] >= budget.left_kb * KB, found
    assert found["free_with_channels"] >= budget.left_kb * KB, found
