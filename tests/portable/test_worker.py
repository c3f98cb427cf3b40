"""Workers and their context: replying, passing on, sending and asking."""

from lib.nodes import Calling, Recorder, outcome
from lib.unittest import TestCase
from uockam import Node, Worker
from uockam.message import Message
from uockam.route import route
from uockam.services.echo import Echo


class ContextTest(TestCase):
    async def asyncSetUp(self):
        self.node = Node("n1")
        self.addAsyncCleanup(self.node.stop)
        self.recorder = Recorder()
        await self.node.start_worker("recorder", self.recorder)

    async def test_a_worker_knows_its_node_and_address(self):
        async def tell(context, message):
            return ("%s %s" % (context.node.name, context.address)).encode()

        await self.node.start_worker(("me", "alias"), Calling(tell))
        self.assertEqual(await self.node.ask("alias", b""), b"n1 0#me")

    async def test_the_life_of_a_worker_goes_from_started_to_stopped(self):
        steps = []

        class Life(Echo):
            async def started(self, context):
                steps.append("started")

            async def handle_message(self, context, message):
                steps.append("message")

            async def stopped(self, context):
                steps.append("stopped")

        await self.node.start_worker("life", Life())
        await self.node.send("life", b"")
        await self.node.stop_worker("life")
        self.assertEqual(steps, ["started", "message", "stopped"])

    async def test_what_it_sends_can_be_answered_to_it(self):
        class Curious(Recorder):
            async def handle_message(self, context, message):
                await super().handle_message(context, message)
                if message.payload == b"go":
                    await context.send("echo", b"question")

        await self.node.start_worker("echo", Echo())
        curious = Curious()
        await self.node.start_worker("curious", curious)
        await self.node.send("curious", b"go")
        self.assertEqual(curious.payloads, [b"go", b"question"])
        self.assertEqual(curious.messages[1].return_route, route("echo"))

    async def test_a_message_without_a_way_back_cannot_be_answered(self):
        class Answering(Worker):
            async def handle_message(self, context, message):
                self.error = await outcome(context.reply(message, b""))

        worker = Answering()
        await self.node.start_worker("w", worker)
        await self.node.send("w", b"")
        self.assertEqual(worker.error[0], "NoSuchAddress")

    async def test_what_it_passes_on_keeps_routes_payload_and_tracing(self):
        class Passing(Worker):
            async def handle_message(self, context, message):
                await context.forward(message.step_forward(context.address))

        await self.node.start_worker("passing", Passing())
        await self.node.deliver(Message(route("passing", "recorder", "x"), route("back"), b"p", "{}", None))
        (message,) = self.recorder.messages
        self.assertEqual(message, Message(route("recorder", "x"), route("passing", "back"), b"p", "{}", None))

    async def test_text_is_answered_as_a_bare_string(self):
        class Texting(Worker):
            async def handle_message(self, context, message):
                await context.reply(message, "\u00e9t\u00e9")

        await self.node.start_worker("w", Texting())
        self.assertEqual(await self.node.ask("w", b""), b"\x05\xc3\xa9t\xc3\xa9")
        self.assertEqual(await self.node.ask("w", ""), "\u00e9t\u00e9")
