"""A board on a network, and a worker there, meet a real node; the network of the virtual board is this computer's."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from .programs import Program

pytestmark = pytest.mark.interop

COURIER = Path(__file__).parent / "peers" / "courier.py"


@pytest.fixture
def board(uockam: Program, free_port: int) -> Iterator[str]:
    """The route to the board of the node v2 past its host; it has a program of its own."""
    uockam.ok("node create v2 --board virtual")
    uockam.ok("node stop v2")
    flash = uockam.home / "boards" / "v2" / "flash"
    shutil.copy(COURIER, flash)
    (flash / "uockam.json").write_text(json.dumps({"listen": f"127.0.0.1:{free_port}", "main": "courier"}))
    uockam.ok("node start v2")
    yield f"/dnsaddr/localhost/tcp/{free_port}"
    uockam.ok("node delete v2")


def test_the_real_command_reaches_the_board_itself(ockam: Program, board: str) -> None:
    assert ockam.reply("hello", f"{board}/service/uppercase") == "HELLO"
    assert ockam.reply("grüße 你好", f"{board}/service/echo") == "grüße 你好"
    through = ockam.connect("r1", board)
    assert ockam.reply("hello", f"{through}/service/echo", "--from", "r1") == "hello"


def test_a_worker_on_the_board_asks_a_real_node_over_its_own_network(uockam: Program, board: str, r1: str) -> None:
    assert uockam.reply(f"{r1}/service/uppercase", "/node/v2/service/courier") == "HELLO"


def test_a_worker_on_the_board_asks_a_real_node_by_way_of_its_host(uockam: Program, board: str, r1: str) -> None:
    through = uockam.connect("v2", r1)
    assert uockam.reply(f"/worker/host{through}/service/uppercase", "/node/v2/service/courier") == "HELLO"


def test_the_real_command_sends_a_worker_on_the_board_to_its_node(ockam: Program, board: str, r1: str) -> None:
    assert ockam.reply(f"{r1}/service/uppercase", f"{board}/service/courier") == "HELLO"
