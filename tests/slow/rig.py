"""A board, a cable that does harm, and a host's process, with a stream each way; what it came to afterwards."""

import asyncio
import json
import os
import statistics
import struct
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

from uockam_host.device.virtual import VirtualBoard

from ..lib.patience import PATIENCE_S
from .stream import WRONG

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LEAK_BYTES = (
    16 * 1024
)  # of the board: far more than the noise, and 32 bytes, the least, for every tenth message are more
RSS_BYTES = 4 * 1024 * 1024  # of the host's process; its allocator takes a megabyte at a time
LEAST_SAMPLES = 5  # that a line is laid through; fifty and more come, unless a machine is very fast


class Rig:
    """start(), do harm, finished(), stop(). events: what the host's process said, in order."""

    def __init__(self, folder: Path, count: int, line_of) -> None:
        self.count = count
        self.board = VirtualBoard(folder / "board")
        self.line = line_of(self.board.port, folder / "line")
        self.samples: list[dict[str, int]] = []
        self.log: list[str] = []
        self.downs: Counter[str] = Counter()
        self.recoveries: list[float] = []
        self.up = False
        self._folder = folder / "host"
        self._folder.mkdir()
        self._changed = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._listener: asyncio.Task[None] | None = None
        self._prepare_board()

    def _prepare_board(self) -> None:
        flash = self.board.flash
        flash.mkdir(parents=True)
        for name in ("stream", "board_side"):
            (flash / f"{name}.py").write_text((HERE / f"{name}.py").read_text())
        (flash / "count").write_text(str(self.count))
        (flash / "uockam.json").write_text(json.dumps({"main": "board_side"}))

    async def start(self) -> None:
        """Everything on, until the board answers."""
        await self.board.start()
        self.line.plug()
        await self.start_host()
        await self.until(lambda: self.up)
        self._began = time.monotonic()

    async def stop(self) -> None:
        await self.kill_host()
        self.line.unplug()
        await self.board.stop()

    async def start_host(self) -> None:
        """Start the host's process; it makes no difference what was before."""
        paths = [str(ROOT / "firmware"), str(ROOT / "host")]
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, HERE / "host_side.py", self.line.port, self._folder, str(self.count),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)}, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        self._listener = asyncio.create_task(self._listen(self._process.stdout))

    async def kill_host(self) -> None:
        """SIGKILL."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await self._listener
        self.up = False

    async def _listen(self, output: asyncio.StreamReader) -> None:
        while line := await output.readline():
            self._take(json.loads(line) if line.endswith(b"\n") else {})  # it was killed in the middle of one
            self._changed.set()

    def _take(self, event: dict) -> None:
        if "up" in event:
            self.up = event["up"]
            self.downs.update([] if self.up else [event["reason"]])
        elif "free" in event:
            self.samples.append(event)
        else:
            self.log.append(str(event))

    async def until(self, true) -> None:
        """Wait for a condition on what the host's process says."""
        while not true():
            self._changed.clear()
            try:
                await asyncio.wait_for(self._changed.wait(), PATIENCE_S)
            except asyncio.TimeoutError:
                raise AssertionError(f"it does not recover: {self.story()}") from None

    def acknowledged(self) -> int:
        """How far both streams are: of the numbers acknowledged in both directions, the lower."""
        return min(len(_words(folder / "sent")) for folder in (self._folder, self.board.flash))

    async def at(self, number: int) -> None:
        """Wait until so many are acknowledged both ways; the host's process says something all the time."""
        await self.until(lambda: self.acknowledged() >= number)

    async def back(self, since: float) -> None:
        """Wait until the board answers again and the streams go on; the time is kept."""
        await self.until(lambda: self.up)
        self.recoveries.append(time.monotonic() - since)
        await self.at(min(self.acknowledged() + 1, self.count))

    async def finished(self) -> None:
        """Wait until all is acknowledged both ways."""
        await self.at(self.count)
        self.seconds = time.monotonic() - self._began

    def check(self) -> None:
        """Nothing that was acknowledged is lost, nothing came twice or in another order within a life."""
        ways = ((self._folder, self.board.flash), (self.board.flash, self._folder))
        for sender, receiver in ways:
            sent = _words(sender / "sent")
            assert sent == list(range(self.count))
            self._check_received(_words(receiver / "received"), set(sent))

    def _check_received(self, words: list[int], sent: set[int]) -> None:
        received = list(zip(words[::2], words[1::2], strict=True))
        assert not [number for life, number in received if life == WRONG]
        assert sent <= {number for _, number in received}
        for (life, number), (next_life, next_number) in pairwise(received):
            assert next_life >= life, "a message came in a later life than its own"
            assert next_life > life or next_number == number + 1, f"{next_number} came after {number}"

    def tell(self) -> None:
        """Prints what a person wants to know of a run that went well."""
        parts = [f"{self.count} messages each way in {self.seconds:.0f} s"]
        if self.recoveries:
            parts.append(
                f"{len(self.recoveries)} times back, after {statistics.median(self.recoveries):.2f} s (median) "
                f"and {max(self.recoveries):.2f} s (most)"
            )
        if len(self.samples) > 2:
            trends = (f"{name} {_trend(_later(self.samples), name):+,.0f}" for name in ("free", "rss"))
            parts.append(f"trend in bytes over the run: {', '.join(trends)}")
        sys.stdout.write(f"\n  {'; '.join(parts)}\n")

    def story(self) -> str:
        """What happened, for people."""
        return (
            f"{self.acknowledged()} acknowledged; {dict(self.downs)}; {self.samples[-1:]}; last words: {self.log[-12:]}"
        )


def no_growth(rig: Rig) -> None:
    """The trend of memory over all that was acknowledged stays within what messages on their way make of noise."""
    samples = _later(rig.samples)
    assert len(samples) >= LEAST_SAMPLES, samples
    assert -_trend(samples, "free") < LEAK_BYTES, samples
    assert _trend(samples, "rss") < RSS_BYTES, samples


def _later(samples: list[dict[str, int]]) -> list[dict[str, int]]:
    """The second half: in the first one modules are loaded, and buffers and tables come to the size that they keep."""
    return samples[len(samples) // 2 :]


def _trend(samples: list[dict[str, int]], name: str) -> float:
    """Bytes that the least-squares line goes up from the first sample to the last."""
    done = [sample["acknowledged"] for sample in samples]
    return statistics.linear_regression(done, [sample[name] for sample in samples]).slope * (done[-1] - done[0])


def _words(path: Path) -> list[int]:
    data = path.read_bytes() if path.exists() else b""
    return [word for (word,) in struct.iter_unpack(">I", data[: len(data) // 4 * 4])]
