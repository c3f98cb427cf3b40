"""Secure channels between our core and Ockam's crates, in both roles."""

from collections.abc import Callable
from contextlib import closing

import pytest

from .driven import Driven, Refused, start

pytestmark = pytest.mark.interop

HOPS = (
    ("rust", "cpython", "rust"),
    ("rust", "micropython", "rust"),
    ("cpython", "rust", "micropython"),
    ("micropython", "rust", "cpython"),
)
LONG = {"rust": 60_000, "cpython": 60_000, "micropython": 7_000}  # a board takes 8 KiB, with everything around it
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
    with pytest.raises(Refused, match=r"timeout|no answer|not trusted|no worker"):
        there = begins.channel(api)  # open, until our node is told by another of ours that it is not
        begins.ask(f"{there}=>uppercase", "hello", milliseconds=500)
    assert answers.channels() == before


def test_a_thousand_messages_each_way_go_through_one_channel(pair: Pair, api: str) -> None:
    begins, answers = pair
    before = answers.channels()
    listen(answers, api)
    there = begins.channel(api)
    assert begins("repeat", 500, f"{there}=>echo") == "500"
    assert answers("repeat", 500, f"{other_end(answers, before)}=>echo") == "500"


def test_messages_that_are_under_way_at_once_keep_apart(pair: Pair, api: str) -> None:
    begins, answers = pair
    listen(answers, api)
    there = begins.channel(api)
    assert begins("together", 100, f"{there}=>echo") == "100"


def test_a_long_message_goes_through(pair: Pair, api: str) -> None:
    begins, answers = pair
    listen(answers, api)
    there = begins.channel(api)
    text = "x" * min(LONG[node.kind] for node in pair)
    assert begins.ask(f"{there}=>echo", text) == text


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


@pytest.mark.parametrize("kind", ["cpython", "micropython"])
def test_a_channel_of_theirs_goes_on_over_another_connection(driven: Callable[..., Driven], kind: str) -> None:
    begins, answers = driven("rust"), driven(kind)
    answers("listen", "mobile")
    former = begins("connect", answers.at)
    there = begins.channel(f"{former}=>mobile")
    assert begins.ask(f"{there}=>echo", "hello") == "hello"
    begins("disconnect", former)
    begins("reroute", there, begins.to(answers))
    assert begins("repeat", 10, f"{there}=>echo") == "10"


@pytest.mark.parametrize("kind", ["cpython", "micropython"])
def test_a_channel_of_ours_is_lost_with_its_connection(driven: Callable[..., Driven], kind: str) -> None:
    begins = driven(kind)
    with closing(start("rust", 0)) as answers:
        answers("listen", "api")
        there = begins.channel(f"{begins.to(answers)}=>api")
        assert begins.ask(f"{there}=>echo", "hello") == "hello"
    begins("gone", there)
    with pytest.raises(Refused):
        begins.ask(f"{there}=>echo", "hello")
