"""The serial transport: links that come, go and come back over a line (docs/serial-link.md, section 7)."""

import asyncio

from lib.memory_line import memory_lines
from lib.unittest import TestCase
from uockam import Node
from uockam.errors import ConnectionLost
from uockam.flow import Flow
from uockam.services.echo import Echo
from uockam.tasks import Runner
from uockam.transport.arq import ENDED, FINISHED, RESTARTED
from uockam.transport.connection import Connection
from uockam.transport.segment import Limits
from uockam.transport.serial import Serial


class Recorder:
    """Stands where a Connection does, and notes what it is told."""

    def __init__(self, end, link):
        self.link = link
        self.data = b""
        self.reason = None
        self.answer = None
        self._end = end

    def open(self):
        pass

    def received(self, data):
        self.data += data
        if self.answer is not None:
            self.link.write(self.answer)
        self._end.happened()

    def lost(self, reason):
        self.reason = reason
        self._end.happened()


class End:
    """A Serial on a line, with everything that it reports."""

    def __init__(self, line, runner, connect=None):
        self.line = line
        self.runner = runner
        self.connections = []
        self.text = b""
        self.downs = []
        self._connect = connect or (lambda link: Recorder(self, link))
        self._event = asyncio.Event()
        runner.spawn("line", line.run())
        self.start()

    def start(self):
        """A fresh Serial, as after a restart of the program."""
        limits = Limits(payload=200, window=8, buffer=5000)
        self.serial = Serial(self.runner, self.line, self._on_up, self._on_text, self._on_down, limits)
        self.line.serial = self.serial
        self.serial.start()

    def _on_up(self, link):
        self.connections.append(self._connect(link))
        self.happened()
        return self.connections[-1]

    def _on_text(self, data):
        self.text += data
        self.happened()

    def _on_down(self, reason):
        self.downs.append(reason)
        self.happened()

    def happened(self):
        self._event.set()

    async def until(self, condition):
        while not condition():
            self._event.clear()
            await self._event.wait()

    @property
    def connection(self):
        return self.connections[-1]


