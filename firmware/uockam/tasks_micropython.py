"""The Runner of MicroPython (see tasks.py): its asyncio lets a task be made by hand and stepped at once."""

import asyncio
from asyncio import core

from .log import ERROR, guarded, log
from .port import const, ticks_add, ticks_diff, ticks_ms

PARKS = True
PARK = (None,)  # awaiting it leaves the strand to whoever steps it next: an iterator in C costs least

_SWEEP_MS = const(50)  # how exact time-outs are: coarse, so that one sweeper serves all of them


class Timer:
    """A callback that will run once, unless cancelled."""

    def __init__(self, due: int, callback: object) -> None:
        self.due = due
        self.callback = callback

    def cancel(self) -> None:
        """Never run it."""
        self.callback = None


class Runner:
    """What one node uses to run its coroutines."""

    def __init__(self) -> None:
        self._timers: "list[Timer]" = []
        self._sweeper: object = None
        self._later: "list[object]" = []  # callbacks
        self._caller: object = None
        self._tasks: "set[object]" = set()

    def start(self, coroutine: object) -> None:
        """Take the first step now; a task runs what is left. What the first step raises is the caller's."""
        self.step(core.Task(coroutine))

    def strand(self, work: object) -> object:
        """Of the coroutine function `work`, whose first step is still to come."""
        return core.Task(work())

    def step(self, strand: object) -> None:
        """Take the next step of a strand that parks, now."""
        before = core.cur_task
        core.cur_task = strand
        try:
            strand.coro.send(None)
        except StopIteration:
            pass
        finally:
            core.cur_task = before

    def step_later(self, strand: object) -> None:
        """Take its next step in the next turn of the loop."""
        core._task_queue.push(strand)

    def current(self) -> object:
        """The task that runs the caller; it has cancel()."""
        return core.cur_task

    def spawn(self, name: str, coroutine: object) -> object:
        """Run in the background; an exception is logged under `name`. The task has cancel()."""
        task = asyncio.create_task(self._run(name, coroutine))
        self._tasks.add(task)
        return task

    async def _run(self, name: str, coroutine: object) -> None:
        try:
            await guarded(name, coroutine)
        finally:
            self._tasks.discard(asyncio.current_task())

    def soon(self, callback: object) -> None:
        """Run the callback at the next chance: now, since a turn of the loop is dear here."""
        callback()

    def later(self, callback: object) -> None:
        """Run the callback in the next turn of the loop: with the whole stack, of which a Cortex-M0 has 8 KB."""
        self._later.append(callback)
        if self._caller is None:
            self._caller = self.spawn("later", self._call())

    async def _call(self) -> None:
        while self._later:
            _run("later", self._later.pop(0))
        self._caller = None

    def after(self, delay_ms: int, callback: object) -> Timer:
        """Run the callback in `delay_ms`, give or take the sweep interval."""
        timer = Timer(ticks_add(ticks_ms(), delay_ms), callback)
        self._timers.append(timer)
        if self._sweeper is None:
            self._sweeper = self.spawn("timers", self._sweep())
        return timer

    async def _sweep(self) -> None:
        while self._timers:
            await asyncio.sleep_ms(_SWEEP_MS)
            now = ticks_ms()
            due = [timer for timer in self._timers if ticks_diff(timer.due, now) <= 0]
            self._timers = [t for t in self._timers if t.callback is not None and ticks_diff(t.due, now) > 0]
            for timer in due:
                if timer.callback is not None:
                    _run("timer", timer.callback)
        self._sweeper = None

    def close(self) -> None:
        """Forget the timers and cancel what still runs in the background, but for the caller itself."""
        self._timers = []
        self._later = []
        self._sweeper = None
        for task in tuple(self._tasks):
            if task is not core.cur_task:
                task.cancel()


def _run(name: str, callback: object) -> None:
    try:
        callback()
    except Exception as error:
        log(ERROR, name, "%s: %s" % (type(error).__name__, error))
