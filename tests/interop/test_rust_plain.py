"""Plain TCP between our core and Ockam's crates."""

from collections.abc import Callable

import pytest

from .driven import Driven

pytestmark = pytest.mark.interop

HOPS = (("rust", "cpython", "rust"), ("cpython", "rust", "micropython"), ("rust", "micropython", "cpython"))


def test_services_answer(pair: tuple[Driven, Driven]) -> None:
    begins, answers = pair
    peer = begins.to(answers)
    assert begins.ask(f"{peer}=>uppercase", "hello") == "HELLO"
    assert begins.ask(f"{peer}=>echo", "grüße-你好") == "grüße-你好"
    assert begins("repeat", 100, f"{peer}=>echo") == "100"


def test_nobody_is_known_without_a_channel(pair: tuple[Driven, Driven]) -> None:
    begins, answers = pair
    peer = begins.to(answers)
    assert begins.ask(f"{peer}=>who", "hello") == ""


@pytest.mark.parametrize("kinds", HOPS, ids="-".join)
def test_a_message_goes_through_a_hop_of_the_other_kind(driven: Callable[..., Driven], kinds: tuple[str, ...]) -> None:
    begins, between, answers = driven(kinds[0]), driven(kinds[1]), driven(kinds[2], 2)
    onward = between.to(answers)
    route = f"{begins.to(between)}=>hop=>{onward}"
    assert begins.ask(f"{route}=>uppercase", "hello") == "HELLO"
    assert begins("repeat", 50, f"{route}=>echo") == "50"
