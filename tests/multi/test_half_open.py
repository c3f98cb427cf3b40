"""A connection that is there for both ends, and carries nothing any more."""

import asyncio
import copy
from contextlib import suppress
from dataclasses import replace

import pytest

from uockam.services.relay_client import MISSED, PING_MS, RelayClient

from .gateways import Gateway, Scaled, until

pytestmark = pytest.mark.multi


class Cable:
    """Carries bytes to a gateway and back until it is told to `swallow` them; it closes nothing."""

    def __init__(self, gateway: Gateway) -> None:
        self._target = int(gateway.status.listen.rpartition(":")[2])
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.swallow = False

    async def open(self) -> int:
        """The port at which it begins."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """End everything."""
        self._server.close()
        for writer in self._writers:
            writer.close()
        await asyncio.gather(*self._tasks)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers += [writer, far_writer]
        loop = asyncio.get_running_loop()
        self._tasks += [loop.create_task(self._carry(*ends)) for ends in ((reader, far_writer), (far_reader, writer))]

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                if not self.swallow:
                    writer.write(data)
                    await writer.drain()


async def reasons(relay: RelayClient, heard: list[str]) -> None:
    """Note each reason why there is no relay."""
    while True:
        await relay.changed()
        heard.append(relay.reason)


async def test_a_device_whose_connection_carries_nothing_any_more_comes_back_by_another_gateway(
    three: list[Gateway], database: str
) -> None:
    assert (MISSED + 1) * PING_MS <= 30_000  # so long it takes at most; here pings come faster
    async with Scaled(three, database) as cloud:
        cable, behind = Cable(three[0]), copy.copy(three[0])
        behind.status = replace(behind.status, route=f"/dnsaddr/localhost/tcp/{await cable.open()}/service/api")
        cloud.gateways = [behind, *three[1:]]
        device = await cloud.device("dev1", first=1)
        await device.relay.wait_up()
        device.relay.close()
        heard: list[str] = []
        await device.keep_relay("dev1", first=0, ping_ms=PING_MS // 20)
        listening = asyncio.create_task(reasons(device.relay, heard))
        await device.relay.wait_up()
        peer = await cloud.peer(2)
        assert await peer.ask("dev1") == "HELLO"
        assert await cloud.gauges("relays") == [1, 0, 0]
        cable.swallow = True
        assert await until(lambda: peer.ask("dev1", timeout_ms=1000)) == "HELLO"
        assert "2 pings were not answered" in heard
        assert await until(lambda: cloud.gauges("relays"), lambda relays: relays == [0, 1, 0])
        listening.cancel()
        device.relay.close()
        await cable.close()
