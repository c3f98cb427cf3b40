"""Starting the process of a node, and ending it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from uockam.errors import Error

from ..errors import NoRuntime, SpawnError, StopError
from ..state import home
from .running import Running

MODULE = "uockam_host.node.daemon"
CRASH_LOG = "crash.log"
GRACE_S = 5.0  # for each of: asking, terminating, killing; as long as Ockam waits
_LOOK_S = 0.005  # how often the lock of a process that ends is tried: there is no waiting for it with a time-out
_RESOURCES = "Make room on the disk, or end other processes, and try again"
_LAST_LINES = 1  # of a crashed process's words: the last line of a traceback says what happened, the log has the rest

_children: "list[subprocess.Popen[bytes]]" = []  # kept so that a program which goes on collects their ends


def spawn(name: str) -> None:
    """Start the process of a node, as `spawn_module` does."""
    spawn_module(MODULE, [name], f"node '{name}'", home.node_folder(name))


def spawn_module(module: str, arguments: list[str], of: str, folder: Path) -> None:
    """Start a module that makes a Report as a process, detached, and return when it answers.

    of: what the process is of, in words. folder: for what it says when it crashes.
    Raises SpawnError with the process's own words when it ends before, however it does; NoRuntime is one.
    """
    crash_log = home.make_private_folder(folder) / CRASH_LOG
    try:
        with crash_log.open("wb") as errors:
            child = _start([module, *arguments], errors)
    except OSError as error:
        raise SpawnError(f"Cannot start the process of {of}: {error.strerror}", _RESOURCES) from error
    try:
        report = _await_report(child)
    except BaseException:
        _give_up(child)
        raise
    if "error" in report:
        child.wait()
        kind = SpawnError if report.get("runtime", True) else NoRuntime
        raise kind(str(report["error"]), str(report.get("remedy", "")))
    if "ready" not in report:
        raise _crashed(of, child.wait(), crash_log)
    _collect()
    _children.append(child)


class Report:
    """The process tells the command that waits for it how the start went; made before anything else runs."""

    def __init__(self) -> None:
        self._pipe = os.dup(1)  # not inherited, so that the pipe ends with this process whatever it starts
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.close(nowhere)

    def ready(self) -> None:
        """It answers."""
        self._send({"ready": True})

    def failed(self, error: Error) -> None:
        """It gives up, and why."""
        self._send({"error": str(error), "remedy": error.remedy, "runtime": not isinstance(error, NoRuntime)})

    def _send(self, values: dict[str, Any]) -> None:
        with suppress(OSError):  # nobody waits any more
            os.write(self._pipe, json.dumps(values).encode())
        os.close(self._pipe)


def end(running: Running, still: Callable[[], bool], ask: Callable[[], bool]) -> str:
    """End a process that was found by its lock: ask it, terminate it, kill it. Says which of them it took.

    still: whether it has the lock. ask: returns False when the process cannot be asked.
    Raises StopError when it is still there, or not ours to end.
    """
    import psutil

    try:
        process = psutil.Process(running.pid)  # it knows the creation time, and never touches a later process
        if not still():
            return "asked"
        for how, step in (("asked", ask), ("terminated", process.terminate), ("killed", process.kill)):
            if step() is not False and _ends(still):
                return how
    except psutil.NoSuchProcess:
        return "asked"
    except psutil.AccessDenied as error:
        raise StopError(
            f"Process {running.pid} may not be ended: permission denied", "Ask its user to end it"
        ) from error
    raise StopError(
        f"Process {running.pid} does not end", f"Look at what it waits for: `ps -o stat,wchan {running.pid}`"
    )


def _ends(still: Callable[[], bool]) -> bool:
    """Whether it ends within the grace: the lock goes with the process, however late its parent collects that."""
    deadline = time.monotonic() + GRACE_S
    while still():
        if time.monotonic() > deadline:
            return False
        time.sleep(_LOOK_S)
    _collect()
    return True


def _collect() -> None:
    _children[:] = [child for child in _children if child.poll() is None]


def _start(module: list[str], crash_log: IO[bytes]) -> "subprocess.Popen[bytes]":
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return subprocess.Popen(
        [sys.executable, "-m", *module],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=crash_log,
        cwd=home.home(),  # no folder of the user is held, and none is a place to import from
        env=_environment(),
        **detached,
    )


def _environment() -> dict[str, str]:
    environment = {**os.environ, home.ENVIRONMENT: str(home.home())}
    if "PYTHONPATH" in environment:
        parts = environment["PYTHONPATH"].split(os.pathsep)
        environment["PYTHONPATH"] = os.pathsep.join(str(Path(part).absolute()) for part in parts if part)
    return environment


def _await_report(child: "subprocess.Popen[bytes]") -> dict[str, Any]:
    """The child closes the pipe when it has reported or when it dies; there is nothing else to wait for."""
    assert child.stdout is not None
    with child.stdout:
        text = child.stdout.read()
    try:
        report = json.loads(text)
    except ValueError:
        return {}
    return report if isinstance(report, dict) else {}


def _give_up(child: "subprocess.Popen[bytes]") -> None:
    """The command was interrupted: let the child end what it has started, such as a virtual board."""
    child.terminate()
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _crashed(of: str, exit_code: int, log: Path) -> SpawnError:
    words = log.read_text(errors="replace").strip().splitlines()[-_LAST_LINES:]
    reason = "\n".join(words) or _how(exit_code)
    return SpawnError(f"The process of {of} ended at its start: {reason}", f"See {log}")


def _how(exit_code: int) -> str:
    return f"it was ended by signal {-exit_code}" if exit_code < 0 else f"it returned {exit_code}"
