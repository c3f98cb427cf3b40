"""Authorization codes with PKCE, for a program that waits on the person's own machine."""

import base64
import hashlib
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from ....lib.browser import Browser
from .conftest import Site

VERIFIER = "v" * 43
CALLBACK = "http://localhost:1/callback"  # nobody listens there: the browser stops at it
REQUEST = {
    "client_id": "uockam",
    "response_type": "code",
    "code_challenge_method": "S256",
    "code_challenge": base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("="),
    "redirect_uri": CALLBACK,
}


def allow(browser: Browser, **changes: str) -> dict[str, list[str]]:
    """What the program hears after the person has allowed it."""
    browser.open("/authorize?" + urlencode({**REQUEST, **changes}))
    location = browser.press("Allow", follow=False).headers["location"]
    assert location.startswith(f"{CALLBACK}?code=")
    return parse_qs(urlsplit(location).query)


def exchange(site: Site, code: str, **changes: str) -> httpx2.Response:
    form = {"client_id": "uockam", "grant_type": "authorization_code", "code": code, "code_verifier": VERIFIER}
    return httpx2.post(f"{site.url}/oauth/token", data={**form, "redirect_uri": CALLBACK, **changes})


def test_the_program_that_asked_gets_the_token_once(site: Site, ada: Browser) -> None:
    code = allow(ada)["code"][0]
    token = exchange(site, code).json()["access_token"]
    person = site.run(site.signin.person(token))
    assert person is not None
    assert person.email == "ada@example.com"
    assert exchange(site, code).json()["error"] == "invalid_grant"


def test_the_state_comes_back(ada: Browser) -> None:
    assert allow(ada, state="a&b=c")["state"] == ["a&b=c"]


@pytest.mark.parametrize("changes", [{"code_verifier": "w" * 43}, {"redirect_uri": "http://localhost:2/callback"}])
def test_a_stolen_code_is_worth_nothing(site: Site, ada: Browser, changes: dict[str, str]) -> None:
    code = allow(ada)["code"][0]
    assert exchange(site, code, **changes).json()["error"] == "invalid_grant"
    assert exchange(site, code).json()["error"] == "invalid_grant"


def test_a_refusal_is_told_to_the_program(ada: Browser) -> None:
    ada.open("/authorize?" + urlencode(REQUEST))
    assert ada.press("Refuse", follow=False).headers["location"] == f"{CALLBACK}?error=access_denied"


def test_a_stranger_signs_in_first_and_comes_back_to_the_question(ada: Browser) -> None:
    ada.press("Sign out")
    ada.open("/authorize?" + urlencode(REQUEST))
    ada.press("Sign in", email="ada@example.com", password="correct horse battery")
    assert ada.path == "/authorize"
    assert "Allow" in ada.page.text


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "somebody"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"redirect_uri": "https://evil.example.com/callback"},
        {"redirect_uri": "http://localhost.evil.example.com/callback"},
        {"redirect_uri": "http://localhost:x/callback"},
        {"redirect_uri": "http://localhost:1/callback?code=1"},
        {"redirect_uri": "http://[::1/callback"},
        {"redirect_uri": "javascript:alert(1)"},
        {"state": "x" * 600},
    ],
)
def test_a_link_that_no_program_of_ours_makes_leads_nowhere(ada: Browser, changes: dict[str, str]) -> None:
    assert ada.open("/authorize?" + urlencode({**REQUEST, **changes})).status == 400
