"""Nodes: asks that end, workers that start and stop, and the node's own end."""

import asyncio

from lib.nodes import Calling, Gated, Lines, Recorder, gather, grace, join, outcome, until
from lib.unittest import TestCase
from uockam import Node, Worker
from uockam.access import OWNER
from uockam.errors import (
    AddressInUse,
    InvalidAddress,
    NoSuchAddress,
    ReplyTimeout,
    WorkerStopped,
)
from uockam.mailbox import Mailbox
from uockam.message import text_payload
from uockam.port import MAILBOX_LIMIT
from uockam.services import start_default
from uockam.services.echo import Echo
from uockam.services.hop import Hop


class NodeTest(TestCase):
    async def asyncSetUp(self):
        self.node = Node("n1")
        self.addAsyncCleanup(self.node.stop)
        grace(self)


class Asks(NodeTest):
    async def test_bytes_are_answered_with_bytes_and_text_with_text(self):
        await start_default(self.node)
        self.assertEqual(await self.node.ask("echo", b"\x00\xff"), b"\x00\xff")
        self.assertEqual(await self.node.ask("uppercase", "hello"), "HELLO")
        self.assertEqual(await self.node.ask("echo", text_payload(b"hi")), b"\x02hi")

    async def test_the_whole_answer_has_the_route_back_to_who_answered(self):
        await self.node.start_worker("echo", Echo())
        answer = await self.node.ask_message("echo", b"hi")
        self.assertEqual([str(hop) for hop in answer.return_route], ["0#echo"])

    async def test_an_address_that_does_not_exist_is_told_at_once(self):
        with self.assertRaisesRegex(NoSuchAddress, "no worker at 'nowhere'"):
            await self.node.ask("nowhere", b"")
        with self.assertRaisesRegex(NoSuchAddress, "no worker at 'nowhere'"):
            await self.node.send("nowhere", b"")

    async def test_an_address_behind_a_hop_that_does_not_exist_is_told_at_once(self):
        await self.node.start_worker("hop", Hop())
        self.assertEqual(
            await outcome(self.node.ask(("hop", "hop", "nowhere"), b"")),
            ("RemoteError", "there is no worker at 'nowhere'"),
        )

    async def test_an_ask_that_nobody_answers_ends_in_time_and_names_the_route(self):
        await self.node.start_worker("mute", Recorder())
        with self.assertRaisesRegex(ReplyTimeout, "no answer from 0#mute within 1 ms"):
            await self.node.ask("mute", b"", 1)

    async def test_what_is_no_worker_is_not_started(self):
        for thing in (Recorder, None, b"recorder"):
            with self.assertRaises(TypeError) as caught:
                await self.node.start_worker("recorder", thing)
            self.assertTrue("a worker is an object" in str(caught.exception))

    async def _leaves_nothing(self, before):
        self.assertEqual(len(self.node.router.endpoints), before)
        self.assertEqual(len(self.node._replies), 0)
        for endpoint in self.node.router.endpoints.values():
            self.assertFalse(endpoint.askers)

    async def test_no_ask_leaves_a_trace_however_it_ends(self):
        worker = Gated()
        await self.node.start_worker("slow", worker)
        await self.node.start_worker("echo", Echo())
        before = len(self.node.router.endpoints)
        await self.node.ask("echo", b"")
        await outcome(self.node.ask("nowhere", b""))
        await outcome(self.node.ask("slow", b"", 1))
        await self._leaves_nothing(before)
        for _ in range(MAILBOX_LIMIT):
            await self.node.send("slow", b"fills it")
        await outcome(self.node.ask("slow", b"", 1))
        await self._leaves_nothing(before)

    async def test_an_ask_that_is_cancelled_leaves_no_trace(self):
        worker = Gated()
        await self.node.start_worker("slow", worker)
        before = len(self.node.router.endpoints)
        for _ in range(MAILBOX_LIMIT + 3):  # the last ones wait for room
            with self.assertRaises(asyncio.TimeoutError):
                await asyncio.wait_for(self.node.ask("slow", b""), 0.001)
        await self._leaves_nothing(before)

    async def test_answers_after_the_first_are_dropped(self):
        class Twice(Worker):
            async def handle_message(self, context, message):
                await context.reply(message, b"one")
                await outcome(context.reply(message, b"two"))

        await self.node.start_worker("twice", Twice())
        self.assertEqual(await self.node.ask("twice", b""), b"one")


