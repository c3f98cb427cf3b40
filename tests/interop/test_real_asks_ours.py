"""The real command and a real node ask nodes of ours: a host's, and a board's through the listener of its host."""

import re

import pytest

from uockam import api

from .programs import Program

pytestmark = pytest.mark.interop

SHOWN = re.compile(r"With route \S+ or (\S+)")
TEXTS = ("", "hello", "two\nlines", "grüße 你好 🐍", "'\"\\", " blank first")
REQUEST = api.encode_request(1, api.GET, "node").hex()


def test_the_route_that_node_show_prints_leads_to_a_service(ockam: Program, uockam: Program, node: str) -> None:
    shown = SHOWN.search(uockam.ok(f"node show {node}"))
    assert shown is not None
    assert ockam.reply("hello", f"{shown[1]}/service/uppercase") == "HELLO"


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back_as_it_was(ockam: Program, uockam: Program, node: str, text: str) -> None:
    assert ockam.reply(text, f"{uockam.route(node)}/service/echo") == text


def test_letters_beyond_ascii_have_upper_case_on_a_host(ockam: Program, n1: str) -> None:
    assert ockam.reply("grüße", f"{n1}/service/uppercase") == "GRÜSSE"


def test_bytes_come_back_as_they_were(ockam: Program, uockam: Program, node: str) -> None:
    sent = bytes(range(256)).hex()
    assert ockam.reply(sent, f"{uockam.route(node)}/service/echo", "--hex") == sent


def test_bytes_are_the_payload_as_it_is(ockam: Program, uockam: Program, node: str) -> None:
    text, upper = b"\x05hello".hex(), b"\x05HELLO".hex()
    assert ockam.reply(text, f"{uockam.route(node)}/service/uppercase", "--hex") == upper


def test_64_kib_come_back(ockam: Program, n1: str) -> None:
    sent = "0123456789abcdef" * 4096
    assert ockam.reply(sent, f"{n1}/service/echo") == sent


def test_a_board_returns_as_much_as_it_takes(ockam: Program, v1: str) -> None:
    sent = "0123456789abcdef" * 500  # with its routes just below the 8 KiB of a board's message
    assert ockam.reply(sent, f"{v1}/service/echo") == sent


def test_a_hundred_messages_go_over_one_connection(ockam: Program, n1: str) -> None:
    through = ockam.connect("r1", n1)
    for number in range(100):
        assert ockam.reply(f"message {number}", f"{through}/service/echo", "--from", "r1") == f"message {number}"


def test_a_connection_of_a_real_node_leads_to_the_services(ockam: Program, uockam: Program, node: str) -> None:
    through = ockam.connect("r1", uockam.route(node))
    assert ockam.reply("hello", f"{through}/service/echo", "--from", "r1") == "hello"
    assert ockam.reply("hello", f"{through}/service/uppercase", "--from", "r1") == "HELLO"


def test_a_message_to_nobody_is_dropped_without_a_word(ockam: Program, uockam: Program, node: str) -> None:
    """Not asked for by r1, whose own command `--from r1` keeps its management busy for long after such a message."""
    ran = ockam.send("hello", f"{uockam.route(node)}/service/nobody", "--timeout", "500ms")
    assert ran.code == 70
    assert "timeout: 500ms" in ran.err


def test_peers_reach_the_management_of_a_real_node_and_never_that_of_ours(
    ockam: Program, uockam: Program, node: str, r1: str
) -> None:
    manager = "service/_internal.nodemanager"
    assert b"r1" in bytes.fromhex(ockam.reply(REQUEST, f"{r1}/{manager}", "--hex"))
    refused = ockam.send(REQUEST, f"{uockam.route(node)}/{manager}", "--hex", "--timeout", "500ms")
    assert refused.code == 70
    assert "timeout: 500ms" in refused.err
