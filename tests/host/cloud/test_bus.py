"""The bus within one process."""

import asyncio

import pytest

from uockam.errors import ProtocolError
from uockam_host.cloud.bus import BusError, LocalBus


async def test_everybody_who_listens_hears_in_order_what_is_published():
    bus = LocalBus()
    heard: list[tuple[str, bytes]] = []

    def listener(name: str):
        async def hear(data: bytes) -> None:
            heard.append((name, data))

        return hear

    one = await bus.subscribe("a", listener("one"))
    await bus.subscribe("a", listener("two"))
    await bus.publish("a", b"1")
    await one.close()
    await one.close()
    await bus.publish("a", b"2")
    await bus.publish("b", b"3")
    assert heard == [("one", b"1"), ("two", b"1"), ("two", b"2")]


async def test_one_who_fails_keeps_nobody_from_hearing():
    bus, heard = LocalBus(), []

    async def fail(data: bytes) -> None:
        raise ProtocolError("not understood")

    async def hear(data: bytes) -> None:
        heard.append(data)

    await bus.subscribe("a", fail)
    await bus.subscribe("a", hear)
    await bus.publish("a", b"1")
    assert heard == [b"1"]


async def test_a_request_gets_the_first_answer_or_an_error():
    bus = LocalBus()

    async def silent(data: bytes) -> None:
        return None

    async def answer(data: bytes) -> bytes:
        return data.upper()

    async def hang(data: bytes) -> bytes:
        await asyncio.Event().wait()
        return b""

    await bus.subscribe("a", silent)
    with pytest.raises(BusError, match="nobody answers"):
        await bus.request("a", b"x", 1)
    await bus.subscribe("a", answer)
    assert await bus.request("a", b"x", 1) == b"X"
    await bus.subscribe("b", hang)
    with pytest.raises(BusError, match=r"within 0.01 s"):
        await bus.request("b", b"x", 0.01)


async def test_a_closed_bus_tells_nobody():
    bus, heard = LocalBus(), []

    async def hear(data: bytes) -> None:
        heard.append(data)

    await bus.subscribe("a", hear)
    await bus.close()
    await bus.publish("a", b"1")
    assert heard == []
