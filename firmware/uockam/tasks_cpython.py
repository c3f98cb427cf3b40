"""The Runner of CPython (see tasks.py): a stock of waiting tasks lends its identity to first steps."""

import asyncio

from .log import guarded

_MAX_IDLE_DRIVERS = 8  # kept for reuse: bursts of waiting workers need a few, memory bounds the rest


class _Rest:
    """What is left of a coroutine whose first step gave `waiting`, as something a task can await."""

    __slots__ = ("coroutine", "waiting")

    def __init__(self, coroutine: object, waiting: object) -> None:
        self.coroutine = coroutine
        self.waiting = waiting

    def __await__(self):  # type: ignore[no-untyped-def]
        step = self.coroutine
        waiting = self.waiting
        try:
            while True:
                try:
                    value = yield waiting
                except BaseException as error:
                    waiting = step.throw(error)  # type: ignore[attr-defined]
                else:
                    waiting = step.send(value)  # type: ignore[attr-defined]
        except StopIteration:
            return


class _Driver:
    """A task that lends its identity to first steps, and takes over the coroutine that has to wait."""

    __slots__ = ("runner", "task", "gate", "rest", "spent")

    def __init__(self, runner: "Runner", loop: asyncio.AbstractEventLoop) -> None:
        self.runner = runner
        self.gate = asyncio.Event()
        self.rest: "_Rest | None" = None
        self.spent = False
        self.task = loop.create_task(self._run())

    async def _run(self) -> None:
        while not self.spent:
            await self.gate.wait()
            self.gate.clear()
            if self.rest is not None:
                await self.rest
                self.rest = None
            if len(self.runner.idle) >= _MAX_IDLE_DRIVERS:
                return
            if not self.spent:
                self.runner.idle.append(self)

    def cancel(self) -> None:
        """Cancel what it drives; a task that was cancelled once is not used again."""
        self.spent = True
        self.task.cancel()


class Runner:
    """What one node uses to run its coroutines."""

    def __init__(self) -> None:
        self.idle: "list[_Driver]" = []
        self._tasks: "set[asyncio.Task[None]]" = set()
        self._loop: "asyncio.AbstractEventLoop | None" = None

    def _running(self) -> asyncio.AbstractEventLoop:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            self._loop = loop
            self.idle = []
        return loop

    def start(self, coroutine: object) -> "_Driver | None":
        """Take the first step now; the task that runs the rest, or None when nothing was left.

        The coroutine must not raise.
        """
        loop = self._running()
        driver = self.idle.pop() if self.idle else _Driver(self, loop)
        outer = asyncio.current_task(loop)
        if outer is not None:
            asyncio._leave_task(loop, outer)
        asyncio._enter_task(loop, driver.task)
        try:
            waiting = coroutine.send(None)  # type: ignore[attr-defined]
        except StopIteration:
            self.idle.append(driver)
            return None
        finally:
            asyncio._leave_task(loop, driver.task)
            if outer is not None:
                asyncio._enter_task(loop, outer)
        driver.rest = _Rest(coroutine, waiting)
        driver.gate.set()
        return driver

    def spawn(self, name: str, coroutine: object) -> "asyncio.Task[None]":
        """Run in the background; an exception is logged under `name`. The task has cancel()."""
        task = self._running().create_task(guarded(name, coroutine))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: coroutine.close())  # type: ignore[attr-defined]  # cancelled before it began
        return task

    def soon(self, callback: object) -> None:
        """Run the callback when the current turn of the loop is over."""
        self._running().call_soon(callback)  # type: ignore[arg-type]

    def after(self, delay_ms: int, callback: object) -> asyncio.TimerHandle:
        """Run the callback in `delay_ms`; the handle has cancel()."""
        return self._running().call_later(delay_ms / 1000, callback)  # type: ignore[arg-type]

    def close(self) -> None:
        """Cancel what still runs in the background, but for the caller itself."""
        for driver in self.idle:
            driver.cancel()
        self.idle = []
        current = asyncio.current_task()
        for task in tuple(self._tasks):
            if task is not current:
                task.cancel()
