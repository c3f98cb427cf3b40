"""Messages between workers of one node, on both interpreters, beside a coroutine call and a turn of the event loop."""

import sys
from collections.abc import Iterator

from measure import Figures, Table, alternate
from peers import (
    BENCH,
    FIRMWARE,
    micropython,
    micropython_command,
    micropython_environment,
    output_of,
    python_environment,
)

COUNTS = {"CPython": 20_000, "MicroPython": 10_000}  # operations of each kind in a round
BASE = "turn of the event loop"
SIDES = {
    "call": "bare coroutine call",
    "switch": BASE,
    "send": "send to an idle worker",
    "chain": "send along a chain of 10, each hop",
    "ask": "ask of an idle worker",
}


def run(seconds: float) -> Iterator[Table]:
    """One table for each interpreter."""
    rounds = alternate({name: lambda name=name: _round(name) for name in _interpreters()}, seconds)
    for name, found in rounds.items():
        sides = {label: [figures[key] for figures in found] for key, label in SIDES.items()}
        yield Table(f"messages between local workers, {name}", "per second", sides, BASE)


def _interpreters() -> list[str]:
    return [name for name in COUNTS if name == "CPython" or micropython()]


def _round(name: str) -> Figures:
    script = [str(BENCH / "workers_loop.py"), str(COUNTS[name])]
    if name == "CPython":
        text = output_of([sys.executable, *script], python_environment())
    else:
        text = output_of([*micropython_command(), *script], micropython_environment(FIRMWARE))
    return {key: float(value) for key, _, value in (line.partition("=") for line in text.split())}
