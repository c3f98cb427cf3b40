"""What a person at a browser meets: the first account, signing in, and the code of a machine."""

from pathlib import Path

import httpx2
import pytest

from uockam_host.cloud.signin import pages, passwords
from uockam_host.cloud.signin.people import invite

from ....lib.browser import Browser
from .conftest import PASSWORD, Site, serving


def begin(site: Site) -> dict[str, str]:
    """A machine that waits."""
    return httpx2.post(f"{site.url}/oauth/device/code", data={"client_id": "uockam"}).json()


def poll(site: Site, machine: dict[str, str]) -> dict[str, str]:
    """What the machine hears."""
    form = {"client_id": "uockam", "device_code": machine["device_code"]}
    form["grant_type"] = "urn:ietf:params:oauth:grant-type:device_code"
    return httpx2.post(f"{site.url}/oauth/token", data=form).json()


def test_the_first_account_is_made_on_the_way_to_the_code(site: Site, browser: Browser) -> None:
    machine = begin(site)
    browser.open(machine["verification_uri_complete"])
    assert browser.path == "/setup"
    browser.press("Make the account", email="Ada@Example.com", name="Ada", password=PASSWORD)
    assert browser.path == "/device"
    assert machine["user_code"] in browser.page.text
    browser.press("Allow")
    assert browser.path == "/device/success"
    person = site.run(site.signin.person(poll(site, machine)["access_token"]))
    assert person is not None
    assert (person.email, person.name, person.is_admin) == ("ada@example.com", "Ada", True)


def test_there_is_no_second_first_account(site: Site, ada: Browser) -> None:
    with Browser() as eve:
        assert eve.open(f"{site.url}/setup").path == "/signin"


def test_two_who_make_the_first_account_at_once_do_not_both_get_it(site: Site, browser: Browser) -> None:
    with Browser() as eve:
        eve.open(f"{site.url}/setup")
        browser.open("/setup").press("Make the account", email="ada@example.com", name="Ada", password=PASSWORD)
        assert eve.press("Make the account", email="eve@example.com", name="E", password=PASSWORD).path == "/signin"


def test_a_form_that_is_filled_in_wrongly_comes_back_with_what_was_typed(browser: Browser) -> None:
    browser.open("/").press("Make the account", email="ada@example.com", name="Ada", password="short")
    assert browser.status == 422
    assert "password of 10" in browser.page.text
    assert browser.page.forms[0].fields["email"] == "ada@example.com"
    assert browser.page.forms[0].fields["password"] == ""


def test_the_account_outlives_the_orchestrator_and_so_does_the_session(tmp_path: Path) -> None:
    with Browser() as browser:
        with serving(tmp_path / "signin.sqlite3") as site:
            browser.open(site.url)
            browser.press("Make the account", email="ada@example.com", name="Ada", password=PASSWORD)
            port = site.url.rpartition(":")[2]
        with serving(tmp_path / "signin.sqlite3", url=f"http://127.0.0.1:{port}") as site:
            assert "Enter the code" in browser.open(f"http://{site.signin._server.address}/").page.text
            browser.press("Sign out")
            browser.press("Sign in", email="ADA@example.com", password=PASSWORD)
            assert "Enter the code" in browser.page.text


def test_who_signs_out_is_a_stranger_again(ada: Browser) -> None:
    ada.press("Sign out")
    assert ada.open("/device").path == "/signin"


def test_a_machine_that_is_refused_is_told(site: Site, ada: Browser) -> None:
    machine = begin(site)
    ada.open("/device").press("Continue", user_code=machine["user_code"].lower())
    ada.press("Refuse")
    assert poll(site, machine)["error"] == "access_denied"


def test_opening_a_link_allows_nothing_by_itself(site: Site, ada: Browser) -> None:
    machine = begin(site)
    ada.open(machine["verification_uri_complete"])
    assert poll(site, machine)["error"] == "authorization_pending"


def test_a_wrong_code_is_told_and_many_are_stopped(ada: Browser) -> None:
    for _ in range(pages._CODES_OF_ONE):
        ada.open("/device").press("Continue", user_code="BCDF-GHJK")
        assert ada.status == 404
    ada.open("/device").press("Continue", user_code="BCDF-GHJK")
    assert ada.status == 429


def test_a_wrong_password_and_a_wrong_e_mail_look_the_same(site: Site, ada: Browser) -> None:
    seen = []
    for email in ("ada@example.com", "eve@example.com"):
        with Browser() as stranger:
            stranger.open(f"{site.url}/signin").press("Sign in", email=email, password="wrong password")
            seen.append((stranger.status, stranger.page.text.replace(email, "")))
    assert seen[0] == seen[1]