class Links(TestCase):
    async def asyncSetUp(self):
        self.runner = Runner()
        self.lines = memory_lines()
        self.a, self.b = [End(line, self.runner) for line in self.lines]
        await self.both_up()

    async def asyncTearDown(self):
        self.runner.close()

    async def both_up(self):
        for end in (self.a, self.b):
            await end.until(lambda end=end: end.serial.up)

    async def test_what_is_written_arrives(self):
        self.a.connection.link.write(b"hello")
        await self.b.until(lambda: self.b.connection.data == b"hello")

    async def test_the_link_says_what_it_is(self):
        self.assertEqual((self.a.connection.link.kind, self.a.connection.link.peer), ("serial", "one"))

    async def test_a_message_and_its_answer_are_one_write_on_each_line(self):
        self.b.connection.answer = b"answer"
        before = [line.writes for line in self.lines]
        self.a.connection.link.write(b"question")
        await self.a.until(lambda: self.a.connection.data == b"answer")
        self.assertEqual([line.writes for line in self.lines], [count + 1 for count in before])

    async def test_text_between_frames_comes_out(self):
        self.lines[0].write(b">>> ")
        await self.b.until(lambda: self.b.text == b">>> ")

    async def test_a_lost_first_call_is_made_again_in_time(self):
        self.lines[0].deaf = True
        self.a.start()
        self.lines[0].deaf = False
        await self.b.until(lambda: self.b.downs == [RESTARTED] and self.b.serial.up)

    async def test_a_restart_of_the_other_side_ends_the_connection_and_makes_another(self):
        old = self.a.connection
        self.b.start()
        await self.a.until(lambda: len(self.a.connections) == 2)
        self.assertEqual(old.reason, RESTARTED)
        old.link.write(b"from a former life")
        self.a.connection.link.write(b"new")
        await self.b.until(lambda: self.b.connection.data != b"")
        self.assertEqual(self.b.connection.data, b"new")

    async def test_a_link_that_its_connection_closes_ends_on_both_sides_and_is_made_again(self):
        first = self.a.connection, self.b.connection
        self.a.connection.link.write(b"bye")
        self.a.connection.link.close()
        await self.a.until(lambda: self.a.downs == [FINISHED])
        await self.b.until(lambda: self.b.downs == [ENDED])
        self.assertEqual(first[1].data, b"bye")
        self.assertEqual((first[0].reason, first[1].reason), (FINISHED, ENDED))
        await self.both_up()

    async def test_a_serial_that_is_closed_says_farewell_and_releases_the_line(self):
        self.a.serial.close()
        self.assertTrue(self.lines[0].closed)
        self.assertEqual(self.a.connection.reason, FINISHED)
        await self.b.until(lambda: self.b.downs == [ENDED])
        self.a.serial.received(b"anything")
        self.assertEqual(self.a.text, b"")

    async def test_a_serial_that_is_closed_by_what_it_brings_brings_no_more(self):
        self.b.serial._on_text = lambda data: self.b.serial.close()
        self.lines[0].write(b"text")
        self.a.connection.link.write(b"data")
        await self.a.until(lambda: self.a.downs == [ENDED])
        self.assertEqual(self.b.connection.data, b"")

    async def test_a_line_that_goes_away_ends_the_link_with_its_reason_once(self):
        self.a.serial.lost("unplugged")
        self.a.serial.lost("unplugged again")
        self.assertEqual((self.a.connection.reason, self.a.downs), ("unplugged", ["unplugged"]))
        self.assertFalse(self.a.serial.up)

    async def test_a_paused_link_fills_up_and_a_resumed_one_delivers_all(self):
        self.b.connection.link.pause()
        link = self.a.connection.link
        written = 0
        while not link.full():
            link.write(b"x" * 1000)
            written += 1000
        self.b.connection.link.resume()
        await link.drained()
        await self.b.until(lambda: len(self.b.connection.data) == written)

    async def test_whoever_waits_for_room_is_woken_by_the_end(self):
        self.lines[0].stuck = True
        link = self.a.connection.link
        while not link.full():
            link.write(b"x" * 1000)
        waiting = asyncio.create_task(link.drained())
        await asyncio.sleep(0)
        self.a.serial.lost("unplugged")
        await waiting

    async def test_a_full_line_is_left_alone_until_it_has_room(self):
        self.lines[0].stuck = True
        before = self.lines[0].writes
        self.a.connection.link.write(b"later")
        await asyncio.sleep(0)
        self.assertEqual(self.lines[0].writes, before)
        self.lines[0].stuck = False
        self.a.serial.room()
        await self.b.until(lambda: self.b.connection.data == b"later")


class Nodes(TestCase):
    async def asyncSetUp(self):
        self.lines = memory_lines()
        self.nodes = [Node("one"), Node("two")]
        self.ends = [self.end(line, node) for line, node in zip(self.lines, self.nodes)]
        await self.nodes[1].start_worker("echo", Echo())
        for end in self.ends:
            await end.until(lambda end=end: end.serial.up)

    def end(self, line, node):
        return End(line, node.runner, lambda link: Connection(node, link, Flow(serves=True)))

    async def asyncTearDown(self):
        for node in self.nodes:
            await node.stop()

    async def ask(self, payload):
        return await self.nodes[0].ask((self.ends[0].connection.address, "echo"), payload)

    async def test_a_worker_answers_across_the_line(self):
        self.assertEqual(await self.ask(b"hello"), b"hello")

    async def test_a_message_of_many_frames_comes_back(self):
        payload = bytes(range(256)) * 20
        self.assertEqual(await self.ask(payload), payload)

    async def test_many_messages_at_once_come_back(self):
        answers = await asyncio.gather(*[self.ask(b"%d" % number) for number in range(30)])
        self.assertEqual(answers, [b"%d" % number for number in range(30)])

    async def test_an_ask_ends_at_once_when_the_line_goes_away(self):
        self.lines[0].deaf = True
        asking = asyncio.create_task(self.ask(b"hello"))
        await asyncio.sleep(0)
        self.ends[0].serial.lost("unplugged")
        with self.assertRaises(ConnectionLost) as caught:
            await asking
        self.assertIn("unplugged", str(caught.exception))
