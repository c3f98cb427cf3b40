"""Credentials between our core and Ockam's crates: what one issues, the other verifies."""

import pytest

from .driven import Driven, Refused

pytestmark = pytest.mark.interop

Pair = tuple[Driven, Driven]


@pytest.fixture
def acquainted(pair: Pair) -> Pair:
    """An authority, and a member; each has the history of the other."""
    authority, member = pair
    assert authority("import", member("history")) == member.identifier
    assert member("import", authority("history")) == authority.identifier
    return pair


def test_a_credential_is_what_it_was_issued_as(acquainted: Pair) -> None:
    authority, member = acquainted
    issued = authority("issue", member.identifier, "ockam-relay=dev1", "location=here")
    assert member("verify", member.identifier, authority.identifier, issued) == "location=here ockam-relay=dev1"


def test_a_credential_of_somebody_else_is_refused(acquainted: Pair) -> None:
    authority, member = acquainted
    issued = authority("issue", member.identifier, "location=here")
    with pytest.raises(Refused):
        member("verify", authority.identifier, authority.identifier, issued)


def test_a_credential_of_another_authority_is_refused(acquainted: Pair) -> None:
    authority, member = acquainted
    issued = authority("issue", member.identifier, "location=here")
    with pytest.raises(Refused):
        member("verify", member.identifier, member.identifier, issued)


def test_a_credential_that_was_changed_is_refused(acquainted: Pair) -> None:
    authority, member = acquainted
    issued = authority("issue", member.identifier, "location=here")
    changed = issued.replace(b"here".hex(), b"afar".hex())
    assert changed != issued
    with pytest.raises(Refused):
        member("verify", member.identifier, authority.identifier, changed)
