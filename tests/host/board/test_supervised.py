"""A board's services are replaced when they fail, and take the node down when that does not help."""

from contextlib import suppress

import pytest

from uockam.errors import DeliveryError, RemoteError

from .conftest import cabled, config

# Told a number, it lets the LED's service raise so often what no service means to raise.
BREAKER = """
from device.services.led import Led
from uockam import Worker

class Breaker(Worker):
    async def handle_message(self, context, message):
        self.left = int(message.text)
        Led._do = self.broken
        await context.reply(message, "broken")

    def broken(self, message):
        self.left -= 1
        if not self.left:
            del Led._do
        raise KeyError("no LED")

async def main(node):
    await node.start_worker("breaker", Breaker())
"""
SETTINGS = config(main="app", services=["led"])
FOR_EVER = "-1"


async def test_a_service_that_raises_is_replaced_by_one_that_is_as_new(tmp_path):
    async with cabled(tmp_path, uockam_json=SETTINGS, app_py=BREAKER) as rig:
        await rig.up()
        ask = rig.node.ask
        assert [await ask("led", "on"), await ask("breaker", "1")] == ["on", "broken"]
        with pytest.raises(RemoteError, match="the worker 'led' failed"):
            await ask("led", "get")
        assert await ask("led", "get") == "off"


async def test_a_service_that_goes_on_raising_takes_the_node_down_and_the_reason_is_kept(tmp_path):
    async with cabled(tmp_path, uockam_json=SETTINGS, app_py=BREAKER) as rig:
        await rig.up()
        await rig.node.ask("breaker", FOR_EVER)
        while rig.board.up:
            with suppress(DeliveryError):
                await rig.node.ask("led", "get")
        await rig.until(True)
        assert rig.board.details["crash"] == "the worker 'led' failed too often: no LED"
        assert await rig.node.ask("led", "get") == "off"
