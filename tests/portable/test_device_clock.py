"""The clock of a board, on a chip that is made up here."""

import sys
import time

from device import clock
from lib.unittest import TestCase
from uockam import Node, api
from uockam.services.requests import Requests

MOMENT = 1_893_456_000  # 2030-01-01 00:00:00, a Tuesday
FIELDS = (2030, 1, 1, 1, 0, 0, 0, 0)
PORT_MOMENT = MOMENT - clock._EPOCH_S


class Enough(Exception):
    """The test has seen what it wants."""


class RTC:
    fields = (2000, 1, 1, 0, 0, 0, 0, 0)

    def datetime(self, fields=None):
        if fields is None:
            return RTC.fields
        RTC.fields = fields
        return None


class Machine:
    """The module `machine` of a board."""

    RTC = RTC


class Ntp:
    """The module `ntptime`; `answers`: times, or errors."""

    host = "pool.ntp.org"

    def __init__(self, *answers):
        self.answers = list(answers)

    def time(self):
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class ClockTells(TestCase):
    def setUp(self):
        RTC.fields = (2000, 1, 1, 0, 0, 0, 0, 0)
        clock.set_by = None
        self._before = {name: sys.modules.get(name) for name in ("machine", "ntptime")}
        sys.modules["machine"] = Machine

    def tearDown(self):
        for name in self._before:
            sys.modules.pop(name, None)
            if self._before[name] is not None:
                sys.modules[name] = self._before[name]

    async def put(self, body):
        node = Node()
        await node.start_worker("clock", Requests(clock.TABLE))
        answer = await node.ask("clock", api.encode_request(1, api.PUT, "node/clock", body))
        await node.stop()
        return api.decode_response(answer)

    async def test_nobody_knows_the_time_before_it_was_set(self):
        self.assertIsNone(clock.now())
        self.assertIsNone(clock.set_by)

    async def test_the_owner_sets_it(self):
        response = await self.put(clock.CLOCK.pack(unix_s=MOMENT))
        self.assertEqual((response.status, RTC.fields), (api.OK, FIELDS))
        self.assertEqual(clock.set_by, "host")

    async def test_what_is_no_time_is_refused_and_changes_nothing(self):
        for body in (None, {}, {1: "now"}, {1: True}, {1: 0}, {1: -1}, {1: 2**32}, {1: 2**63}):
            response = await self.put(body)
            self.assertEqual((response.status, RTC.fields[0]), (api.BAD_REQUEST, 2000), body)
        self.assertIsNone(clock.set_by)

    async def test_a_board_without_a_clock_says_so(self):
        sys.modules["machine"] = sys  # which has no RTC
        response = await self.put(clock.CLOCK.pack(unix_s=MOMENT))
        self.assertEqual((response.status, api.error_text(response.body)), (api.NOT_FOUND, "this board has no clock"))

    async def follow(self, server, *answers):
        ntp = Ntp(*answers)
        sys.modules["ntptime"] = ntp
        pauses = []

        async def sleep_ms(ms):
            pauses.append(ms)
            if not ntp.answers:
                raise Enough

        with self.assertRaises(Enough):
            await clock.follow_ntp(server, sleep_ms)
        return ntp, pauses

    async def test_with_a_network_ntp_sets_it_and_does_so_again_twice_a_day(self):
        ntp, pauses = await self.follow(None, PORT_MOMENT, PORT_MOMENT + 43_200)
        self.assertEqual((RTC.fields[:3], RTC.fields[4:6], clock.set_by), ((2030, 1, 1), (12, 0), "ntp"))
        self.assertEqual((ntp.host, pauses), ("pool.ntp.org", [43_200_000] * 2))

    async def test_the_server_is_that_of_the_settings(self):
        ntp, _ = await self.follow("ntp.attic", PORT_MOMENT)
        self.assertEqual(ntp.host, "ntp.attic")

    async def test_a_server_that_does_not_answer_or_lies_is_asked_again_soon_and_then_less_often(self):
        _, pauses = await self.follow(None, OSError("timed out"), 5, OSError("timed out"), PORT_MOMENT)
        for number, most in enumerate((500, 1000, 2000)):
            self.assertTrue(most // 2 <= pauses[number] <= most, pauses)
        self.assertEqual((pauses[3], RTC.fields), (43_200_000, FIELDS))

    async def test_without_ntp_in_micropython_there_is_nothing_to_do(self):
        await clock.follow_ntp(None, None if hasattr(time, "ticks_ms") else print)

    async def test_the_age_of_the_board_grows_over_a_wrap_of_its_ticks(self):
        ticks, now = clock.ticks_ms, 0x3FFF_FFFF - 1500
        before = clock.uptime_s()
        clock._mark = now
        try:
            clock.ticks_ms = lambda: (now + 2000) & 0x3FFF_FFFF
            self.assertEqual(clock.uptime_s(), before + 2)
            clock.ticks_ms = lambda: (now + 2999) & 0x3FFF_FFFF
            self.assertEqual(clock.uptime_s(), before + 2)
            clock.ticks_ms = lambda: (now + 3000) & 0x3FFF_FFFF
            self.assertEqual(clock.uptime_s(), before + 3)
        finally:
            clock.ticks_ms = ticks
