"""An emulated Pico with MicroPython alone, from its box to an answer: the whole runtime onto its real file system."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest

from uockam import Node
from uockam.errors import DeliveryError
from uockam.flow import Flow
from uockam.transport.connection import OUTGOING, Connection
from uockam.transport.serial import Serial
from uockam_host.device import copier, install
from uockam_host.device.bundle import AUTO, COMPILED
from uockam_host.device.flasher import silent
from uockam_host.link.serial import open_port

from .emulated import PLAIN, EmulatedPico


async def test_a_pico_from_its_box_gets_the_runtime_and_says_hello(tmp_path):
    pico = EmulatedPico(tmp_path, PLAIN)
    await pico.start()
    try:
        wanted = install.Wanted({"name": "pico1"})
        done = await asyncio.to_thread(install.install, pico.port, copier.AUTO, AUTO, wanted, pytest.fail, silent)
        assert (done.machine, done.form) == ("Raspberry Pi Pico with RP2040", COMPILED)
        async with linked(pico.port) as (node, links):
            assert await answer(node, links) == "HELLO"
    finally:
        await pico.stop()


@asynccontextmanager
async def linked(port):
    """(a node, the links to the board as they come up): a board that is busy for long is never interrupted here."""
    node, links = Node("host"), asyncio.Queue()

    def on_up(link):
        connection = Connection(node, link, Flow(), OUTGOING)
        links.put_nowait(connection)
        return connection

    line = await open_port(port)
    line.receiver = serial = Serial(node.runner, line, on_up)
    serial.start()
    try:
        yield node, links
    finally:
        serial.close()
        await node.stop()
        line.close()


async def answer(node, links):
    """What the board makes of hello. While it makes its identity it may be silent for longer than a link bears."""
    connection = await links.get()
    while True:
        with suppress(DeliveryError):
            return await node.ask((connection.address, "uppercase"), "hello", timeout_ms=60_000)
        with suppress(asyncio.TimeoutError):
            connection = await asyncio.wait_for(links.get(), 5)
