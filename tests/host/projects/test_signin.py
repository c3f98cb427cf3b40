"""Signing in from a terminal: at our own site, and at sites that behave badly."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uockam_host.errors import InvalidArgument
from uockam_host.projects import signin
from uockam_host.projects.signin import Login, SignInError

from ...lib.browser import Browser
from ...lib.scripted import Scripted
from ..cloud.signin.conftest import PASSWORD, Site, serving


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with serving(tmp_path / "signin.sqlite3") as one:
        yield one


def answer(login: Login, button: str = "Allow") -> Callable[[float], object]:
    """A person who answers while the machine sleeps for the first time."""
    sleeps: list[float] = []

    def sleep(seconds: float) -> None:
        sleeps.append(seconds)
        if len(sleeps) == 1:
            with Browser() as browser:
                browser.open(login.verification_uri_complete)
                browser.press("Make the account", email="ada@example.com", name="Ada", password=PASSWORD)
                browser.press(button)

    return sleep


def test_a_person_who_confirms_the_code_is_signed_in(site: Site) -> None:
    login = signin.start(site.url)
    token = login.wait(sleep=answer(login))
    user = signin.user(site.url, token)
    assert (user.email, user.name, user.email_verified) == ("ada@example.com", "Ada", True)


def test_a_person_who_refuses_is_not(site: Site) -> None:
    login = signin.start(site.url)
    with pytest.raises(SignInError, match="refused"):
        login.wait(sleep=answer(login, "Refuse"))


@pytest.fixture(scope="module")
def scripted() -> Iterator[Scripted]:
    with Scripted() as one:
        yield one


BEGUN = {
    "device_code": "d",
    "user_code": "BCDF-GHJK",
    "verification_uri": "http://127.0.0.1:1/device",
    "verification_uri_complete": "http://127.0.0.1:1/device?user_code=BCDF-GHJK",
    "expires_in": 600,
    "interval": 5,
}
CLAIMS = {"sub": "1", "email": "ada@example.com", "name": "Ada", "email_verified": True}


@given(
    st.binary(max_size=200)
    | st.fixed_dictionaries(
        {},
        optional={
            name: st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.just(value)
            for name, value in BEGUN.items()
        },
    )
)
def test_any_answer_is_a_login_or_an_error(scripted: Scripted, body: Any) -> None:
    scripted.says(body)
    with suppress(SignInError, InvalidArgument):
        login = signin.start(scripted.url)
        assert 0 < login.interval_s <= 60
        assert 0 < login.expires_in_s <= 3600
        assert login.user_code.isprintable()


@pytest.mark.parametrize("page", ["file:///etc/passwd", "http://example.com/device", "javascript:x", "--help"])
def test_no_page_is_opened_that_could_do_harm(scripted: Scripted, page: str) -> None:
    scripted.says({**BEGUN, "verification_uri": page, "verification_uri_complete": page})
    with pytest.raises(InvalidArgument):
        signin.start(scripted.url)


@pytest.mark.parametrize("complete", ["http://127.0.0.1:2/device", "file:///etc/passwd", None, 5, "http://[::1"])
def test_a_complete_page_elsewhere_is_left_alone(scripted: Scripted, complete: object) -> None:
    scripted.says({**BEGUN, "verification_uri_complete": complete})
    assert signin.start(scripted.url).verification_uri_complete == BEGUN["verification_uri"]


def waiting(scripted: Scripted, **changes: Any) -> Login:
    """A login that waits at the scripted site."""
    times = {"expires_in_s": 100, "interval_s": 5}
    return Login(scripted.url, "d", "BCDF-GHJK", scripted.url, scripted.url, **{**times, **changes})


class Clock:
    """Time that passes by sleeping only."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleeps: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def test_a_machine_asks_less_often_when_it_is_told_to(scripted: Scripted) -> None:
    clock = Clock()
    scripted.answers = [
        (400, b'{"error": "authorization_pending", "error_description": ""}', {}),
        (400, b'{"error": "slow_down"}', {}),
        (200, b'{"access_token": "t", "token_type": "bearer"}', {}),
    ]
    assert waiting(scripted).wait(clock.sleep, clock) == "t"
    assert clock.sleeps == [5, 5, 10]


