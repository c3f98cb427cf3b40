"""People who have their account at an OpenID Connect provider of another make, which build-provider installs."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from uockam_host.cloud.signin.external import Issuer
from uockam_host.errors import HostError
from uockam_host.projects import signin
from uockam_host.projects.signin import Login, SignInError

from ..host.cloud.signin.conftest import Site, serving
from ..lib.browser import Browser

PROVIDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "uockam" / "provider" / "provider.js"

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    """The provider, in a process of its own, and who we are there."""
    if not PROVIDER.exists():
        pytest.fail(f"There is no provider at {PROVIDER}: `make interop` installs it, and needs npm", pytrace=False)
    with subprocess.Popen(
        ["node", PROVIDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        yield Issuer(process.stdout.readline().strip(), "orchestrator", "not so secret: a test")
        process.stdin.close()


@pytest.fixture
def site(issuer: Issuer, tmp_path: Path) -> Iterator[Site]:
    """Our site, which hands logins on."""
    with serving(tmp_path / "signin.sqlite3", issuer=issuer) as one:
        yield one


def confirm(page: str, user_code: str, email: str) -> None:
    """What a person does at the pages of the provider."""
    with Browser() as browser:
        browser.open(page).press("Continue", user_code=user_code)
        browser.press("Continue")
        browser.press("Sign-in", login=email, password="any")
        browser.press("Continue")
        assert "Sign-in Success" in browser.page.text


def ask(login: Login) -> str:
    """The answer to a machine that does not wait as long as it was told, since the person has acted already."""
    return replace(login, interval_s=1).wait(sleep=lambda _: None)


def test_a_person_of_the_provider_is_signed_in_here(site: Site) -> None:
    login = signin.start(site.url)
    confirm(login.verification_uri, login.user_code, "Grace@example.com")
    token = ask(login)
    assert signin.user(site.url, token).name == "Grace Hopper"
    person = site.run(site.signin.person(token))
    assert person is not None
    assert (person.email, person.is_admin) == ("grace@example.com", False)


def test_the_page_of_the_provider_has_the_code_filled_in(site: Site, issuer: Issuer) -> None:
    login = signin.start(site.url)
    assert login.verification_uri_complete.startswith(issuer.url)
    assert login.user_code in login.verification_uri_complete


def test_an_e_mail_that_the_provider_has_not_verified_opens_nothing(site: Site) -> None:
    login = signin.start(site.url)
    confirm(login.verification_uri, login.user_code, "new.person@example.com")
    with pytest.raises(SignInError, match="refused"):
        ask(login)


def test_nobody_is_in_before_the_person_has_confirmed(site: Site) -> None:
    login = signin.start(site.url)
    form = {"client_id": "uockam", "device_code": login.device_code, "grant_type": signin._DEVICE_GRANT}
    answer = httpx2.post(f"{site.url}/oauth/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (400, "authorization_pending")


def test_a_token_that_another_client_of_the_provider_got_opens_nothing(site: Site, issuer: Issuer) -> None:
    places = httpx2.get(f"{issuer.url}/.well-known/openid-configuration").json()
    client = {"client_id": "phone app", "scope": "openid profile email"}
    begun = httpx2.post(places["device_authorization_endpoint"], data=client).json()
    confirm(begun["verification_uri"], begun["user_code"], "grace@example.com")
    form = {"client_id": "phone app", "device_code": begun["device_code"], "grant_type": signin._DEVICE_GRANT}
    token = httpx2.post(places["token_endpoint"], data=form).json()["access_token"]
    assert httpx2.get(places["userinfo_endpoint"], headers={"Authorization": f"Bearer {token}"}).status_code == 200
    assert site.run(site.signin.person(token)) is None
    assert httpx2.get(f"{site.url}/userinfo", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    ours = httpx2.post(f"{site.url}/oauth/token", data={**form, "client_id": "uockam"})
    assert ours.status_code == 400


def test_our_site_says_where_people_sign_in(site: Site, issuer: Issuer) -> None:
    with Browser() as browser:
        assert issuer.url in browser.open(site.url).page.text


def test_a_wrong_secret_is_told_to_the_machine(issuer: Issuer, tmp_path: Path) -> None:
    with (
        serving(tmp_path / "signin.sqlite3", issuer=replace(issuer, client_secret="wrong")) as site,
        pytest.raises(SignInError, match="client authentication failed"),
    ):
        signin.start(site.url)


def test_an_orchestrator_starts_while_the_provider_is_away_and_says_so_to_machines(tmp_path: Path) -> None:
    away = Issuer("http://127.0.0.1:1", "orchestrator")
    with (
        serving(tmp_path / "signin.sqlite3", issuer=away) as site,
        pytest.raises(SignInError, match="cannot be reached"),
    ):
        signin.start(site.url)


def test_a_site_that_is_no_provider_is_refused_at_the_start(issuer: Issuer, tmp_path: Path) -> None:
    wrong = replace(issuer, url=issuer.url.replace("127.0.0.1", "localhost"))
    with pytest.raises(HostError, match="another issuer"), serving(tmp_path / "signin.sqlite3", issuer=wrong):
        pass
