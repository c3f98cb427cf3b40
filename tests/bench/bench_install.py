"""Files onto a board: 200 KB of Python beside mpremote's `cp`; a whole `uockam device install`, and another one.

On one virtual board, whose line and flash cost nothing: what is measured is how often a tool waits for the board.
"""

import itertools
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from commands import timed
from measure import Figures, Table, alternate, figure
from peers import FIRMWARE, HOST, beside, home, python_environment, running

sys.path.insert(0, str(HOST))

from uockam_host.device.copier import VIAS, open_copier

BYTES = 200 * 1024
_ROUNDS = itertools.count()
CP = "mpremote cp"


def run(seconds: float) -> Iterator[Table]:
    """A table of pushing, one of installing."""
    with home() as folder:
        environment = python_environment(UOCKAM_HOME=str(folder / "home"))
        command = [sys.executable, "-m", "uockam_host.device.virtual", str(folder / "board"), "--blank"]
        with running(command, environment) as (_, port):
            yield _pushing(folder, port, seconds * 2 / 3)
            yield _installing(port, environment, seconds / 3)


def _pushing(folder: Path, port: str, seconds: float) -> Table:
    sides = {CP: lambda: _copy(folder / "pushed.py", port)}
    sides |= {f"uockam, by {via}": lambda via=via: _push(port, via) for via in VIAS}
    note = f"{BYTES:,} bytes, others each time, the connection included; aim: a quarter of the time of {CP}"
    return Table("200 KB of Python onto a board", "ms", figure("ms", alternate(sides, seconds)), CP, note)


def _copy(path: Path, port: str) -> Figures:
    path.write_bytes(_python())
    return timed([str(beside("mpremote")), "connect", port, "cp", str(path), ":"], dict(os.environ))


def _push(port: str, via: str) -> Figures:
    data = _python()
    start = perf_counter()
    with open_copier(port, via) as copier:
        copier.write({"/pushed.py": data})
    return {"ms": (perf_counter() - start) * 1000}


def _installing(port: str, environment: dict[str, str], seconds: float) -> Table:
    program = [str(beside("uockam")), "device"]
    at = ["--port", port, "--quiet"]

    def first() -> Figures:
        timed([*program, "remove", "--yes", *at], environment)
        return timed([*program, "install", *at], environment)

    sides = {"the first time": first, "again, unchanged": lambda: timed([*program, "install", *at], environment)}
    note = "compiling included; aim: the second time under 1,000 ms"
    return Table("uockam device install", "ms", figure("ms", alternate(sides, seconds)), "the first time", note)


def _python() -> bytes:
    """As much source as it takes, uockam's own, and no two times the same: mpremote leaves a file that is there."""
    sources = b"".join(path.read_bytes() for path in sorted(FIRMWARE.rglob("*.py")))
    return (b"# %d\n" % next(_ROUNDS) + sources * (BYTES // len(sources) + 1))[:BYTES]