def test_a_site_that_is_away_for_a_while_ends_nothing(scripted: Scripted) -> None:
    clock = Clock()
    scripted.answers = [
        (502, b"", {}),
        (200, b"<html>", {}),
        (200, b'{"access_token": "t", "token_type": "Bearer"}', {}),
    ]
    assert waiting(scripted).wait(clock.sleep, clock) == "t"
    assert clock.sleeps == [5, 10, 15]


def test_nobody_waits_longer_than_the_code_is_valid(scripted: Scripted) -> None:
    clock = Clock()
    scripted.says({"error": "authorization_pending"}, status=400)
    with pytest.raises(SignInError, match="expired") as caught:
        waiting(scripted, expires_in_s=30).wait(clock.sleep, clock)
    assert caught.value.remedy
    assert clock.now == 30


@pytest.mark.parametrize(
    ("error", "said"),
    [("expired_token", "expired"), ("access_denied", "refused"), ("invalid_client", "refuses: invalid_client")],
)
def test_an_end_is_told_in_words(scripted: Scripted, error: str, said: str) -> None:
    clock = Clock()
    scripted.says({"error": error}, status=400)
    with pytest.raises(SignInError, match=said):
        waiting(scripted).wait(clock.sleep, clock)


def test_a_token_of_an_unknown_kind_is_refused(scripted: Scripted) -> None:
    clock = Clock()
    scripted.says({"access_token": "t", "token_type": "mac"})
    with pytest.raises(SignInError, match="unknown kind"):
        waiting(scripted).wait(clock.sleep, clock)


def test_a_redirect_is_not_followed(scripted: Scripted) -> None:
    scripted.says(BEGUN, status=307, headers={"Location": f"{scripted.url}/elsewhere"})
    scripted.asked.clear()
    with pytest.raises(SignInError):
        signin.start(scripted.url)
    assert scripted.asked == ["/oauth/device/code"]


def test_a_flood_is_not_read_to_its_end(scripted: Scripted) -> None:
    scripted.says(b'{"x": "' + b"x" * 100_000 + b'"}')
    with pytest.raises(SignInError, match="something else than JSON"):
        signin.start(scripted.url)


def test_json_that_is_too_deep_is_no_answer(scripted: Scripted) -> None:
    scripted.says(b"[" * 60_000)
    with pytest.raises(SignInError, match="something else than JSON"):
        signin.start(scripted.url)


def test_an_e_mail_that_is_not_verified_is_not_believed(scripted: Scripted) -> None:
    scripted.says({**CLAIMS, "email_verified": "yes"})
    with pytest.raises(SignInError, match="not verified"):
        signin.user(scripted.url, "t")


@given(
    st.dictionaries(
        st.sampled_from(["sub", "email", "name", "picture"]), st.none() | st.booleans() | st.text(max_size=20)
    )
)
def test_any_claims_are_a_user_or_an_error(scripted: Scripted, claims: dict[str, Any]) -> None:
    scripted.says({**CLAIMS, **claims})
    with suppress(SignInError):
        assert signin.user(scripted.url, "t").email.isprintable()


def test_a_site_where_nobody_answers_is_named() -> None:
    with pytest.raises(SignInError, match=r"http://127.0.0.1:1 cannot be reached") as caught:
        signin.start("http://127.0.0.1:1")
    assert caught.value.remedy


def test_a_site_that_is_not_encrypted_is_not_asked() -> None:
    with pytest.raises(InvalidArgument, match="not encrypted"):
        signin.start("http://signin.example.com")


def test_a_proxy_is_not_asked_for_this_machine(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    scripted.says(BEGUN)
    assert signin.start(scripted.url).user_code == "BCDF-GHJK"
