"""The commands that nodes are made with, ours and the real one where it has been built, and what running one takes."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from measure import Figures
from peers import home
from programs import OCKAM, Program, ours, real

OURS = "uockam"
REAL = "real ockam"


@contextmanager
def programs() -> Iterator[dict[str, Program]]:
    """Each program by its name, in an empty home; the nodes that were made there end with the `with`."""
    with ExitStack() as stack:
        found = {OURS: ours(stack.enter_context(home()))}
        stack.callback(found[OURS], "reset", "--yes")
        if OCKAM.is_file():
            found[REAL] = real(stack.enter_context(home()))
            stack.callback(found[REAL], "node", "delete", "--all", "--yes")
        yield found


def process_id(program: Program, node: str) -> int:
    """Of the process that runs a node."""
    return int(program.json(f"node show {node}")["pid"])


def listener(program: Program, node: str) -> str:
    """ "127.0.0.1:port" where a node listens."""
    return "127.0.0.1:" + program.route(node).rpartition("/")[2]


def timed(command: list[str], environment: dict[str, str]) -> Figures:
    """Wall time of a process that must succeed, from its start until it has been collected."""
    with open(os.devnull, "r+") as nowhere:
        actions = [(os.POSIX_SPAWN_DUP2, nowhere.fileno(), stream) for stream in (0, 1)]
        start = time.perf_counter()
        process = os.posix_spawnp(command[0], command, environment, file_actions=actions)
        _, status = os.waitpid(process, 0)
        seconds = time.perf_counter() - start
    if status:
        raise RuntimeError(f"{command} ended with {os.waitstatus_to_exitcode(status)}")
    return {"ms": seconds * 1000}
