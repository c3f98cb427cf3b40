"""Memory on the host: an idle node process, and 300,000 idle workers of one node."""

import sys
from collections.abc import Callable, Iterator

import commands
import psutil
from measure import Figures, Table, alternate, figure
from peers import BENCH, output_of, python_environment, running

ASYNCIO = "python with asyncio alone"
IDLE = "import asyncio; print('ready', flush=True); asyncio.run(asyncio.sleep(60))"
WORKERS = {
    "300,000 workers of a uockam node": ("uockam", 300_000),
    "30,000 asyncio tasks with a queue each": ("tasks", 30_000),
}


def run(seconds: float) -> Iterator[Table]:
    """One table for processes and one for workers."""
    with commands.programs() as both:
        rounds = alternate(
            {ASYNCIO: _python, **{f"{name} node": _node(each) for name, each in both.items()}}, seconds / 3
        )
    yield Table("an idle process", "MB resident", figure("megabytes", rounds), ASYNCIO, "aim: a node under 35 MB")
    rounds = alternate({side: _workers(*what) for side, what in WORKERS.items()}, seconds / 3)
    yield Table("an idle worker", "bytes resident", figure("bytes", rounds), list(WORKERS)[1], "aim: under 1,024")


def _python() -> Figures:
    with running([sys.executable, "-c", IDLE], python_environment()) as (process, _):
        return _resident(process.pid)


def _node(program: commands.Program) -> Callable[[], Figures]:
    def measure() -> Figures:
        program.ok("node create n1")
        try:
            return _resident(commands.process_id(program, "n1"))
        finally:
            program.ok("node delete n1 --yes")

    return measure


def _resident(pid: int) -> Figures:
    return {"megabytes": psutil.Process(pid).memory_info().rss / 1e6}


def _workers(kind: str, count: int) -> Callable[[], Figures]:
    command = [sys.executable, str(BENCH / "workers_memory.py"), kind, str(count)]
    return lambda: {"bytes": float(output_of(command, python_environment()))}
