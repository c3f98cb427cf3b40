"""Access tokens that need no table."""

from hypothesis import given
from hypothesis import strategies as st

from uockam_host.cloud.signin.person import Person, Tokens

ADA = Person("1", "ada@example.com", "Ada", is_admin=True)
TOKENS = Tokens("secret")


def test_a_token_names_its_person_to_every_process_with_the_secret() -> None:
    assert Tokens("secret").person(TOKENS.issue(ADA)) == ADA


def test_a_token_of_another_secret_names_nobody() -> None:
    assert TOKENS.person(Tokens("other").issue(ADA)) is None


def test_a_token_names_nobody_when_its_time_is_over() -> None:
    assert Tokens("secret", lifetime_s=-1).person(TOKENS.issue(ADA)) is None


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_a_token_with_one_changed_character_names_nobody(position: int, character: str) -> None:
    token = TOKENS.issue(ADA)
    position %= len(token) - 1  # the last one has bits that count for nothing
    changed = token[:position] + character + token[position + 1 :]
    assert changed == token or TOKENS.person(changed) is None


@given(st.text(max_size=6000))
def test_any_text_that_is_no_token_names_nobody(text: str) -> None:
    assert TOKENS.person(text) is None
