"""Credentials between our core and Ockam's crates: what one issues, the other verifies."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest

from .conftest import PAIRS, unused_port
from .driven import Driven, Refused, start

pytestmark = pytest.mark.interop

Pair = tuple[Driven, Driven]
MANY = 2000  # messages, while a few signatures are verified


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


class Party:
    """A member, the authority that says what it is, both of one kind, and a node of the other kind that asks for it."""

    def __init__(self, authority: Driven, member: Driven, asks: Driven) -> None:
        self.authority, self.member, self.asks = authority, member, asks
        authority("import", member("history"))
        for node in (member, asks):
            node("import", authority("history"))
            node("trust", authority.identifier)
        self.show("location=here", "ockam-relay=dev1")
        asks("listen", "members")
        asks("relays")

    def show(self, *pairs: str) -> None:
        """Have the member show what the authority says of it from now on."""
        self.member("show", self.authority("issue", self.member.identifier, *pairs))

    def channel(self) -> str:
        """A new channel of the member's to who asks."""
        there = self.member.channel(f"{self.member.to(self.asks)}=>members", "identifier", self.asks.identifier)
        assert self.member.ask(f"{there}=>echo", "hello") == "hello"
        return there

    def proved(self) -> str:
        """What the member has proved of itself."""
        return self.asks("proved", self.member.identifier)


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def party(request: pytest.FixtureRequest) -> Iterator[Party]:
    """The three, the member of the first kind; they are for these tests alone, since they trust an authority."""
    kind, other = request.param
    with ExitStack() as stack:
        yield Party(*[stack.enter_context(closing(start(each, unused_port()))) for each in (kind, kind, other)])


def test_a_member_proves_in_a_channel_what_an_authority_says_of_it(party: Party) -> None:
    party.channel()
    assert party.proved() == "location=here ockam-relay=dev1"


def test_who_answers_proves_it_to_who_begins(party: Party) -> None:
    member, asks = party.member, party.asks
    member("listen", "member")
    there = asks.channel(f"{asks.to(member)}=>member")
    assert asks.ask(f"{there}=>echo", "hello") == "hello"
    assert party.proved() == "location=here ockam-relay=dev1"


def test_a_member_gets_the_relay_that_it_is_allowed_and_no_other(party: Party) -> None:
    there = party.channel()
    assert party.member.relay(there, "dev1") == "forward_to_dev1"
    with pytest.raises(Refused, match="timeout"):
        party.member.relay(there, "dev2", milliseconds=500)


def test_a_stranger_gets_no_relay(party: Party, driven: Callable[..., Driven]) -> None:
    stranger = driven("rust", 2)
    there = stranger.channel(f"{stranger.to(party.asks)}=>members")
    assert stranger.ask(f"{there}=>echo", "hello") == "hello"
    with pytest.raises(Refused, match="timeout"):
        stranger.relay(there, "dev1", milliseconds=500)


def test_a_later_credential_reaches_a_channel_that_is_there(party: Party) -> None:
    there = party.channel()
    former = party.proved()
    party.show("location=elsewhere")
    for _ in range(MANY):  # it is looked at beside what goes on
        assert party.member.ask(f"{there}=>echo", "hello") == "hello"
        if party.proved() != former:
            break
    assert party.proved() == "location=elsewhere"
