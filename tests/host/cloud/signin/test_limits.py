"""How often something may be tried."""

from uockam_host.cloud.signin import limits
from uockam_host.cloud.signin.limits import Limit


def test_a_limit_is_reached_after_so_many_tries_and_by_each_key_alone() -> None:
    limit = Limit(2, 10, lambda: 0.0)
    limit.note("ada")
    assert not limit.reached("ada")
    limit.note("ada")
    assert limit.reached("ada")
    assert not limit.reached("bob")


def test_tries_are_forgotten_one_by_one_as_time_goes_by() -> None:
    now = [0.0]
    limit = Limit(2, 10, lambda: now[0])
    limit.note("ada")
    now[0] = 6
    limit.note("ada")
    now[0] = 10
    assert not limit.reached("ada")
    limit.note("ada")
    assert limit.reached("ada")


def test_a_success_forgets_what_was_tried() -> None:
    limit = Limit(1, 10, lambda: 0.0)
    limit.note("ada")
    limit.clear("ada")
    assert not limit.reached("ada")


def test_a_flood_of_keys_takes_no_more_memory_than_the_bound(monkeypatch) -> None:
    monkeypatch.setattr(limits, "_MAX_KEYS", 3)
    limit = Limit(1, 10, lambda: 0.0)
    for number in range(5):
        limit.note(f"{number}")
    assert [limit.reached(f"{number}") for number in range(5)] == [False, False, True, True, True]
