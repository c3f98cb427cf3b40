"""The Runner of CPython (see tasks.py): a stock of waiting tasks lends its identity to first steps."""

import asyncio

from .log import ERROR, failed
from .port import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

PARKS = False
PARK: "Any" = None  # nobody awaits it

_MAX_IDLE_DRIVERS = 8  # kept for reuse: bursts of waiting workers need a few, memory bounds the rest


class _Rest:
    """What is left of a coroutine whose first step gave `waiting`, as something a task can await."""

    __slots__ = ("coroutine", "waiting", "disturbed")

    def __init__(self, coroutine: object, waiting: object) -> None:
        self.coroutine = coroutine
        self.waiting = waiting
        self.disturbed = False  # something was thrown in, a cancellation perhaps

    def __await__(self):  # type: ignore[no-untyped-def]
        step = self.coroutine
        waiting = self.waiting
        try:
            while True:
                try:
                    value = yield waiting
                except BaseException as error:
                    self.disturbed = True
                    waiting = step.throw(error)  # type: ignore[attr-defined]
                else:
                    waiting = step.send(value)  # type: ignore[attr-defined]
        except StopIteration:
            return


class _Driver:
    """A task that lends its identity to first steps, and takes over the coroutine that has to wait."""

    __slots__ = ("runner", "task", "gate", "rest")

    def __init__(self, runner: "Runner", loop: asyncio.AbstractEventLoop) -> None:
        self.runner = runner
        self.gate = asyncio.Event()
        self.rest: "_Rest | None" = None
        self.task = loop.create_task(self._run())
        self.task.add_done_callback(self._ended)

    async def _run(self) -> None:
        """Rest after rest, until there are others enough. A task that was cancelled once is not used again."""
        while True:
            await self.gate.wait()
            self.gate.clear()
            rest, self.rest = self.rest, None
            assert rest is not None
            await rest
            if rest.disturbed or len(self.runner.idle) >= self.runner.most_idle:
                return
            self.runner.idle.append(self)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        """Cancelled before it could take over its rest: that is meant for the rest."""
        if self.rest is not None:
            self.runner.spawn("cancelled", _cancelled(self.rest))


async def _cancelled(rest: _Rest) -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()  # takes effect at the wait that comes now
    await rest


class Runner:
    """What one node uses to run its coroutines."""

    def __init__(self) -> None:
        self.idle: "list[_Driver]" = []
        self.most_idle = _MAX_IDLE_DRIVERS
        self._tasks: "set[asyncio.Task[None]]" = set()
        self._loop: "asyncio.AbstractEventLoop | None" = None

    def _running(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self.idle = []
        return loop

    def start(self, coroutine: object) -> None:
        """Take the first step now; a task runs what is left. What the first step raises is the caller's."""
        loop = self._running()
        driver = self.idle.pop() if self.idle else _Driver(self, loop)
        outer = asyncio.current_task(loop)
        if outer is not None:
            asyncio._leave_task(loop, outer)
        asyncio._enter_task(loop, driver.task)
        try:
            waiting = coroutine.send(None)  # type: ignore[attr-defined]
        except BaseException as error:
            self.idle.append(driver)
            if not isinstance(error, StopIteration):
                raise
        else:
            driver.rest = _Rest(coroutine, waiting)
            driver.gate.set()
        finally:
            asyncio._leave_task(loop, driver.task)
            if outer is not None:
                asyncio._enter_task(loop, outer)

    def strand(self, work: object) -> object:
        """Of the coroutine function `work`."""
        return work

    def step(self, strand: object) -> None:
        """Take its next step now: the first of a new coroutine, since none of them parks here."""
        self.start(strand())  # type: ignore[operator]

    def step_later(self, strand: object) -> None:
        """Take it in the next turn of the loop."""
        self.spawn("strand", strand())  # type: ignore[operator]

    def current(self) -> "asyncio.Task[object] | None":
        """The task that runs the caller; it has cancel()."""
        return asyncio.current_task()

    def spawn(self, name: str, coroutine: object) -> "asyncio.Task[None]":
        """Run in the background; an exception is logged under `name`. The task has cancel()."""
        task = self._running().create_task(coroutine)  # type: ignore[arg-type, var-annotated]
        self._tasks.add(task)
        task.add_done_callback(lambda task: self._done(name, task))
        return task

    def _done(self, name: str, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            failed(ERROR, name, error)

    def soon(self, callback: object) -> None:
        """Run the callback when the current turn of the loop is over."""
        self._running().call_soon(callback)  # type: ignore[arg-type]

    later = soon  # there is stack enough

    def after(self, delay_ms: int, callback: object) -> asyncio.TimerHandle:
        """Run the callback in `delay_ms`; the handle has cancel()."""
        return self._running().call_later(delay_ms / 1000, callback)  # type: ignore[arg-type]

    def close(self) -> None:
        """Cancel what runs in the background, but for the caller itself."""
        self.most_idle = 0
        for driver in self.idle:
            driver.task.cancel()
        self.idle = []
        current = asyncio.current_task()
        for task in tuple(self._tasks):
            if task is not current:
                task.cancel()
