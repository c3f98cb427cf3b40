"""The services echo, uppercase and hop (wire.md 5.1)."""

from lib.nodes import Lines, Recorder, outcome
from lib.unittest import TestCase
from uockam import Node
from uockam.message import Message
from uockam.port import MICROPYTHON
from uockam.route import MAX_HOPS, route
from uockam.services import start_default
from uockam.services.hop import Hop


class Services(TestCase):
    async def asyncSetUp(self):
        self.node = Node("n1")
        self.log = Lines()
        self.addCleanup(self.log.done)
        self.addAsyncCleanup(self.node.stop)
        await start_default(self.node)
        await self.node.start_worker("hop", Hop(), None, "hop")

    async def test_echo_gives_back_each_payload_byte_for_byte(self):
        for payload in (b"", b"\x00", b"\xff" * 3, bytes(range(256)) * 20):
            self.assertEqual(await self.node.ask("echo", payload), payload)

    async def test_uppercase_answers_text_with_its_upper_case(self):
        for text, answer in (("", ""), ("hello 1", "HELLO 1"), ("x" * 300, "X" * 300)):
            self.assertEqual(await self.node.ask("uppercase", text), answer)
        if not MICROPYTHON:  # whose upper() knows ASCII only
            self.assertEqual(await self.node.ask("uppercase", "stra\u00dfe \u00e9"), "STRASSE \u00c9")

    async def test_uppercase_tells_who_sends_something_else(self):
        for payload in (b"", b"\x05abc", b"\x02\xff\xfe"):
            name, text = await outcome(self.node.ask("uppercase", payload))
            self.assertEqual(name, "WorkerStopped")
            self.assertIn("'uppercase' failed: ", text)
        self.assertEqual(await self.node.ask("uppercase", "still here"), "STILL HERE")

    async def test_hop_passes_on_with_itself_on_the_way_back(self):
        recorder = Recorder()
        await self.node.start_worker("recorder", recorder)
        await self.node.deliver(Message(route("hop", "recorder", "x"), route("C"), b"p", None, None))
        (message,) = recorder.messages
        self.assertEqual(message, Message(route("recorder", "x"), route("hop", "C"), b"p", None, None))

    async def test_many_hops_lead_there_and_back(self):
        self.assertEqual(await self.node.ask(("hop",) * 20 + ("echo",), b"x"), b"x")

    async def test_a_hop_at_the_end_of_a_route_is_an_error(self):
        self.assertEqual((await outcome(self.node.ask("hop", b"")))[0], "NoSuchAddress")
        self.assertEqual((await outcome(self.node.ask(("hop",) * MAX_HOPS, b"")))[0], "RemoteError")
