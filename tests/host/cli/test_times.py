"""Times as people read them."""

import pytest

from uockam_host.cli.times import span, utc


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (1, "1s"),
        (59, "59s"),
        (60, "1m"),
        (90, "90s"),
        (600, "10m"),
        (3600, "1h"),
        (86400, "1d"),
        (90000, "25h"),
    ],
)
def test_a_span_is_in_the_largest_unit_that_says_it_exactly(seconds, text):
    assert span(seconds) == text


def test_a_time_that_no_calendar_has_is_a_number():
    assert utc(0) == "1970-01-01T00:00:00Z"
    assert utc(1 << 62) == str(1 << 62)