class Starting(NodeTest):
    async def test_a_worker_can_have_several_addresses(self):
        first = await self.node.start_worker(("a", "b", "0#c"), Echo())
        self.assertEqual(str(first), "0#a")
        for name in ("a", "b", "c"):
            self.assertEqual(await self.node.ask(name, b"hi"), b"hi")
        await self.node.stop_worker("b")
        self.assertEqual(self.node.workers(), [])

    async def test_an_address_in_use_leaves_nothing_behind(self):
        await self.node.start_worker("taken", Echo())
        for addresses in ("taken", ("new", "taken"), ("new", "new")):
            with self.assertRaises(AddressInUse):
                await self.node.start_worker(addresses, Echo())
        self.assertEqual([str(item) for item in self.node.workers()], ["0#taken"])

    async def test_what_is_no_local_address_is_refused(self):
        for at in ((), "", "1#127.0.0.1:4000", "a#b#c", ("a", "7#b")):
            with self.assertRaises(InvalidAddress):
                await self.node.start_worker(at, Echo())
        self.assertEqual(self.node.workers(), [])
        with self.assertRaises(InvalidAddress):
            await self.node.stop_worker("1#echo")

    async def test_a_worker_that_does_not_start_leaves_nothing_behind(self):
        class Broken(Echo):
            async def started(self, context):
                self.question = asyncio.create_task(outcome(context.node.ask("broken", b"early")))
                await until(lambda: context.node.router.endpoints[b"broken"]._queue)
                raise OSError("no sensor")

        worker = Broken()
        with self.assertRaisesRegex(OSError, "no sensor"):
            await self.node.start_worker("broken", worker)
        self.assertEqual(await worker.question, ("WorkerStopped", "the worker 'broken' was stopped"))
        self.assertEqual((self.node.workers(), len(self.node._ending)), ([], 0))

    async def test_messages_that_come_while_it_starts_wait(self):
        class Slow(Recorder):
            async def started(self, context):
                for payload in (b"1", b"2"):
                    await context.node.send(context.address, payload)
                self.payloads.append(b"started")

        worker = Slow()
        await self.node.start_worker("slow", worker)
        await until(lambda: len(worker.payloads) == 3)
        self.assertEqual(worker.payloads, [b"started", b"1", b"2"])

    async def test_a_worker_that_is_stopped_while_it_starts_does_not_come_to_life(self):
        class Undecided(Gated):
            async def started(self, context):
                self.here.set()
                await self.gate.wait()

        worker = Undecided()
        starting = asyncio.create_task(outcome(self.node.start_worker("w", worker)))
        await worker.here.wait()
        stopping = asyncio.create_task(self.node.stop_worker("w"))
        await asyncio.sleep(0)
        worker.gate.set()
        self.assertEqual((await starting)[0], "WorkerStopped")
        await stopping
        self.assertEqual((worker.stops, self.node.workers()), (1, []))

    async def test_services_are_the_workers_with_a_kind(self):
        await start_default(self.node)
        await self.node.start_worker("mine", Recorder(), OWNER)
        self.assertCountEqual(
            [(str(address), kind) for address, kind in self.node.services()],
            [("0#uppercase", "uppercase"), ("0#echo", "echo")],
        )


