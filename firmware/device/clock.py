"""The board's clock and its age. The clock is for people and certificates: no time-out depends on it.

Whoever holds the cable sets it (`PUT node/clock`, docs/boards.md), or an NTP server does when there is a network.
"""

import asyncio
import time

from uockam import api
from uockam.port import random_bytes, ticks_add, ticks_diff, ticks_ms
from uockam.records import Record
from uockam.transport.backoff import Backoff

from . import watchdog

CLOCK = Record("a clock", (1, "unix_s", int, True))

set_by: "str | None" = None  # "host" or "ntp"

_EPOCH_S = 946_684_800 if time.gmtime(0)[0] == 2000 else 0  # where MicroPython's seconds begin on this port
_LEAST_S, _MOST_S = 1_704_067_200, 4_102_444_800  # 2024 and 2100: what a clock that works shows
_AGAIN_MS = 12 * 3600_000  # a cheap quartz is a second off by then
_RETRY_MS = 3600_000
_HOUR_S = 3600

_age_s = 0
_mark = ticks_ms()


def uptime_s() -> int:
    """Seconds since the program started; asked at least once a week, or kept by `count`, since ticks wrap."""
    global _age_s, _mark
    passed_s = ticks_diff(ticks_ms(), _mark) // 1000
    _age_s += passed_s
    _mark = ticks_add(_mark, passed_s * 1000)
    return _age_s


async def count() -> None:
    """Keep the age right for as long as the board runs."""
    while True:
        uptime_s()
        await asyncio.sleep(_HOUR_S)


def adjust(unix_s: int, by: str) -> None:
    """Set the clock. Raises api.Reject for a time that cannot be, and on a board without a clock."""
    global set_by
    if not _LEAST_S <= unix_s <= _MOST_S:
        raise api.Reject(api.BAD_REQUEST, "not a time of this century: %d" % unix_s)
    year, month, day, hours, minutes, seconds, weekday = time.gmtime(unix_s - _EPOCH_S)[:7]
    _rtc().datetime((year, month, day, weekday, hours, minutes, seconds, 0))
    set_by = by


def now() -> "int | None":
    """Seconds since 1970; None while nobody has set the clock."""
    if set_by is None:
        return None
    year, month, day, _, hours, minutes, seconds, _ = _rtc().datetime()
    return int(time.mktime((year, month, day, hours, minutes, seconds, 0, 0))) + _EPOCH_S


async def follow_ntp(server: "str | None", sleep_ms: "object | None" = None) -> None:
    """Keep the clock right by NTP, where MicroPython has it. server: its host, None for MicroPython's choice."""
    sleep_ms = sleep_ms or asyncio.sleep_ms
    try:
        import ntptime
    except ImportError:
        return
    if server:
        ntptime.host = server
    backoff = Backoff(most_ms=_RETRY_MS)
    while True:
        pause_ms = _AGAIN_MS
        if _ask(ntptime):
            backoff.reset()
        else:
            pause_ms = backoff.next_ms(random_bytes(1)[0])
        await sleep_ms(pause_ms)


def _ask(ntptime: object) -> bool:
    """Whether the clock is right now. Asking blocks: for a second, but longer where names are not looked up."""
    watchdog.rest()
    try:
        adjust(ntptime.time() + _EPOCH_S, "ntp")
        return True
    except (OSError, api.Reject):
        return False
    finally:
        watchdog.take_over()


async def _put(parts: "list[str]", body: object) -> None:
    adjust(CLOCK.unpack(body)["unix_s"], "host")


def _rtc() -> object:
    try:
        from machine import RTC
    except ImportError:
        raise api.Reject(api.NOT_FOUND, "this board has no clock")
    return RTC()


TABLE = ((api.PUT, "node/clock", _put),)
