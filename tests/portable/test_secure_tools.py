"""uockam.secure.tools: what a board drops between handshakes, and has again when it is needed."""

import asyncio
import sys

from lib.channels import ChannelTest, Telling
from lib.nodes import until
from uockam.port import MICROPYTHON

OF_HANDSHAKES = ("crypto.curves", "crypto.hkdf", "secure.signed", "secure.identity", "secure.noise", "secure.proof")


def loaded():
    return [name for name in OF_HANDSHAKES if "uockam." + name in sys.modules]


class Tools(ChannelTest):
    async def asyncSetUp(self):
        await super().asyncSetUp()
        if MICROPYTHON:
            from uockam.secure import tools

            self.addCleanup(setattr, tools, "KEPT_MS", tools.KEPT_MS)
            tools.KEPT_MS = 1

    async def dropped(self):
        """Returns when nothing of handshakes is loaded, or at once where it stays."""
        if MICROPYTHON:
            await until(lambda: not loaded())

    async def test_a_channel_is_served_without_them_and_another_one_is_made(self):
        channel = await self.channel()
        await self.dropped()
        for _ in range(100):  # which takes more than one key
            self.assertEqual(await self.one.ask((channel.address, "echo"), b"x"), b"x")
        self.assertEqual(await self.one.ask(((await self.channel()).address, "echo"), b"x"), b"x")

    async def test_credentials_are_refreshed_and_a_channel_is_closed(self):
        channel = await self.channel()
        theirs = await self.theirs()
        await self.dropped()
        before = theirs.peer
        await self.one.secure.refresh(())
        await until(lambda: theirs.peer is not before)
        await self.dropped()
        channel.close()
        await until(lambda: not self.two.secure.all)

    if MICROPYTHON:  # a host keeps them

        async def test_they_stay_while_a_handshake_waits_for_the_other_side(self):
            await self.one.start_worker("silent", Telling())
            waiting = asyncio.create_task(self.one.secure.create("silent"))
            await until(lambda: self.one.secure.all)
            self.assertTrue(self.one.secure.holds_tools())
            waiting.cancel()
            await until(lambda: not self.one.secure.all)
            self.assertFalse(self.one.secure.holds_tools())
            await self.dropped()
