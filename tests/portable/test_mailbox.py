"""Mailboxes: who waits for whom, what is bounded, and what an error does."""

import asyncio

from lib.nodes import Calling, Failing, Gated, Lines, Recorder, gather, outcome, until
from lib.unittest import TestCase
from uockam import Node, Worker
from uockam.errors import ReplyTimeout, WorkerStopped
from uockam.port import MAILBOX_LIMIT
from uockam.services.echo import Echo


class Steps:
    """Runs a coroutine by hand: a wait would show itself."""

    @staticmethod
    def is_one(coroutine):
        try:
            coroutine.send(None)
        except StopIteration:
            return True
        coroutine.close()
        return False


class Delivery(TestCase):
    async def asyncSetUp(self):
        self.node = Node()
        self.addAsyncCleanup(self.node.stop)

    async def test_an_ask_of_an_idle_worker_takes_no_turn_of_the_loop(self):
        await self.node.start_worker("echo", Echo())
        self.assertTrue(Steps.is_one(self.node.ask("echo", b"hi")))
        self.assertTrue(Steps.is_one(self.node.send("echo", b"hi")))

    async def test_a_chain_of_workers_takes_no_turn_of_the_loop_either(self):
        async def onward(context, message):
            return await context.ask("echo", message.payload)

        await self.node.start_worker("echo", Echo())
        await self.node.start_worker("onward", Calling(onward))
        self.assertTrue(Steps.is_one(self.node.ask("onward", b"hi")))

    async def test_a_long_chain_of_workers_does_not_nest_without_end(self):
        seen = []

        async def onward(context, message):
            seen.append(context.node.depth)
            number = int(message.payload)
            return await context.ask("w%d" % (number - 1), b"%d" % (number - 1)) if number else b"end"

        for number in range(40):
            await self.node.start_worker("w%d" % number, Calling(onward))
        self.assertEqual(await self.node.ask("w39", b"39"), b"end")
        self.assertEqual(len(seen), 40)
        self.assertLess(max(seen), 10)
        self.assertEqual(self.node.depth, 0)

    async def test_the_order_of_a_sender_is_kept_past_a_full_mailbox(self):
        worker = Gated()
        await self.node.start_worker("slow", worker)
        sent = [b"%d" % number for number in range(3 * MAILBOX_LIMIT)]

        async def send_all():
            for payload in sent:
                await self.node.send("slow", payload)

        sending = asyncio.create_task(send_all())
        await worker.here.wait()
        worker.gate.set()
        await sending
        await until(lambda: len(worker.payloads) == len(sent))
        self.assertEqual(worker.payloads, sent)

    async def test_a_full_mailbox_makes_its_senders_wait_and_loses_nothing(self):
        worker = Gated()
        await self.node.start_worker("slow", worker)
        for number in range(1 + MAILBOX_LIMIT):
            await self.node.send("slow", b"%d" % number)
        late = [asyncio.create_task(self.node.send("slow", b"late %d" % number)) for number in range(5)]
        for _ in range(20):
            await asyncio.sleep(0)
        self.assertFalse([task for task in late if task.done()])
        worker.gate.set()
        await asyncio.gather(*late)
        await until(lambda: len(worker.payloads) == MAILBOX_LIMIT + 6)
        self.assertCountEqual(worker.payloads[-5:], [b"late %d" % number for number in range(5)])

    async def test_an_ask_that_waits_for_room_ends_in_its_time_and_is_not_delivered_after_that(self):
        worker = Gated()
        await self.node.start_worker("slow", worker)
        for _ in range(1 + MAILBOX_LIMIT):
            await self.node.send("slow", b"x")
        with self.assertRaises(ReplyTimeout):
            await self.node.ask("slow", b"late", 1)
        worker.gate.set()
        await until(lambda: len(worker.payloads) == 1 + MAILBOX_LIMIT)
        for _ in range(20):
            await asyncio.sleep(0)
        self.assertNotIn(b"late", worker.payloads)

    async def test_an_ask_that_waited_for_room_is_answered(self):
        worker = Gated()
        await self.node.start_worker("slow", worker)
        for _ in range(1 + MAILBOX_LIMIT):
            await self.node.send("slow", b"x")
        asking = asyncio.create_task(self.node.ask("slow", b"late"))
        await asyncio.sleep(0)
        worker.gate.set()
        self.assertEqual(await asking, b"late")

    async def test_a_worker_that_fills_its_own_mailbox_is_told(self):
        class Talkative(Recorder):
            async def handle_message(self, context, message):
                await super().handle_message(context, message)
                if message.payload == b"go":
                    self.error = await outcome(self.fill(context))

            async def fill(self, context):
                for _ in range(2 * MAILBOX_LIMIT):
                    await context.send(context.address, b"again")

        worker = Talkative()
        await self.node.start_worker("me", worker)
        await self.node.send("me", b"go")
        await until(lambda: len(worker.payloads) == 1 + MAILBOX_LIMIT)
        self.assertEqual(worker.error[0], "LimitError")
        self.assertIn("'me' sends to itself", worker.error[1])

    async def test_two_workers_at_ping_pong_leave_the_loop_to_others(self):
        class Player(Recorder):
            async def handle_message(self, context, message):
                self.payloads.append(b"")
                if self.other:
                    await context.send(self.other, b"ball")

        players = [Player(), Player()]
        for number in range(2):
            players[number].other = "player%d" % (1 - number)
            await self.node.start_worker("player%d" % number, players[number])
        await self.node.send("player0", b"ball")
        await until(lambda: len(players[1].payloads) > 300)
        players[0].other = players[1].other = None
        await until(lambda: not players[0].other)