class Stopping(NodeTest):
    async def test_every_pending_ask_ends_and_the_message_in_work_may_end(self):
        worker = Gated()
        await self.node.start_worker("slow", worker)
        asking = asyncio.create_task(gather(*[self.node.ask("slow", b"%d" % number) for number in range(3)]))
        await until(lambda: len(self.node._replies) == 3)
        stopping = asyncio.create_task(self.node.stop_worker("slow"))
        text = "the worker 'slow' was stopped"
        self.assertEqual(await asking, [("WorkerStopped", text)] * 3)
        self.assertEqual(self.node.workers(), [])
        worker.gate.set()
        await stopping
        self.assertEqual((worker.payloads, worker.cancelled, worker.stops), ([b"0"], 0, 1))

    async def test_those_who_wait_for_room_are_told_too(self):
        worker = Gated()
        await self.node.start_worker("slow", worker)
        asks = [self.node.ask("slow", b"") for _ in range(MAILBOX_LIMIT + 4)]
        asking = asyncio.create_task(gather(*asks))
        await until(lambda: len(self.node._replies) == len(asks))
        worker.gate.set()
        self.node._begin_stop(self.node.router.endpoints[b"slow"])
        self.assertNotIn("", [name for name, _ in await asking])

    async def test_a_handler_that_does_not_end_is_cancelled_after_its_grace(self):
        grace(self, 20)
        worker = Gated()
        await self.node.start_worker("stuck", worker)
        await self.node.send("stuck", b"")
        await self.node.stop_worker("stuck")
        await until(lambda: worker.stops)
        self.assertEqual((worker.payloads, worker.cancelled, worker.stops), ([], 1, 1))
        self.assertEqual(len(self.node._ending), 0)

    async def test_the_address_is_free_at_once(self):
        worker = Gated()
        await self.node.start_worker("w", worker)
        await self.node.send("w", b"")
        stopping = asyncio.create_task(self.node.stop_worker("w"))
        await until(lambda: not self.node.workers())
        await self.node.start_worker("w", Echo())
        self.assertEqual(await self.node.ask("w", b"new"), b"new")
        worker.gate.set()
        await stopping
        self.assertEqual(await self.node.ask("w", b"new"), b"new")

    async def test_a_worker_can_stop_itself(self):
        async def leave(context, message):
            await context.node.stop_worker(context.address)
            return b"bye"

        await self.node.start_worker("w", Calling(leave))
        answer = await outcome(self.node.ask("w", b""))
        self.assertEqual(answer[0], "WorkerStopped")
        self.assertEqual((self.node.workers(), len(self.node._ending)), ([], 0))

    async def test_a_worker_that_is_not_there_cannot_be_stopped(self):
        with self.assertRaisesRegex(NoSuchAddress, "no worker at 'ghost'"):
            await self.node.stop_worker("ghost")

    async def test_an_error_while_stopping_is_logged_and_nothing_else(self):
        class Sticky(Echo):
            async def stopped(self, context):
                raise OSError("stuck")

        log = Lines()
        self.addCleanup(log.done)
        await self.node.start_worker("sticky", Sticky())
        await self.node.stop_worker("sticky")
        self.assertEqual(log.lines, ["ERROR worker '0#sticky': while stopping: OSError: stuck"])

    async def test_an_asker_on_another_node_is_told_of_a_message_that_waited(self):
        other = Node("n2")
        self.addAsyncCleanup(other.stop)
        near, _ = join(other, self.node)
        worker = Gated()
        await self.node.start_worker("slow", worker)
        await self.node.send("slow", b"")
        asking = asyncio.create_task(outcome(other.ask((near.address, "slow"), b"far")))
        await until(lambda: self.node.router.endpoints[b"slow"]._queue)
        worker.gate.set()
        await self.node.stop_worker("slow")
        self.assertEqual(await asking, ("RemoteError", "the worker 'slow' was stopped"))


