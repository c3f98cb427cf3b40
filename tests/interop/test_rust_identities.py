"""Histories of identities, told between our core and Ockam's crates."""

import pytest

from .driven import Driven, Refused

pytestmark = pytest.mark.interop

Pair = tuple[Driven, Driven]


def test_a_history_names_the_same_identity_to_both(pair: Pair) -> None:
    tells, learns = pair
    assert learns("import", tells("history")) == tells.identifier


def test_a_new_key_leaves_the_name_and_makes_the_former_history_too_old(pair: Pair) -> None:
    tells, learns = pair
    former = tells("history")
    tells("rotate")
    assert learns("import", tells("history")) == tells.identifier
    with pytest.raises(Refused):
        learns("import", former)
    assert learns("import", tells("history")) == tells.identifier


def test_a_history_that_was_changed_is_refused(pair: Pair) -> None:
    tells, learns = pair
    history = tells("history")
    with pytest.raises(Refused):
        learns("import", history[:-2] + ("00" if history[-2:] != "00" else "01"))