class Failures(TestCase):
    async def asyncSetUp(self):
        self.node = Node()
        self.log = Lines()
        self.addCleanup(self.log.done)
        self.addAsyncCleanup(self.node.stop)

    async def test_a_worker_that_raises_is_logged_with_its_address_and_goes_on(self):
        await self.node.start_worker("frail", Failing())
        with self.assertRaises(WorkerStopped) as caught:
            await self.node.ask("frail", b"bad")
        self.assertEqual(str(caught.exception), "the worker 'frail' failed")
        (line,) = self.log.lines
        what, *where = line.split("\n  ")
        self.assertEqual(what, "ERROR worker '0#frail': ValueError: cannot take it")
        self.assertTrue(where[-1].startswith('File "') and where[-1].endswith(", in handle_message"), where)
        self.assertEqual(await self.node.ask("frail", b"good"), b"good")

    async def test_what_a_peer_wrote_is_safe_to_print(self):
        async def fail(context, message):
            raise ValueError("a\x1b[31m\nb")

        await self.node.start_worker("w", Calling(fail))
        await outcome(self.node.ask("w", b""))
        self.assertEqual(self.log.lines[0].split("\n")[0], "ERROR worker '0#w': ValueError: a?[31m?b")
        self.assertFalse("\x1b" in self.log.lines[0])

    async def test_an_error_of_ours_reaches_the_asker_with_its_text(self):
        async def onward(context, message):
            return await context.ask("nowhere", b"")

        await self.node.start_worker("w", Calling(onward))
        self.assertEqual(await outcome(self.node.ask("w", b"")), ("NoSuchAddress", "there is no worker at 'nowhere'"))

    async def test_a_handler_whose_own_wait_was_cancelled_loses_that_message_only(self):
        class Waiting(Failing):
            async def handle_message(self, context, message):
                if message.payload == b"cancelled":
                    raise asyncio.CancelledError()
                await super().handle_message(context, message)

        await self.node.start_worker("w", Waiting())
        results = await gather(*[self.node.ask("w", payload) for payload in (b"a", b"cancelled", b"b")])
        self.assertEqual(results[0], ("", b"a"))
        self.assertEqual(results[1], ("WorkerStopped", "the worker 'w' was interrupted"))
        self.assertEqual(results[2], ("", b"b"))

    async def test_a_handler_that_waits_and_is_cancelled_hands_what_waits_to_another_task(self):
        worker = Gated()
        await self.node.start_worker("w", worker)
        asking = asyncio.create_task(gather(self.node.ask("w", b"a"), self.node.ask("w", b"b")))
        await worker.here.wait()
        await until(lambda: self.node.router.endpoints[b"w"]._queue)
        self.node.router.endpoints[b"w"]._task.cancel()
        worker.gate.set()
        results = await asking
        self.assertEqual([name for name, _ in results], ["WorkerStopped", ""])
        self.assertEqual(worker.payloads, [b"b"])

    async def test_a_worker_without_a_handler_says_so(self):
        class Mute(Worker):
            pass

        await self.node.start_worker("mute", Mute())
        await outcome(self.node.ask("mute", b""))
        what = self.log.lines[0].split("\n")[0]
        self.assertEqual(what, "ERROR worker '0#mute': NotImplementedError: Mute.handle_message")

    async def test_an_answer_to_somebody_who_left_is_no_fault_of_the_worker(self):
        worker = Gated()
        await self.node.start_worker("slow", worker)
        with self.assertRaises(ReplyTimeout):
            await self.node.ask("slow", b"x", 1)
        worker.gate.set()
        await until(lambda: worker.payloads)
        self.assertEqual(self.log.lines, [])
