"""A sign-in that begins at one process, is confirmed at another, and ends at a third one."""

import json
from urllib.parse import urlsplit

import httpx2
import pytest

from ..lib.browser import Browser
from .gateways import Gateway

pytestmark = pytest.mark.multi

DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


def ask(gateway: Gateway, path: str, **form: str) -> dict[str, str]:
    """What a machine is told."""
    answer = httpx2.post(gateway.status.signin_url + path, data={"client_id": "uockam", **form})
    return json.loads(answer.text)


def poll(gateway: Gateway, machine: dict[str, str]) -> dict[str, str]:
    """What it is told when it asks whether its code was confirmed."""
    return ask(gateway, "/oauth/token", grant_type=DEVICE_GRANT, device_code=machine["device_code"])


def test_a_code_is_confirmed_at_another_process_than_the_one_that_gave_it_out(three: list[Gateway]) -> None:
    allowed, refused = ask(three[0], "/oauth/device/code"), ask(three[0], "/oauth/device/code")
    assert poll(three[2], allowed)["error"] == "authorization_pending"
    with Browser() as browser:
        browser.open(f"{three[1].status.signin_url}/device?{urlsplit(allowed['verification_uri_complete']).query}")
        browser.press("Make the account", email="ada@example.com", name="Ada", password="correct horse battery")
        assert allowed["user_code"] in browser.page.text
        three[0].kill()  # the codes outlive it
        browser.press("Allow")
        assert browser.path == "/device/success"
        browser.open("/device").press("Continue", user_code=refused["user_code"])
        browser.press("Refuse")
    token = poll(three[2], allowed)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    told = httpx2.get(f"{three[1].status.signin_url}/userinfo", headers=headers)
    assert json.loads(told.text)["email"] == "ada@example.com"
    assert poll(three[1], allowed)["error"] == "expired_token"
    assert poll(three[1], refused)["error"] == "access_denied"