def test_guessing_passwords_is_stopped_even_for_the_right_one(site: Site, ada: Browser) -> None:
    with Browser() as stranger:
        stranger.open(f"{site.url}/signin")
        for _ in range(passwords._OF_ONE):
            stranger.press("Sign in", email="ada@example.com", password="wrong password")
        stranger.press("Sign in", email="ada@example.com", password=PASSWORD)
        assert stranger.status == 403


@pytest.mark.parametrize("path", ["/signin", "/setup", "/signout", "/device"])
def test_a_form_that_another_site_sends_does_nothing(site: Site, path: str) -> None:
    with httpx2.Client() as client:
        client.get(f"{site.url}/setup")
        form = {"csrf": "guessed", "email": "eve@example.com", "name": "Eve", "password": PASSWORD}
        answer = client.post(f"{site.url}{path}", data=form)
        assert answer.status_code in (303, 403)
        assert client.get(f"{site.url}/").headers["location"] == "/setup"


def test_allowing_needs_the_token_of_the_form(site: Site, ada: Browser) -> None:
    machine = begin(site)
    ada.open("/device").press("Continue", user_code=machine["user_code"])
    ada.page.forms[-1].fields["csrf"] = "guessed"
    assert ada.press("Allow").status == 403
    assert poll(site, machine)["error"] == "authorization_pending"


def test_pages_bind_the_browser_and_run_no_script(ada: Browser) -> None:
    policy = ada.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert ada.headers["cache-control"] == "no-store"
    assert ada.headers["x-content-type-options"] == "nosniff"


def test_the_cookie_is_hidden_from_scripts_and_other_sites(site: Site) -> None:
    cookie = httpx2.get(f"{site.url}/setup").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


def test_the_cookie_goes_over_https_only_when_that_is_how_the_site_is_reached(tmp_path: Path) -> None:
    with serving(tmp_path / "signin.sqlite3", url="https://signin.example.com/") as site:
        place = f"http://{site.signin._server.address}/setup"
        assert "secure" in httpx2.get(place).headers["set-cookie"].lower()


def test_a_name_that_somebody_else_points_here_leads_nowhere(site: Site) -> None:
    assert httpx2.get(f"{site.url}/signin", headers={"Host": "evil.example.com"}).status_code == 400


@pytest.mark.parametrize("settings", [{"url": "https://signin.example.com"}, {"listen": "0.0.0.0:0"}])
def test_where_others_can_come_the_first_account_takes_an_invitation(tmp_path: Path, settings: dict[str, str]) -> None:
    with serving(tmp_path / "signin.sqlite3", **settings) as site, httpx2.Client() as client:
        port = site.signin._server.address.rpartition(":")[2]
        place = f"http://127.0.0.1:{port}"
        form = {"csrf": "x", "email": "eve@example.com", "name": "Eve", "password": PASSWORD}
        for answer in (client.get(f"{place}/setup"), client.post(f"{place}/setup", data=form)):
            assert answer.status_code == 403
            assert "uockam orchestrator invite" in answer.text
        link = site.run(invite(site.database, place, "ada@example.com", "Ada"))
        site.run(site.signin._invitations.accept(link.rpartition("/")[2], PASSWORD))
        assert [person.is_admin for person in site.run(site.signin._users.all())] == [True]


def test_two_orchestrators_on_one_computer_do_not_share_a_session(tmp_path: Path) -> None:
    with serving(tmp_path / "one.sqlite3") as one, serving(tmp_path / "two.sqlite3") as two, Browser() as browser:
        for site in (one, two):
            browser.open(site.url).press("Make the account", email="ada@example.com", name="Ada", password=PASSWORD)
        assert "Enter the code" in browser.open(one.url).page.text


def test_a_name_with_markup_is_shown_as_it_is(site: Site, browser: Browser) -> None:
    browser.open("/").press("Make the account", email="ada@example.com", name="<script>x</script>", password=PASSWORD)
    browser.open(begin(site)["verification_uri_complete"])
    assert "<script>x</script>" in browser.page.text


@pytest.mark.parametrize("headers", [{"Content-Length": "20000"}, {"Transfer-Encoding": "chunked"}])
def test_a_body_without_bounds_is_not_read(site: Site, headers: dict[str, str]) -> None:
    import socket

    host, _, port = site.url.removeprefix("http://").partition(":")
    lines = [f"{name}: {value}" for name, value in {"Host": f"{host}:{port}", "Connection": "close", **headers}.items()]
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall("\r\n".join(["POST /signin HTTP/1.1", *lines, "", ""]).encode())
        assert raw.recv(12) == b"HTTP/1.1 413"


def test_the_style_is_there(ada: Browser) -> None:
    assert ada.open("/style.css").headers["content-type"].startswith("text/css")


def test_a_page_that_is_not_there_is_404(ada: Browser) -> None:
    assert ada.open("/nowhere").status == 404
