"""Links in memory: what is written on one end arrives at the other, however the knobs are set."""

import asyncio

from lib.nodes import until
from lib.unittest import TestCase
from uockam import Node
from uockam.transport.memory import pair


class End:
    """Stands in for a Connection."""

    def __init__(self):
        self.pieces = []
        self.reasons = []

    def received(self, data):
        self.pieces.append(data)

    def lost(self, reason):
        self.reasons.append(reason)


class MemoryTest(TestCase):
    async def asyncSetUp(self):
        self.node = Node()
        self.addAsyncCleanup(self.node.stop)

    def pair(self, piece=0):
        self.one, self.two = pair(self.node, self.node, piece)
        self.one.connection, self.two.connection = End(), End()
        return self.one, self.two.connection

    async def test_bytes_arrive_in_order_whole_or_in_pieces(self):
        for piece in (0, 1, 2, 3, 7, 100):
            link, end = self.pair(piece)
            link.write(b"hello ")
            link.write(b"world")
            await until(lambda end=end: len(b"".join(end.pieces)) == 11)
            self.assertEqual(b"".join(end.pieces), b"hello world")
            self.assertTrue(piece == 0 or max([len(item) for item in end.pieces]) <= piece)

    async def test_a_paused_end_gets_nothing_until_it_resumes(self):
        link, end = self.pair()
        self.two.pause()
        link.write(b"later")
        for _ in range(5):
            await asyncio.sleep(0)
        self.assertEqual(end.pieces, [])
        self.two.resume()
        await until(lambda: end.pieces == [b"later"])

    async def test_a_link_that_is_held_fills_up_and_drains(self):
        link, end = self.pair()
        link.hold()
        self.assertFalse(link.full())
        link.write(bytes(100_000))
        self.assertTrue(link.full())
        draining = asyncio.create_task(link.drained())
        await asyncio.sleep(0)
        self.assertFalse(draining.done())
        link.release()
        await draining
        self.assertEqual(sum([len(item) for item in end.pieces]), 100_000)

    async def test_the_end_is_told_once_to_both_after_what_was_written(self):
        link, end = self.pair()
        link.write(b"last words")
        link.close()
        link.close()
        await until(lambda: end.reasons)
        self.assertEqual(end.pieces, [b"last words"])
        self.assertEqual((end.reasons, link.connection.reasons), (["the peer closed it"], ["closed"]))

    async def test_the_end_wakes_who_waits_for_room(self):
        link, _ = self.pair()
        link.hold()
        link.write(bytes(100_000))
        draining = asyncio.create_task(link.drained())
        await asyncio.sleep(0)
        link.close()
        await draining
