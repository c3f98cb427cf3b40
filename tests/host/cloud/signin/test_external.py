"""A provider that behaves badly; tests/interop has one that behaves well."""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uockam_host.cloud.signin.errors import OAuthError
from uockam_host.cloud.signin.external import Issuer, Relay
from uockam_host.errors import HostError

from ....lib.scripted import Scripted

ENDPOINTS = ("device_authorization_endpoint", "token_endpoint", "userinfo_endpoint")
CLAIMS = {"sub": "1", "email": "Ada@example.com", "email_verified": True, "name": "Ada"}
TOKEN = {"access_token": "t", "token_type": "Bearer"}


@pytest.fixture(scope="module")
def provider() -> Iterator[Scripted]:
    with Scripted() as one:
        yield one


def discovery(provider: Scripted, **changes: Any) -> dict[str, Any]:
    return {"issuer": provider.url, **dict.fromkeys(ENDPOINTS, f"{provider.url}/x"), **changes}


async def started(provider: Scripted, *answers: Any) -> Relay:
    """One that has found the provider, which gives these answers next."""
    provider.says(discovery(provider), *answers)
    relay = Relay(Issuer(provider.url, "orchestrator", "secret"))
    await relay.start()
    return relay


async def test_the_person_is_the_one_whom_userinfo_names(provider: Scripted) -> None:
    relay = await started(provider, TOKEN, CLAIMS)
    person = await relay.poll("d")
    await relay.stop()
    assert (person.sub, person.email, person.name, person.is_admin) == ("1", "ada@example.com", "Ada", False)


@pytest.mark.parametrize(
    "changes",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email_verified": None},
        {"email": None},
        {"email": "ada/../eve@example.com"},
        {"email": "ada"},
        {"sub": 1},
    ],
)
async def test_an_e_mail_that_nobody_vouches_for_opens_nothing(provider: Scripted, changes: dict[str, Any]) -> None:
    relay = await started(provider, TOKEN, {**CLAIMS, **changes})
    with pytest.raises(OAuthError) as caught:
        await relay.poll("d")
    await relay.stop()
    assert caught.value.error == "access_denied"


async def test_a_provider_without_device_logins_is_refused_at_the_start(provider: Scripted) -> None:
    provider.says(discovery(provider, device_authorization_endpoint=None))
    relay = Relay(Issuer(provider.url, "orchestrator"))
    with pytest.raises(HostError, match="device_authorization_endpoint") as caught:
        await relay.start()
    await relay.stop()
    assert caught.value.remedy


async def test_an_endpoint_that_is_not_encrypted_is_refused_at_the_start(provider: Scripted) -> None:
    provider.says(discovery(provider, token_endpoint="http://login.example.com/token"))
    relay = Relay(Issuer(provider.url, "orchestrator"))
    with pytest.raises(HostError, match="not encrypted"):
        await relay.start()
    await relay.stop()


async def test_an_address_without_provider_is_refused_at_the_start(provider: Scripted) -> None:
    provider.says(b"not found", status=404)
    relay = Relay(Issuer(provider.url, "orchestrator"))
    with pytest.raises(HostError, match="no provider"):
        await relay.start()
    await relay.stop()


async def test_a_provider_that_is_away_for_a_while_is_asked_again(provider: Scripted) -> None:
    provider.says(b"", status=503)
    relay = Relay(Issuer(provider.url, "orchestrator"))
    await relay.start()
    with pytest.raises(OAuthError) as caught:
        await relay.poll("d")
    assert caught.value.error == "slow_down"
    provider.says(discovery(provider), TOKEN, CLAIMS)
    assert (await relay.poll("d")).sub == "1"
    await relay.stop()


async def test_googles_word_for_the_page_is_understood(provider: Scripted) -> None:
    relay = await started(provider, {"device_code": "d", "user_code": "u", "verification_url": "https://example.com"})
    begun = await relay.begin("127.0.0.1")
    await relay.stop()
    assert begun.verification_uri == begun.verification_uri_complete == "https://example.com"
    assert begun.interval == 5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*CLAIMS, *TOKEN, "error", "error_description", "user_code"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(st.lists(JSON | st.binary(max_size=40), min_size=1, max_size=3), st.sampled_from([200, 200, 400, 401, 500]))
def test_any_answers_are_a_person_codes_or_an_oauth_error(provider: Scripted, answers: list[Any], status: int) -> None:
    async def ask() -> None:
        relay = await started(provider)
        provider.says(*answers, status=status)
        for asking in (relay.poll("d"), relay.begin("127.0.0.1")):
            with suppress(OAuthError):
                await asking
        await relay.stop()

    asyncio.run(ask())
