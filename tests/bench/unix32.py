"""The 32-bit unix MicroPython, whose objects have the size that they have on a board: built by build_unix32.sh."""

import os
import subprocess
from pathlib import Path

from peers import FIRMWARE, ROOT

SCRIPT = "tests/bench/build_unix32.sh"
_PATIENCE_S = 120


def folder() -> Path:
    """Where the builds are kept, outside the checkout."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "uockam" / "unix32"


def find() -> "str | None":
    """Path of the plain build, or None when there is none."""
    program = folder() / "micropython"
    return str(program) if program.is_file() else None


def frozen() -> str:
    """Path of a build with the firmware of this checkout frozen into it, made now; the plain build must be there."""
    subprocess.run([str(ROOT / SCRIPT), str(FIRMWARE)], check=True, capture_output=True, timeout=_PATIENCE_S)
    return str(folder() / "micropython-uockam")
