"""The firmware that was built here, on an emulated Pico behind a pseudo-terminal: from its box to traffic both ways."""

import asyncio
import time
from contextlib import suppress

import pytest

from uockam.errors import DeliveryError
from uockam_host.errors import HostError
from uockam_host.node import control
from uockam_host.node.info import NodeInfo

from .conftest import patiently, plugged_in, tool
from .emulated import FIRMWARE, FLASH_BYTES

HELLO = b"\x05hello"
WAIT_MS = 60_000  # the board is emulated, ten times slower than it is
FREE_BYTES = 150 * 1024  # of the heap, for the user's program
UF2_BLOCK, UF2_PAYLOAD = 512, 256

# Asks the host's counter to take numbers, one after another, each until it has been acknowledged.
COUNTING = """
import asyncio

async def main(node):
    number = 1
    while True:
        try:
            await node.ask(("host", "counter"), str(number).encode())
            number += 1
        except Exception:
            await asyncio.sleep_ms(20)
"""


@pytest.fixture
def nodes(home):
    """The library of the commands, on an empty home; every process that a test leaves is ended."""
    yield control
    assert control.reset().failures == []


async def test_a_pico_from_its_box_is_a_node_like_any_other(nodes, tmp_path):
    async with plugged_in(tmp_path) as rig:
        made: NodeInfo = await patiently(lambda: asyncio.to_thread(nodes.create_node, "p1", port=rig.pico.port))
        assert (made.kind, made.up) == ("serial", True)
        await asyncio.to_thread(_wait_for_identity, nodes)
        await asyncio.to_thread(_use, nodes)
        for words in (("exec", "print(6 * 7)"), ("resume", "exec", "print(6 * 7)")):
            assert (await tool("mpremote", "connect", rig.pico.port, *words)) == "42\n"
        (tmp_path / "note.txt").write_text("written by ampy")
        await tool("ampy", "-p", rig.pico.port, "put", str(tmp_path / "note.txt"))
        assert await tool("ampy", "-p", rig.pico.port, "get", "note.txt") == "written by ampy\n"
        listed = (await tool("ampy", "-p", rig.pico.port, "ls")).split()
        assert listed == ["/note.txt", "/uockam-vault", "/uockam.json"]
        await patiently(lambda: asyncio.to_thread(nodes.start_node, "p1"))
        assert await asyncio.to_thread(_ask, nodes, "uppercase") == b"\x05HELLO"


def _wait_for_identity(nodes):
    """While the board makes it, it is silent for longer, in the time of this computer, than a link bears."""
    while True:
        with suppress(HostError):
            if nodes.show_node("p1").identifier:
                return
        time.sleep(1)


def _ask(nodes, service, payload=HELLO, **options):
    return nodes.send_message(f"/node/p1/service/{service}", payload, timeout_ms=WAIT_MS, **options)


def _use(nodes):
    assert _ask(nodes, "uppercase") == b"\x05HELLO"
    nodes.start_hop("p1", "h1")
    assert {"echo", "uppercase", "h1", "_internal.nodemanager"} <= set(nodes.workers("p1"))
    assert _ask(nodes, "h1/service/echo") == HELLO
    nodes.create_node("n1")
    assert _ask(nodes, "uppercase", from_node="n1") == b"\x05HELLO"
    big = bytes(range(256)) * 8
    assert _ask(nodes, "echo", big) == big
    assert nodes.stop_node("p1").how == "asked"


async def test_the_heap_that_is_left_for_the_user_and_the_flash_are_within_the_budget(tmp_path):
    async with plugged_in(tmp_path) as rig:
        await rig.own()
        assert rig.board.details["free_bytes"] >= FREE_BYTES
    assert FIRMWARE.stat().st_size // UF2_BLOCK * UF2_PAYLOAD <= FLASH_BYTES


@pytest.mark.parametrize("hand", [["reset"], ["unplug", "plug"]], ids=" and ".join)
async def test_traffic_both_ways_goes_on_after_a_hand_was_at_the_board_and_its_settings_are_kept(hand, tmp_path):
    async with plugged_in(tmp_path) as rig:
        await rig.own()
        await rig.board.stop_node()
        await rig.release()
        await rig.configure(tmp_path, {"counting.py": COUNTING}, main="counting")
        await rig.own()
        asking = asyncio.create_task(_ask_on(rig))
        await _both_ways(rig, asking)
        for action in hand:
            await rig.pico.do(action)
        while rig.counter.numbers.count(1) == 1:  # until its program has begun anew
            await rig.counter.next_number()
        await rig.until(up=True)
        await _both_ways(rig, asking)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        _check_order(rig.counter.numbers)


async def _ask_on(rig):
    """Ask the board's echo service again and again, and check each answer; what fails meanwhile is asked anew."""
    while True:
        text = str(rig.answered)
        try:
            assert await rig.node.ask("echo", text, timeout_ms=WAIT_MS) == text
            rig.answered += 1
        except DeliveryError:
            await rig.until(up=True)


async def _both_ways(rig, asking, count=2):
    answered = rig.answered
    while rig.answered < answered + count:
        assert not asking.done(), asking.exception()
        await rig.counter.next_number()


def _check_order(numbers):
    """In each life of the board: from 1 on, in order; a number may come again whose acknowledgement was lost."""
    for before, after in zip([0, *numbers], numbers, strict=False):
        assert after in (before, before + 1, 1)
