"""Our command and our nodes ask a real node."""

import pytest

from .programs import Program

pytestmark = pytest.mark.interop

TEXTS = ("", "hello", "two\nlines\n", "grüße 你好 🐍", "'\"\\", " blanks around ")
SENDERS = ((), ("--from", "n1"), ("--from", "v1"))


@pytest.fixture(params=SENDERS, ids=lambda words: "".join(words[1:]) or "command")
def sender(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """Who sends: the command by itself, or one of our nodes."""
    found: tuple[str, ...] = request.param
    return found


def test_the_route_that_node_show_prints_leads_to_the_services(
    uockam: Program, r1: str, sender: tuple[str, ...]
) -> None:
    assert uockam.reply("hello", f"{r1}/service/uppercase", *sender) == "HELLO"
    assert uockam.reply("hello", f"{r1}/service/echo", *sender) == "hello"


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back_as_it_was(uockam: Program, r1: str, text: str) -> None:
    assert uockam.reply(text, f"{r1}/service/echo") == text


def test_letters_beyond_ascii_have_upper_case(uockam: Program, r1: str, sender: tuple[str, ...]) -> None:
    assert uockam.reply("grüße", f"{r1}/service/uppercase", *sender) == "GRÜSSE"


def test_bytes_come_back_as_they_were(uockam: Program, r1: str, sender: tuple[str, ...]) -> None:
    sent = bytes(range(256)).hex()
    assert uockam.reply(sent, f"{r1}/service/echo", "--hex", *sender) == sent


def test_bytes_are_the_payload_as_it_is(uockam: Program, r1: str, sender: tuple[str, ...]) -> None:
    assert uockam.reply(b"\x05hello".hex(), f"{r1}/service/uppercase", "--hex", *sender) == b"\x05HELLO".hex()


def test_64_kib_come_back(uockam: Program, r1: str, sender: tuple[str, ...]) -> None:
    sent = "0123456789abcdef" * 4096
    assert uockam.reply(sent, f"{r1}/service/echo", *sender) == sent


def test_a_message_to_nobody_ends_with_the_time_allowed_and_the_reason(
    uockam: Program, r1: str, sender: tuple[str, ...]
) -> None:
    ran = uockam.send("hello", f"{r1}/service/nobody", "--timeout", "300ms", *sender)
    assert (ran.code, ran.out) == (70, "")
    assert "300 ms" in ran.err
    assert "nobody" in ran.err


def test_nobody_listening_is_said_at_once(uockam: Program, free_port: int, sender: tuple[str, ...]) -> None:
    ran = uockam.send("hello", f"/dnsaddr/localhost/tcp/{free_port}/service/echo", *sender)
    assert (ran.code, ran.out) == (70, "")
    assert f"Connection refused by localhost:{free_port}" in ran.err
