"""How many messages may be under way to an endpoint of another gateway."""

from uockam_host.cloud import windows
from uockam_host.cloud.windows import MARK_AFTER, MOST_OUT, Windows

KEY = ("gateway", b"forward_to_dev1")
OTHER = ("gateway", b"forward_to_dev2")


def fill(these: Windows, key: windows.Key) -> int:
    """Send until no more may be sent; how many that were."""
    count = 0
    while not these.full(key):
        count += 1
        if these.sent(key):
            these.marked(key, these.next_mark(key), 0.0)
    return count


def test_so_many_go_out_before_a_mark_has_come_back():
    these = Windows()
    assert fill(these, KEY) == MARK_AFTER * MOST_OUT
    these.returned(KEY, 1)
    assert fill(these, KEY) == MARK_AFTER


def test_a_slow_endpoint_slows_nobody_who_sends_to_another():
    these = Windows()
    fill(these, KEY)
    assert not these.full(OTHER)
    assert not these.full(("elsewhere", KEY[1]))


def test_a_mark_that_was_lost_is_made_up_for_by_a_later_one():
    these = Windows()
    fill(these, KEY)
    these.returned(KEY, 2)
    assert fill(these, KEY) == MARK_AFTER * MOST_OUT


def test_a_mark_that_comes_twice_or_was_never_sent_counts_for_nothing():
    these = Windows()
    fill(these, KEY)
    these.returned(KEY, 1)
    fill(these, KEY)
    for number in (1, 0, 99):
        these.returned(KEY, number)
        assert these.full(KEY)
    these.returned(OTHER, 1)


def test_the_last_mark_goes_again_when_nothing_is_heard_of_it():
    these = Windows()
    fill(these, KEY)
    assert not these.overdue(KEY, 4.9)
    assert these.overdue(KEY, 5.0)
    number = these.next_mark(KEY)
    these.marked(KEY, number, 5.0)
    assert (number, these.overdue(KEY, 5.1)) == (MOST_OUT, False)
    these.returned(KEY, number)
    assert not these.full(KEY)


async def test_who_waits_is_woken_by_a_mark_and_by_the_end_of_a_gateway():
    these = Windows()
    assert these.change() is None
    fill(these, KEY)
    waited = these.change()
    assert waited is not None
    assert these.change() is waited
    these.returned(KEY, 1)
    assert waited.done()
    fill(these, KEY)
    waited = these.change()
    these.forget("gateway")
    assert waited is not None
    assert (waited.done(), these.full(KEY), these.change()) == (True, False, None)


def test_those_with_nothing_under_way_are_forgotten_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(windows, "_MOST_WINDOWS", 3)
    these = Windows()
    fill(these, KEY)
    for number in range(10):
        these.sent(("gateway", b"%d" % number))
    assert these.full(KEY)
    assert len(these._windows) <= 4
