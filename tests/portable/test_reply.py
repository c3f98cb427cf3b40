"""The one-shot address of an ask: one end, whichever comes first."""

import asyncio

from lib.unittest import TestCase
from uockam.errors import ConnectionLost, ReplyTimeout
from uockam.message import Message
from uockam.reply import Reply


def answer(payload):
    return Message((), (), payload, None, None)


class Ending(TestCase):
    async def test_the_first_answer_counts(self):
        reply = Reply()
        for payload in (b"one", b"two"):
            self.assertTrue(reply.offer(answer(payload)))
        reply.fail(ReplyTimeout("late"))
        self.assertEqual((reply.message.payload, reply.error), (b"one", None))

    async def test_the_first_error_counts(self):
        reply = Reply()
        error = ConnectionLost("gone")
        reply.fail(error)
        reply.fail(ReplyTimeout("late"))
        reply.offer(answer(b"late"))
        self.assertEqual((reply.message, reply.error), (None, error))

    async def test_either_wakes_who_waits(self):
        for end in (lambda reply: reply.offer(answer(b"")), lambda reply: reply.fail(ConnectionLost("gone"))):
            reply = Reply()
            waiting = asyncio.create_task(reply.wait())
            await asyncio.sleep(0)
            self.assertFalse(waiting.done())
            end(reply)
            await waiting
            await reply.wait()
            self.assertTrue(reply.done())

    async def test_what_asked_nobody_lets_go_of_nobody(self):
        Reply().let_go()
