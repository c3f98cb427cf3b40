"""How others get an account: invitations; and everyone's password."""

import re

import pytest

from ....lib.browser import Browser
from .conftest import PASSWORD, Site

OTHER = "another long password"


def invite(ada: Browser, email: str = "bob@example.com", name: str = "Bob") -> str:
    """The link that the administrator is shown."""
    ada.open("/people").press("Invite", email=email, name=name)
    found = re.search(r"http://\S+/invitation/\S+", ada.page.text)
    assert found
    return found[0]


def test_who_is_invited_chooses_a_password_and_is_in(site: Site, ada: Browser) -> None:
    link = invite(ada)
    with Browser() as bob:
        bob.open(link).press("Sign in", password=OTHER)
        assert "bob@example.com" in bob.page.text
        assert "/people" not in bob.page.links
    assert "Bob" in ada.open("/people").page.text


def test_an_invitation_is_good_once(ada: Browser) -> None:
    link = invite(ada)
    with Browser() as bob, Browser() as eve:
        eve.open(link)
        bob.open(link).press("Sign in", password=OTHER)
        assert eve.press("Sign in", password="of somebody else").status == 404
        assert eve.open(link).status == 404


def test_an_invitation_that_was_changed_is_void(ada: Browser) -> None:
    link = invite(ada)
    with Browser() as bob:
        assert bob.open(link[:-1]).status == 404


def test_a_lost_password_is_replaced_by_an_invitation_and_sessions_end(site: Site, ada: Browser) -> None:
    with Browser() as bob, Browser() as thief:
        thief.open(invite(ada)).press("Sign in", password=OTHER)
        bob.open(invite(ada)).press("Sign in", password="a third long password")
        assert bob.open("/").path == "/"
        assert thief.open("/").path == "/signin"


def test_who_is_removed_is_out_at_once(ada: Browser) -> None:
    with Browser() as bob:
        bob.open(invite(ada)).press("Sign in", password=OTHER)
        ada.open("/people").press("Remove Bob")
        assert bob.open("/").path == "/signin"
        bob.press("Sign in", email="bob@example.com", password=OTHER)
        assert bob.status == 403


@pytest.mark.parametrize("path", ["/people", "/people/remove"])
def test_only_the_administrator_has_a_say_about_people(ada: Browser, path: str) -> None:
    with Browser() as bob:
        bob.open(invite(ada)).press("Sign in", password=OTHER)
        bob.page.forms[-1].action = path
        bob.page.forms[-1].fields.update(email="eve@example.com", name="Eve", sub="1")
        assert bob.press("Continue").status == 403
        assert bob.open("/people").status == 403


def test_a_stranger_who_wants_to_see_people_has_to_sign_in(ada: Browser) -> None:
    ada.press("Sign out")
    assert ada.open("/people").path == "/signin"
    ada.press("Sign in", email="ada@example.com", password=PASSWORD)
    assert ada.path == "/people"


def test_a_password_is_changed_by_who_knows_it(ada: Browser) -> None:
    ada.open("/password").press("Change it", password="wrong password", new=OTHER)
    assert ada.status == 422
    ada.press("Change it", password=PASSWORD, new="short")
    assert ada.status == 422
    assert ada.press("Change it", password=PASSWORD, new=OTHER).path == "/"
    ada.press("Sign out")
    assert ada.press("Sign in", email="ada@example.com", password=PASSWORD).status == 403
    assert ada.press("Sign in", email="ada@example.com", password=OTHER).path == "/"
