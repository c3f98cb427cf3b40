"""What machines ask of the site, field by field."""

import httpx2
import pytest

from uockam_host.cloud.signin import oauth
from uockam_host.cloud.signin.person import Person

from .conftest import Site

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
ADA = Person("1", "ada@example.com", "Ada Lovelace")


def post(site: Site, path: str, **form: str) -> httpx2.Response:
    return httpx2.post(f"{site.url}{path}", data=form)


def test_the_answer_to_a_machine_has_all_that_ockams_command_demands(site: Site) -> None:
    answer = post(site, "/oauth/device/code", client_id="uockam", scope="profile openid email").json()
    texts = ("device_code", "user_code", "verification_uri", "verification_uri_complete")
    assert {name: type(answer[name]) for name in answer} == {
        **dict.fromkeys(texts, str),
        "expires_in": int,
        "interval": int,
    }


def test_userinfo_has_all_that_ockams_command_demands(site: Site) -> None:
    token = site.signin._tokens.issue(ADA)
    claims = httpx2.get(f"{site.url}/userinfo", headers={"Authorization": f"Bearer {token}"}).json()
    for name in ("sub", "nickname", "name", "picture", "updated_at", "email"):
        assert isinstance(claims[name], str), name
    assert (claims["email"], claims["nickname"], claims["email_verified"]) == ("ada@example.com", "Ada", True)


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x.y.z", "Basic YTpi", "Bearer " + "x" * 5000])
def test_a_token_that_is_none_of_ours_names_nobody(site: Site, authorization: str) -> None:
    answer = httpx2.get(f"{site.url}/userinfo", headers={"Authorization": authorization})
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_token"
    assert "invalid_token" in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"client_id": "somebody"}, "invalid_client"),
        ({"client_id": "uockam"}, "invalid_request"),
        ({"client_id": "uockam", "grant_type": "password"}, "unsupported_grant_type"),
        ({"client_id": "uockam", "grant_type": DEVICE}, "invalid_request"),
        ({"client_id": "uockam", "grant_type": DEVICE, "device_code": "x" * 5000}, "expired_token"),
        ({"client_id": "uockam", "grant_type": DEVICE, "device_code": "\0ü"}, "expired_token"),
    ],
)
def test_what_is_wrong_with_a_request_is_said_in_the_words_of_the_standard(
    site: Site, form: dict[str, str], error: str
) -> None:
    answer = post(site, "/oauth/token", **form)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]


def test_one_address_cannot_take_all_the_places(site: Site) -> None:
    with httpx2.Client() as client:
        begun = [client.post(f"{site.url}/oauth/device/code", data={"client_id": "uockam"}) for _ in range(61)]
    assert [answer.status_code for answer in begun] == [200] * oauth._BEGINS + [429]


def test_a_file_in_place_of_a_field_is_refused(site: Site) -> None:
    assert httpx2.post(f"{site.url}/oauth/token", files={"client_id": b"uockam"}).status_code == 415
