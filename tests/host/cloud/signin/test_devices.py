"""Codes of machines that wait: who gets in, and who does not."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from uockam_host.cloud.signin import pending
from uockam_host.cloud.signin.codes import PendingTable
from uockam_host.cloud.signin.devices import EXPIRES_S, Begun, Devices, tidy
from uockam_host.cloud.signin.errors import OAuthError
from uockam_host.cloud.signin.person import Person
from uockam_host.cloud.signin.users import Users
from uockam_host.cloud.sqlite import Sqlite, open_sqlite

PAGE = "http://127.0.0.1:1/device"


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
def database(tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sqlite]:
    async def now(self: Sqlite) -> int:
        return int(clock.now)

    monkeypatch.setattr(Sqlite, "now", now)
    opened = asyncio.run(open_sqlite(tmp_path / "signin.sqlite3"))
    yield opened
    asyncio.run(opened.close())


@pytest.fixture
def ada(database: Sqlite) -> Person:
    user = asyncio.run(Users(database).add("ada@example.com", "Ada", "correct horse battery"))
    assert user is not None
    return user.person


@pytest.fixture
def waiting(database: Sqlite, clock: Clock) -> Devices:
    return Devices(database, Users(database), PAGE, 2, clock)


async def refusal(waiting: Devices, begun: Begun) -> str:
    with pytest.raises(OAuthError) as caught:
        await waiting.poll(begun.device_code)
    return caught.value.error


async def test_a_confirmed_machine_gets_in_once(waiting: Devices, ada: Person) -> None:
    begun = await waiting.begin("127.0.0.1")
    found = await waiting.find(begun.user_code)
    assert found is not None
    assert (found.user_code, found.origin) == (begun.user_code, "127.0.0.1")
    assert await waiting.answer(begun.user_code, ada)
    assert await waiting.poll(begun.device_code) == ada
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
    assert await waiting.answer(begun.user_code, None)
    assert await waiting.find(begun.user_code) is None
    assert await refusal(waiting, begun) == "access_denied"
    assert await refusal(waiting, begun) == "expired_token"


async def test_codes_end_with_their_time(waiting: Devices, clock: Clock) -> None:
    begun = await waiting.begin("127.0.0.1")
    clock.now = EXPIRES_S
    assert await waiting.find(begun.user_code) is None
    assert await refusal(waiting, begun) == "expired_token"


async def test_an_answered_code_cannot_be_answered_again(waiting: Devices, ada: Person) -> None:
    begun = await waiting.begin("127.0.0.1")
    assert await waiting.answer(begun.user_code, None)
    assert not await waiting.answer(begun.user_code, ada)
    assert await refusal(waiting, begun) == "access_denied"


async def test_another_process_goes_on_with_what_one_has_begun(
    waiting: Devices, database: Sqlite, clock: Clock, ada: Person
) -> None:
    other = Devices(database, Users(database), PAGE, 2, clock)
    begun = await waiting.begin("127.0.0.1")
    assert await refusal(other, begun) == "authorization_pending"
    assert await other.answer(begun.user_code, ada)
    assert await waiting.poll(begun.device_code) == ada
    assert await refusal(other, begun) == "expired_token"


async def test_a_code_is_of_no_use_for_what_another_kind_of_code_is_for(
    waiting: Devices, database: Sqlite, ada: Person
) -> None:
    begun = await waiting.begin("127.0.0.1")
    assert await waiting.answer(begun.user_code, ada)
    assert await PendingTable(database, "authorization").take(begun.device_code) is None
    assert await waiting.poll(begun.device_code) == ada


async def test_who_was_removed_after_confirming_lets_no_machine_in(
    waiting: Devices, database: Sqlite, ada: Person
) -> None:
    begun = await waiting.begin("127.0.0.1")
    assert await waiting.answer(begun.user_code, ada)
    await Users(database).remove(ada.sub)
    assert await refusal(waiting, begun) == "access_denied"


async def test_a_clock_that_was_ahead_for_a_while_ends_no_login(waiting: Devices, clock: Clock, ada: Person) -> None:
    begun = await waiting.begin("127.0.0.1")
    clock.now = EXPIRES_S * 100
    await waiting.begin("127.0.0.1")
    assert await refusal(waiting, begun) == "expired_token"
    clock.now = 1
    assert await waiting.answer(begun.user_code, ada)
    assert await waiting.poll(begun.device_code) == ada


async def test_what_is_kept_holds_no_code_of_a_machine(waiting: Devices, database: Sqlite) -> None:
    begun = await waiting.begin("127.0.0.1")
    (row,) = await database.fetch("SELECT * FROM signin_pending")
    assert begun.device_code.encode() not in b"".join(str(value).encode() for value in tuple(row))


async def test_machines_beyond_the_bound_are_sent_away_until_others_expire(
    waiting: Devices, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "_MOST", 2)
    await waiting.begin("127.0.0.1")
    await waiting.begin("127.0.0.1")
    with pytest.raises(OAuthError) as caught:
        await waiting.begin("127.0.0.1")
    assert caught.value.status == 503
    clock.now = EXPIRES_S
    await waiting.begin("127.0.0.1")


async def test_user_codes_have_no_letter_that_looks_like_another(waiting: Devices) -> None:
    codes = [(await waiting.begin("127.0.0.1")).user_code for _ in range(50)]
    assert len(set(codes)) == len(codes)
    assert not set("".join(codes)) & set("AEIOUY0123456789")
    assert {len(code) for code in codes} == {9}


@pytest.mark.parametrize("typed", ["bcdf-ghjk", "BCDFGHJK", " bcdf ghjk ", "BCDF.GHJK\n"])
def test_a_code_is_understood_however_it_is_typed(typed: str) -> None:
    assert tidy(typed) == "BCDF-GHJK"


async def test_the_page_with_the_code_is_named(waiting: Devices) -> None:
    begun = await waiting.begin("127.0.0.1")
    assert begun.verification_uri_complete == f"{begun.verification_uri}?user_code={begun.user_code}"