class End(NodeTest):
    async def test_the_end_stops_every_worker_and_wakes_who_waits_for_it(self):
        workers = [Gated() for _ in range(3)]
        for number in range(3):
            await self.node.start_worker(("w%d" % number, "alias%d" % number), workers[number])
        waiting = asyncio.create_task(self.node.wait())
        await self.node.stop()
        self.assertEqual(await waiting, "")
        self.assertEqual([worker.stops for worker in workers], [1, 1, 1])
        self.assertEqual(self.node.workers(), [])

    async def test_a_reason_makes_it_a_failure(self):
        await self.node.stop("out of luck")
        self.assertEqual(await self.node.wait(), "out of luck")

    async def test_stopping_twice_waits_for_the_same_end(self):
        await asyncio.gather(self.node.stop(), self.node.stop("later"))
        self.assertEqual(await self.node.wait(), "")

    async def test_afterwards_nothing_can_be_sent_or_started(self):
        await self.node.start_worker("echo", Echo())
        await self.node.stop()
        for call in (
            self.node.send("echo", b""),
            self.node.ask("echo", b""),
            self.node.start_worker("new", Echo()),
        ):
            self.assertEqual((await outcome(call))[0], "NodeStopped")

    async def test_an_ask_without_a_deadline_in_sight_ends_with_the_node(self):
        other = Node("n2")
        self.addAsyncCleanup(other.stop)
        near, _ = join(self.node, other)
        await other.start_worker("mute", Recorder())
        asking = asyncio.create_task(outcome(self.node.ask((near.address, "mute"), b"")))
        await until(lambda: near.askers)
        await self.node.stop()
        self.assertEqual((await asking)[0], "ConnectionLost")

    async def test_a_worker_can_stop_the_node(self):
        class Last(Gated):
            async def handle_message(self, context, message):
                await context.node.stop("enough")
                self.payloads.append(b"after")

        worker = Last()
        await self.node.start_worker("last", worker)
        await self.node.send("last", b"")
        self.assertEqual(await self.node.wait(), "enough")
        await until(lambda: worker.stops)
        self.assertEqual((worker.payloads, worker.stops), ([b"after"], 1))

    async def test_a_stop_whose_caller_gives_up_still_stops(self):
        worker = Gated()
        await self.node.start_worker("stuck", worker)
        await self.node.send("stuck", b"")
        with self.assertRaises(asyncio.TimeoutError):
            await asyncio.wait_for(self.node.stop(), 0.001)
        self.assertEqual(await self.node.wait(), "")

    async def test_a_worker_that_hangs_while_stopping_holds_the_end_up_for_its_grace_only(self):
        grace(self, 20)

        class Sticky(Gated):
            async def stopped(self, context):
                await asyncio.Event().wait()

        await self.node.start_worker("sticky", Sticky())
        await self.node.stop()
        self.assertEqual(await self.node.wait(), "")

    async def test_a_worker_may_say_good_bye(self):
        class Polite(Echo):
            async def stopped(self, context):
                await context.send(self.to, b"bye")

        other = Node("n2")
        self.addAsyncCleanup(other.stop)
        near, _ = join(self.node, other)
        friend = Recorder()
        await other.start_worker("friend", friend)
        polite = Polite()
        polite.to = (near.address, "friend")
        await self.node.start_worker("polite", polite)
        await self.node.stop()
        await until(lambda: friend.payloads)
        self.assertEqual(friend.payloads, [b"bye"])

    async def test_a_background_task_that_fails_is_logged_by_name_and_the_end_cancels_the_others(self):
        log = Lines()
        self.addCleanup(log.done)
        ends = []

        async def fail():
            raise ValueError("oh")

        async def wait():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                ends.append("cancelled")
                raise

        self.node.spawn("failing", fail())
        self.node.spawn("waiting", wait())
        await until(lambda: log.lines)
        self.assertEqual([line.split("\n")[0] for line in log.lines], ["ERROR failing: ValueError: oh"])
        await self.node.stop()
        await until(lambda: ends)

    async def test_mailboxes_that_ended_refuse_by_an_error(self):
        await self.node.start_worker("w", Echo())
        mailbox = self.node.router.endpoints[b"w"]
        self.assertIsInstance(mailbox, Mailbox)
        await self.node.stop_worker("w")
        with self.assertRaises(WorkerStopped):
            mailbox.offer(None)
