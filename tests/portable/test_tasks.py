"""The Runner: first steps inside the caller's own, and tasks for what is left."""

import asyncio
import gc

from lib.nodes import Lines, until
from lib.unittest import TestCase
from uockam.tasks import Runner


class Running(TestCase):
    def setUp(self):
        self.runner = Runner()
        self.done = []
        self.log = Lines()
        self.addCleanup(self.log.done)

    async def work(self, name, *events):
        for event in events:
            await event.wait()
        self.done.append(name)

    async def test_what_need_not_wait_is_done_when_start_returns(self):
        self.runner.start(self.work("a"))
        self.assertEqual(self.done, ["a"])

    async def test_what_waits_goes_on_by_itself(self):
        first, second = asyncio.Event(), asyncio.Event()
        self.runner.start(self.work("a", first, second))
        self.runner.start(self.work("b"))
        self.assertEqual(self.done, ["b"])
        first.set()
        await asyncio.sleep(0)
        second.set()
        await until(lambda: len(self.done) == 2)

    async def test_the_caller_is_itself_again_afterwards(self):
        before = self.runner.current()
        inside = []

        async def look():
            inside.append(self.runner.current())
            await asyncio.sleep(0)
            inside.append(self.runner.current())

        self.runner.start(look())
        self.assertIs(self.runner.current(), before)
        await until(lambda: len(inside) == 2)
        self.assertIs(inside[0], inside[1])
        self.assertIsNot(inside[0], before)

    async def test_what_the_first_step_raises_is_the_callers_and_harms_nothing(self):
        async def fail(kind):
            raise kind("oh")

        before = self.runner.current()
        for kind in (ValueError, KeyboardInterrupt, asyncio.CancelledError):
            with self.assertRaises(kind):
                self.runner.start(fail(kind))
            self.assertIs(self.runner.current(), before)
        self.runner.start(self.work("a"))
        self.assertEqual(self.done, ["a"])

    async def _cancelled(self, turns):
        tasks = []

        async def wait():
            tasks.append(self.runner.current())
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.done.append("cancelled")

        self.runner.start(wait())
        for _ in range(turns):
            await asyncio.sleep(0)
        tasks[0].cancel()
        await until(lambda: self.done)
        self.runner.start(self.work("next"))
        self.assertEqual(self.done, ["cancelled", "next"])

    async def test_what_waits_can_be_cancelled_at_once_and_later(self):
        for turns in range(4):
            self.done = []
            await self._cancelled(turns)

    async def test_what_waits_is_not_collected_as_garbage(self):
        event = asyncio.Event()
        self.runner.start(self.work("a", event))
        await asyncio.sleep(0)
        gc.collect()
        event.set()
        await until(lambda: self.done)

    async def test_many_can_wait_at_a_time(self):
        event = asyncio.Event()
        for number in range(50):
            self.runner.start(self.work(number, event))
        event.set()
        await until(lambda: len(self.done) == 50)
        self.runner.start(self.work("more"))
        self.assertEqual(self.done[-1], "more")

    async def test_what_is_for_later_is_done_in_its_order_when_the_caller_waits(self):
        def again():
            self.done.append("b")
            self.runner.later(lambda: self.done.append("c"))

        self.runner.later(lambda: self.done.append("a"))
        self.runner.later(again)
        self.assertEqual(self.done, [])
        await until(lambda: len(self.done) == 3)
        self.assertEqual(self.done, ["a", "b", "c"])

    async def test_callbacks_come_in_time_and_a_cancelled_one_does_not(self):
        self.runner.after(1, lambda: self.done.append("late")).cancel()
        self.runner.after(1, lambda: self.done.append("one"))
        self.runner.after(2, lambda: self.done.append("two"))
        await until(lambda: len(self.done) == 2)
        self.assertCountEqual(self.done, ["one", "two"])

    async def test_a_time_that_is_far_does_not_hold_up_a_near_one(self):
        self.runner.after(60_000, lambda: self.done.append("far")).cancel()
        self.runner.after(60_000, lambda: self.done.append("far"))
        self.runner.after(1, lambda: self.done.append("near"))
        await until(lambda: self.done)
        self.assertEqual(self.done, ["near"])
        self.runner.close()

    async def test_the_end_cancels_what_was_spawned_but_not_its_caller(self):
        ended = asyncio.Event()

        async def close():
            self.runner.close()
            await asyncio.sleep(0)
            self.done.append("closed")
            ended.set()

        self.runner.spawn("waiting", self.work("never", asyncio.Event()))
        self.runner.spawn("not begun", self.work("never", asyncio.Event()))
        self.runner.spawn("closing", close())
        await ended.wait()
        self.assertEqual((self.done, self.log.lines), (["closed"], []))
