"""Codes of machines that wait: who gets in, and who does not."""

import pytest

from uockam_host.cloud.signin import devices
from uockam_host.cloud.signin.devices import EXPIRES_S, Begun, Devices, tidy
from uockam_host.cloud.signin.errors import OAuthError
from uockam_host.cloud.signin.person import Person

ADA = Person("1", "ada@example.com", "Ada")


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def waiting(clock: Clock) -> Devices:
    return Devices("http://127.0.0.1:1/device", interval_s=2, clock=clock)


async def refusal(waiting: Devices, begun: Begun) -> str:
    with pytest.raises(OAuthError) as caught:
        await waiting.poll(begun.device_code)
    return caught.value.error


async def test_a_confirmed_machine_gets_in_once(waiting: Devices) -> None:
    begun = await waiting.begin("127.0.0.1")
    pending = waiting.find(begun.user_code)
    assert pending is not None
    pending.person = ADA
    assert await waiting.poll(begun.device_code) == ADA
    assert await refusal(waiting, begun) == "expired_token"


async def test_a_machine_waits_until_somebody_answers(waiting: Devices, clock: Clock) -> None:
    begun = await waiting.begin("127.0.0.1")
    for _ in range(3):
        assert await refusal(waiting, begun) == "authorization_pending"
        clock.now += begun.interval


async def test_a_machine_that_asks_too_often_is_told_so(waiting: Devices) -> None:
    begun = await waiting.begin("127.0.0.1")
    assert await refusal(waiting, begun) == "authorization_pending"
    assert await refusal(waiting, begun) == "slow_down"


async def test_a_refused_machine_is_told_and_forgotten(waiting: Devices) -> None:
    begun = await waiting.begin("127.0.0.1")
    pending = waiting.find(begun.user_code)
    assert pending is not None
    pending.denied = True
    assert waiting.find(begun.user_code) is None
    assert await refusal(waiting, begun) == "access_denied"
    assert await refusal(waiting, begun) == "expired_token"


async def test_codes_end_with_their_time(waiting: Devices, clock: Clock) -> None:
    begun = await waiting.begin("127.0.0.1")
    clock.now = EXPIRES_S
    assert waiting.find(begun.user_code) is None
    assert await refusal(waiting, begun) == "expired_token"


async def test_an_answered_code_cannot_be_answered_again(waiting: Devices) -> None:
    begun = await waiting.begin("127.0.0.1")
    pending = waiting.find(begun.user_code)
    assert pending is not None
    pending.person = ADA
    assert waiting.find(begun.user_code) is None


async def test_machines_beyond_the_bound_are_sent_away_until_others_expire(
    waiting: Devices, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "_MAX_PENDING", 2)
    await waiting.begin("127.0.0.1")
    await waiting.begin("127.0.0.1")
    with pytest.raises(OAuthError) as caught:
        await waiting.begin("127.0.0.1")
    assert caught.value.status == 503
    clock.now = EXPIRES_S
    await waiting.begin("127.0.0.1")


async def test_user_codes_have_no_letter_that_looks_like_another(waiting: Devices) -> None:
    codes = [(await waiting.begin("127.0.0.1")).user_code for _ in range(200)]
    assert len(set(codes)) == len(codes)
    assert not set("".join(codes)) & set("AEIOUY0123456789")
    assert {len(code) for code in codes} == {9}


@pytest.mark.parametrize("typed", ["bcdf-ghjk", "BCDFGHJK", " bcdf ghjk ", "BCDF.GHJK\n"])
def test_a_code_is_understood_however_it_is_typed(typed: str) -> None:
    assert tidy(typed) == "BCDF-GHJK"


async def test_the_page_with_the_code_is_named(waiting: Devices) -> None:
    begun = await waiting.begin("127.0.0.1")
    assert begun.verification_uri_complete == f"{begun.verification_uri}?user_code={begun.user_code}"
