"""The interpreters and processes that benches start, and their end."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BENCH = Path(__file__).resolve().parent
ROOT = BENCH.parents[1]
FIRMWARE = ROOT / "firmware"
HOST = ROOT / "host"
HEAP_BYTES = 237 * 1024  # what an RP2040 has; `w` after it makes it twice that where objects are twice the size
PATIENCE_S = 30  # for a process that should answer within a second


def python_environment(**more: str) -> dict[str, str]:
    """Variables for a CPython that finds the sources of this checkout."""
    return {**os.environ, "PYTHONPATH": f"{FIRMWARE}{os.pathsep}{HOST}", **more}


def beside(program: str) -> "str | None":
    """Path of a program beside this interpreter or on the PATH."""
    return shutil.which(program, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")


def micropython() -> "str | None":
    """Path of the unix MicroPython."""
    return beside("micropython")


def micropython_command() -> list[str]:
    """The unix MicroPython with the heap of a board: how fast it allocates depends on how much there is."""
    return [str(micropython()), "-X", f"heapsize={HEAP_BYTES}w"]


def micropython_environment(*folders: Path) -> dict[str, str]:
    """Variables for a MicroPython that imports from these folders and from what is frozen into it."""
    return {"MICROPYPATH": os.pathsep.join([*map(str, folders), ".frozen"])}


def output_of(command: list[str], environment: dict[str, str], seconds: float = PATIENCE_S) -> str:
    """What a program prints; raises CalledProcessError with its error text in it when it fails."""
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=seconds)
    if done.returncode:
        raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """(the process, the first line it printed): it has printed one, and ends with the `with`."""
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        line = process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"{command} ended with {process.wait(PATIENCE_S)} before it was ready")
        yield process, line
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def free_port() -> int:
    """A TCP port of the loopback interface that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def home() -> Iterator[Path]:
    """A folder for the state of a command, short enough for the paths of unix sockets, removed afterwards."""
    folder = tempfile.mkdtemp(prefix="uob-")
    try:
        yield Path(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
