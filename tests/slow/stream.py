"""A stream of numbered messages between the two sides of a link, and the record of it; the same on either side.

A message is (life, number) and some bytes that depend on the number. `life` is the sender's count of links. On a new
link it goes on after the last number that was acknowledged. Both sides write down what they know before they say so.

    sent      u32 each: the numbers that were acknowledged, in that order
    lives     u32 each: the lives that were begun
    received  u32, u32 each: life and number of each message that came
"""

import asyncio
import struct

from uockam import Worker
from uockam.errors import Error

WINDOW = 40  # messages that wait for an acknowledgement
WRONG = 0xFFFFFFFF  # a life, for a message that is not as it was sent
_LOOK_S = 0.05  # how often it is looked whether the link is another one
_PATTERN = bytes(range(32))


def fill(number):
    """What follows after life and number."""
    return _PATTERN[: number % 32]


class Receiver(Worker):
    """Writes down what comes, then acknowledges it."""

    def __init__(self, folder):
        self._file = open(folder + "/received", "ab", 0)  # noqa: SIM115

    async def handle_message(self, context, message):
        life, number = struct.unpack(">II", message.payload[:8])
        right = message.payload[8:] == fill(number)
        self._file.write(struct.pack(">II", life if right else WRONG, number))
        try:
            await context.reply(message, struct.pack(">I", number))
        except Error:
            return  # the link is gone, and the message will come again


class Sender(Worker):
    """Sends the numbers 0 to count - 1 along a route. link: returns what is another object for each link, or None."""

    def __init__(self, folder, route, count, link):
        self._folder = folder
        self._route = route
        self._count = count
        self._link = link
        self._now = None
        self._life = len(_content(folder + "/lives")) // 4
        self.acknowledged = self._next = len(_content(folder + "/sent")) // 4
        self._file = open(folder + "/sent", "ab", 0)  # noqa: SIM115
        self._filling = False

    async def run(self, context):
        """Look after the link until all are acknowledged."""
        while self.acknowledged < self._count:
            link = self._link()
            if link is not self._now:
                self._begin(link)
            await self._fill(context)
            await asyncio.sleep(_LOOK_S)

    async def started(self, context):
        context.node.spawn("stream", self.run(context))

    async def handle_message(self, context, message):
        (number,) = struct.unpack(">I", message.payload)
        if number == self.acknowledged:
            self._file.write(message.payload)
            self.acknowledged += 1
            self._next = max(self._next, self.acknowledged)
            await self._fill(context)

    def _begin(self, link):
        self._now = link
        if link is not None:
            self._life += 1
            self._next = self.acknowledged
            with open(self._folder + "/lives", "ab", 0) as file:
                file.write(struct.pack(">I", self._life))

    async def _fill(self, context):
        """One at a time, so that nothing overtakes."""
        if self._filling:
            return
        self._filling = True
        try:
            while self._next < min(self.acknowledged + WINDOW, self._count) and self._link() is self._now is not None:
                number = self._next
                self._next += 1
                await context.send(self._route, struct.pack(">II", self._life, number) + fill(number))
        except Error:
            pass  # the link is gone
        finally:
            self._filling = False


def _content(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""
