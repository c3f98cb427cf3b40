"""Running coroutines: at once up to their first wait, in the background, and after a time; on both asyncios.

The stock way to run a coroutine is a task, and a task costs a turn of the event loop (0.3 ms on an RP2040). `start`
takes the first step of a coroutine inside the caller's own step and makes a task only of what is left.
"""

import asyncio

from .log import ERROR, log
from .port import MICROPYTHON, const, ticks_add, ticks_diff, ticks_ms

_SWEEP_MS = const(50)  # how exact time-outs are on MicroPython: coarse, so that one sweeper serves all of them
_MAX_IDLE_DRIVERS = const(8)  # kept for reuse: bursts of waiting workers need a few, memory bounds the rest


async def _guarded(name: str, coroutine: object) -> None:
    try:
        await coroutine  # type: ignore[misc]
    except Exception as error:
        log(ERROR, name, "%s: %s" % (type(error).__name__, error))


if MICROPYTHON:
    from asyncio import core  # type: ignore[attr-defined]

    class Timer:
        """A callback that will run once, unless cancelled."""

        def __init__(self, due: int, callback: object) -> None:
            self.due = due
            self.callback = callback

        def cancel(self) -> None:
            self.callback = None

    class Runner:
        """What one node uses to run its coroutines."""

        def __init__(self) -> None:
            self._timers: "list[Timer]" = []
            self._sweeper: object = None

        def start(self, coroutine: object) -> object:
            """Take the first step now; the task that runs the rest, or None when nothing was left.

            The coroutine must not raise.
            """
            task = core.Task(coroutine)
            before = core.cur_task
            core.cur_task = task
            try:
                coroutine.send(None)  # type: ignore[attr-defined]
            except StopIteration:
                return None
            finally:
                core.cur_task = before
            return task

        def spawn(self, name: str, coroutine: object) -> object:
            """Run in the background; an exception is logged under `name`."""
            return asyncio.create_task(_guarded(name, coroutine))  # type: ignore[arg-type]

        def soon(self, callback: object) -> None:
            """Run the callback at the next chance: now, since a turn of the loop is dear here."""
            callback()  # type: ignore[operator]

        def after(self, delay_ms: int, callback: object) -> Timer:
            """Run the callback in `delay_ms`, give or take the sweep interval."""
            timer = Timer(ticks_add(ticks_ms(), delay_ms), callback)
            self._timers.append(timer)
            if self._sweeper is None:
                self._sweeper = self.spawn("timers", self._sweep())
            return timer

        async def _sweep(self) -> None:
            while self._timers:
                await asyncio.sleep_ms(_SWEEP_MS)  # type: ignore[attr-defined]
                now = ticks_ms()
                due = [timer for timer in self._timers if ticks_diff(timer.due, now) <= 0]
                self._timers = [t for t in self._timers if t.callback is not None and ticks_diff(t.due, now) > 0]
                for timer in due:
                    if timer.callback is not None:
                        timer.callback()
            self._sweeper = None

        def close(self) -> None:
            """Forget the timers."""
            self._timers = []

else:

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
                    await self.rest  # type: ignore[misc]
                    self.rest = None
                if len(self.runner.idle) >= _MAX_IDLE_DRIVERS:
                    return
                if not self.spent:
                    self.runner.idle.append(self)

        def cancel(self) -> None:
            """Cancel what it drives; a task that was cancelled once is not used again."""
            self.spent = True
            self.task.cancel()

    class Runner:  # type: ignore[no-redef]
        """What one node uses to run its coroutines."""

        def __init__(self) -> None:
            self.idle: "list[_Driver]" = []
            self._tasks: "set[object]" = set()
            self._loop: "asyncio.AbstractEventLoop | None" = None

        def _running(self) -> asyncio.AbstractEventLoop:
            loop = asyncio.get_running_loop()
            if loop is not self._loop:
                self._loop = loop
                self.idle = []
            return loop

        def start(self, coroutine: object) -> object:
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

        def spawn(self, name: str, coroutine: object) -> object:
            """Run in the background; an exception is logged under `name`."""
            task = self._running().create_task(_guarded(name, coroutine))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            return task

        def soon(self, callback: object) -> None:
            """Run the callback when the current turn of the loop is over."""
            self._running().call_soon(callback)  # type: ignore[arg-type]

        def after(self, delay_ms: int, callback: object) -> asyncio.TimerHandle:
            """Run the callback in `delay_ms`."""
            return self._running().call_later(delay_ms / 1000, callback)  # type: ignore[arg-type]

        def close(self) -> None:
            """Cancel what still runs in the background."""
            for driver in self.idle:
                driver.cancel()
            self.idle = []
            for task in tuple(self._tasks):
                task.cancel()  # type: ignore[attr-defined]
