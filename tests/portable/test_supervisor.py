"""Supervisors: what is repaired, how often, and who is told when it does not help."""

from lib.nodes import Lines, Recorder, grace, outcome, until
from lib.unittest import TestCase
from uockam import Node, Supervisor, Worker
from uockam.errors import LimitError
from uockam.services.echo import Echo


class Frail(Worker):
    """Raises what the payload says, else answers with its own number."""

    made = 0
    broken = False

    def __init__(self):
        Frail.made += 1
        self.number = Frail.made
        self.calls = []

    async def started(self, context):
        if Frail.broken:
            raise OSError("no sensor")

    async def handle_message(self, context, message):
        if message.payload == b"bad":
            raise ValueError("oh")
        if message.payload == b"limit":
            raise LimitError("too much")
        await context.reply(message, b"%d" % self.number)


class SupervisorTest(TestCase):
    async def asyncSetUp(self):
        grace(self)
        self.node = Node()
        self.log = Lines()
        self.addCleanup(self.log.done)
        self.addAsyncCleanup(self.node.stop)
        Frail.made = 0
        Frail.broken = False

    async def fail(self, name, times=1):
        for _ in range(times):
            await outcome(self.node.ask(name, b"bad"))

    async def test_a_worker_that_raises_is_replaced_and_messages_that_wait_are_handled(self):
        await Supervisor(self.node).start_worker("frail", Frail)
        self.assertEqual(await self.node.ask("frail", b""), b"1")
        await self.fail("frail")
        self.assertEqual(await self.node.ask("frail", b""), b"2")

    async def test_an_error_of_ours_replaces_nobody(self):
        await Supervisor(self.node).start_worker("frail", Frail)
        await outcome(self.node.ask("frail", b"limit"))
        self.assertEqual(await self.node.ask("frail", b""), b"1")

    async def test_the_asker_learns_it_at_once(self):
        await Supervisor(self.node).start_worker("frail", Frail)
        self.assertEqual(await outcome(self.node.ask("frail", b"bad")), ("WorkerStopped", "the worker 'frail' failed"))

    async def test_more_failures_than_allowed_stop_the_node_with_the_reason(self):
        supervisor = Supervisor(self.node, None, 2)
        await supervisor.start_worker("frail", Frail)
        await self.fail("frail", 2)
        self.assertEqual(await self.node.ask("frail", b""), b"3")
        await self.fail("frail")
        self.assertEqual(await self.node.wait(), "the worker 'frail' failed too often: oh")
        self.assertEqual(self.node.workers(), [])

    async def test_failures_that_are_far_apart_do_not_add_up(self):
        supervisor = Supervisor(self.node, None, 1, 0)
        await supervisor.start_worker("frail", Frail)
        await self.fail("frail", 9)
        self.assertEqual(await self.node.ask("frail", b""), b"10")

    async def test_a_parent_starts_all_workers_of_a_child_anew(self):
        parent = Supervisor(self.node)
        child = Supervisor(self.node, parent, 0)
        await child.start_worker("frail", Frail)
        await child.start_worker("other", Frail)
        await parent.start_worker("elder", Frail)
        await self.fail("frail")
        await until(lambda: Frail.made == 5)
        await until(lambda: len(self.node.workers()) == 3)
        self.assertEqual(await self.node.ask("elder", b""), b"3")
        self.assertEqual(await self.node.ask("frail", b""), b"4")
        self.assertEqual(await self.node.ask("other", b""), b"5")

    async def test_a_parent_whose_children_fail_too_often_gives_up_as_well(self):
        parent = Supervisor(self.node, None, 1)
        child = Supervisor(self.node, parent, 0)
        await child.start_worker("frail", Frail)
        await self.fail("frail")
        await until(lambda: b"frail" in self.node.router.endpoints and Frail.made == 2)
        await self.fail("frail")
        self.assertEqual(await self.node.wait(), "the worker 'frail' failed too often: oh")

    async def test_a_worker_that_does_not_start_again_goes_the_same_way(self):
        await Supervisor(self.node).start_worker("frail", Frail)
        Frail.broken = True
        await self.fail("frail")
        self.assertEqual(await self.node.wait(), "the worker 'frail' does not start: no sensor")

    async def test_a_parent_that_cannot_start_them_anew_gives_up(self):
        child = Supervisor(self.node, Supervisor(self.node), 0)
        await child.start_worker("frail", Frail)
        Frail.broken = True
        await self.fail("frail")
        self.assertIn("no sensor", await self.node.wait())

    async def test_after_giving_up_it_handles_no_more_messages_and_counts_once(self):
        parent = Supervisor(self.node, None, 1)
        child = Supervisor(self.node, parent, 0)

        class Several(Frail):
            async def started(self, context):
                if self.number == 1:
                    for _ in range(3):
                        await context.node.send("frail", b"bad")

        await child.start_worker("frail", Several)
        await until(lambda: Frail.made == 2)
        self.assertEqual(await self.node.ask("frail", b""), b"2")

    async def test_a_worker_that_was_stopped_on_purpose_stays_so(self):
        child = Supervisor(self.node, Supervisor(self.node), 0)
        await child.start_worker("frail", Frail)
        await child.start_worker("other", Echo)
        await self.node.stop_worker("other")
        await self.fail("frail")
        await until(lambda: Frail.made == 2 and self.node.workers())
        self.assertEqual([str(item) for item in self.node.workers()], ["0#frail"])

    async def test_stopping_it_stops_its_workers_and_those_below_and_no_others(self):
        parent = Supervisor(self.node)
        child = Supervisor(self.node, parent)
        await parent.start_worker("a", Echo)
        await child.start_worker("b", Echo)
        await child.start_worker("c", Echo)
        await self.node.stop_worker("c")
        await self.node.start_worker("c", Recorder())
        await parent.stop()
        self.assertEqual([str(item) for item in self.node.workers()], ["0#c"])
