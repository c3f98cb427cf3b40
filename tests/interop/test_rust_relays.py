"""Relays between our core and Ockam's crates: a node that nobody can connect to, reached through one of the other."""

from collections.abc import Callable
from functools import cache

import pytest

from .driven import Driven

pytestmark = pytest.mark.interop

Pair = tuple[Driven, Driven]


@pytest.fixture(scope="session")
def forwarding(driven: Callable[..., Driven]) -> Callable[[str], Driven]:
    """The node of each kind that has a relay service."""

    @cache
    def find(kind: str) -> Driven:
        node = driven(kind, 3)
        node("relays")
        return node

    return find


@pytest.fixture
def relays(pair: Pair, forwarding: Callable[[str], Driven]) -> Driven:
    """A node of the second kind of the pair, with a relay service."""
    return forwarding(pair[1].kind)


def test_a_message_comes_through_the_relay(pair: Pair, relays: Driven, driven: Callable[..., Driven]) -> None:
    hidden, _ = pair
    alias = f"plain-{hidden.kind}"
    assert hidden.relay(hidden.to(relays), alias) == f"forward_to_{alias}"
    for kind in ("rust", "cpython"):
        asks = driven(kind, 2)
        there = f"{asks.to(relays)}=>forward_to_{alias}"
        assert asks.ask(f"{there}=>uppercase", "hello") == "HELLO"
        assert asks("repeat", 50, f"{there}=>echo") == "50"


def test_a_name_that_is_registered_again_leads_to_who_was_last(
    pair: Pair, relays: Driven, driven: Callable[..., Driven]
) -> None:
    hidden, _ = pair
    alias = f"again-{hidden.kind}"
    for _ in range(2):
        hidden.relay(hidden.to(relays), alias)
    asks = driven("rust", 2)
    assert asks.ask(f"{asks.to(relays)}=>forward_to_{alias}=>uppercase", "hello") == "HELLO"


def test_a_channel_goes_through_the_relay(pair: Pair, relays: Driven, driven: Callable[..., Driven]) -> None:
    hidden, _ = pair
    alias = f"sealed-{hidden.kind}-{relays.kind}"
    hidden("listen", alias)
    hidden.relay(hidden.to(relays), alias)
    for kind in ("rust", "cpython"):
        asks = driven(kind, 2)
        route = f"{asks.to(relays)}=>forward_to_{alias}=>{alias}"
        there = asks.channel(route, "identifier", hidden.identifier)
        assert asks.ask(f"{there}=>uppercase", "hello") == "HELLO"
