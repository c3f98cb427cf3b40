"""Secure channels between our core and Ockam's crates, in both roles."""

from collections.abc import Callable

import pytest

from .driven import Driven, Refused

pytestmark = pytest.mark.interop

HOPS = (
    ("rust", "cpython", "rust"),
    ("rust", "micropython", "rust"),
    ("cpython", "rust", "micropython"),
    ("micropython", "rust", "cpython"),
)
Pair = tuple[Driven, Driven]


@pytest.fixture
def api(request: pytest.FixtureRequest, pair: Pair) -> str:
    """The route from the first to the address of a listener at the second, which each test may start as it needs it."""
    begins, answers = pair
    return f"{begins.to(answers)}=>api-{request.node.name}"


def listen(node: Driven, route: str, *terms: str) -> None:
    """Start the listener at the end of this route."""
    node("listen", route.rpartition("=>")[2], *terms)


def other_end(node: Driven, before: dict[str, str]) -> str:
    """The first hop of routes through the one channel that came to be since then."""
    (encryptor,) = node.channels().keys() - before.keys()
    return encryptor


def test_both_sides_know_each_other_and_are_answered(pair: Pair, api: str) -> None:
    begins, answers = pair
    before = answers.channels()
    listen(answers, api)
    there = begins.channel(api)
    assert begins.ask(f"{there}=>uppercase", "hello") == "HELLO"
    assert begins.ask(f"{there}=>who", "hello") == begins.identifier
    assert begins.channels()[there] == answers.identifier
    back = other_end(answers, before)
    assert answers.ask(f"{back}=>uppercase", "hello") == "HELLO"
    assert answers.ask(f"{back}=>who", "hello") == answers.identifier
    assert answers.channels()[back] == begins.identifier


def test_the_right_identifiers_are_accepted_on_both_sides(pair: Pair, api: str) -> None:
    begins, answers = pair
    listen(answers, api, "identifier", answers.identifier, "identifier", begins.identifier)
    there = begins.channel(api, "identifier", answers.identifier)
    assert begins.ask(f"{there}=>uppercase", "hello") == "HELLO"


def test_who_begins_refuses_another_identifier(pair: Pair, api: str) -> None:
    begins, answers = pair
    listen(answers, api)
    before = begins.channels()
    with pytest.raises(Refused, match=r"not trusted|timeout"):  # a Rust node says no more than that
        begins("channel", api, "identifier", begins.identifier, "within", 500)
    assert begins.channels() == before


def test_who_answers_refuses_another_identifier(pair: Pair, api: str) -> None:
    begins, answers = pair
    before = answers.channels()
    listen(answers, api, "identifier", answers.identifier)
    with pytest.raises(Refused, match=r"timeout|no answer"):  # who begins is not told, and takes the channel for open
        there = begins.channel(api)
        begins.ask(f"{there}=>uppercase", "hello", milliseconds=500)
    assert answers.channels() == before


def test_a_thousand_messages_each_way_go_through_one_channel(pair: Pair, api: str) -> None:
    begins, answers = pair
    before = answers.channels()
    listen(answers, api)
    there = begins.channel(api)
    assert begins("repeat", 500, f"{there}=>echo") == "500"
    assert answers("repeat", 500, f"{other_end(answers, before)}=>echo") == "500"


def test_who_answers_is_told_of_the_end(pair: Pair, api: str) -> None:
    begins, answers = pair
    before = answers.channels()
    listen(answers, api)
    there = begins.channel(api)
    assert begins.ask(f"{there}=>echo", "hello") == "hello"
    back = other_end(answers, before)
    begins("close", there)
    begins("gone", there)
    answers("gone", back)


def test_who_began_is_told_of_the_end(pair: Pair, api: str) -> None:
    begins, answers = pair
    before = answers.channels()
    listen(answers, api)
    there = begins.channel(api)
    assert begins.ask(f"{there}=>echo", "hello") == "hello"
    answers("close", other_end(answers, before))
    begins("gone", there)


def test_a_channel_goes_through_a_channel(pair: Pair, api: str) -> None:
    begins, answers = pair
    listen(answers, api)
    outer = begins.channel(api)
    inner = begins.channel(f"{outer}=>{api.rpartition('=>')[2]}", "identifier", answers.identifier)
    assert begins.ask(f"{inner}=>uppercase", "hello") == "HELLO"


@pytest.mark.parametrize("kinds", HOPS, ids="-".join)
def test_a_channel_goes_through_a_hop_of_the_other_kind(driven: Callable[..., Driven], kinds: tuple[str, ...]) -> None:
    begins, between, answers = driven(kinds[0]), driven(kinds[1]), driven(kinds[2], 2)
    onward = between.to(answers)
    answers("listen", "-".join(kinds))
    route = f"{begins.to(between)}=>hop=>{onward}=>{'-'.join(kinds)}"
    there = begins.channel(route, "identifier", answers.identifier)
    assert begins.ask(f"{there}=>uppercase", "hello") == "HELLO"
    assert begins.ask(f"{there}=>who", "hello") == begins.identifier
