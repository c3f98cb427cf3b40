"""Wi-Fi of a board, joined and kept, on a network module that is made up here; everything else of a board is real."""

import builtins

from device.wifi import Wifi
from lib.unittest import TestCase

SSID, PASSWORD = "attic", "correct horse"
DOWN, CONNECTING, WRONG_PASSWORD, NO_AP_FOUND = 0, 1, -3, -2


class Enough(Exception):
    """The test has seen what it wants."""


class Station:
    """A radio; `script` of its world: for each connect, the looks until it is connected, a status, or an error."""

    PM_NONE = 7

    def __init__(self, world):
        self.world = world

    def active(self, on=None):
        self.world.note("active %s" % on)

    def config(self, **options):
        for name in options:
            if name in self.world.unknown:
                raise ValueError("unknown config param")
            self.world.note("%s=%s" % (name, options[name]))

    def connect(self, ssid, password):
        self.world.joins.append((ssid, password))
        step = self.world.script.pop(0) if self.world.script else None
        if step is None:
            raise Enough
        if isinstance(step, Exception):
            raise step
        self.world.left = self.world.stays
        if step < 0:
            self.world.looks, self.world.state = -1, step
        else:
            self.world.looks = step
            if not self.world.stale:
                self.world.state = CONNECTING

    def isconnected(self):
        world = self.world
        if world.looks > 0:
            world.looks -= 1
        elif world.looks == 0:
            if world.left == 0:
                world.looks = -1
            else:
                world.left -= 1
                return True
        return False

    def status(self):
        return self.world.state

    def disconnect(self):
        self.world.note("disconnect")
        if self.world.stubborn:
            raise OSError("not connected")

    def ifconfig(self):
        return ("10.0.0.7", "", "", "")


class World:
    """MicroPython's `network`, and the clock. stays: looks for which a network that was joined is there."""

    STA_IF = 0
    STAT_WRONG_PASSWORD = WRONG_PASSWORD
    STAT_NO_AP_FOUND = NO_AP_FOUND

    def __init__(self, *script, stays=0, unknown=(), stubborn=False, stale=False):
        self.script = list(script)
        self.stays = stays
        self.unknown = unknown
        self.stubborn = stubborn
        self.stale = stale
        self.looks = -1
        self.left = 0
        self.state = DOWN
        self.joins = []
        self.events = []
        self.slept_ms = []
        self.name = None

    def note(self, event):
        self.events.append(event)

    def WLAN(self, interface):
        assert interface == self.STA_IF
        return Station(self)

    def hostname(self, name):
        self.name = name

    async def sleep_ms(self, ms):
        self.slept_ms.append(ms)


def _pauses(world):
    """What it waited between tries, without the looks in between."""
    return [ms for ms in world.slept_ms if ms != 250]


class WifiJoins(TestCase):
    def setUp(self):
        self.printed = []
        self._print = builtins.print
        builtins.print = lambda *values: self.printed.append(" ".join([str(value) for value in values]))

    def tearDown(self):
        builtins.print = self._print

    async def run_wifi(self, world, **settings):
        settings["wifi"] = settings.get("wifi", {"ssid": SSID, "password": PASSWORD})
        wifi = Wifi(settings, world, world.sleep_ms)
        with self.assertRaises(Enough):
            await wifi.run()
        return wifi

    async def test_it_joins_the_network_of_its_settings_awake_and_without_the_drivers_own_ways(self):
        world = World(3, stays=5)
        await self.run_wifi(world, name="pico_1")
        self.assertEqual(world.joins[0], (SSID, PASSWORD))
        self.assertEqual(world.events[:3], ["active True", "pm=7", "reconnects=0"])
        self.assertIn("uockam: Wi-Fi joined, address 10.0.0.7", self.printed)

    async def test_on_battery_the_radio_may_sleep(self):
        world = World(1)
        await self.run_wifi(world, battery=True)
        self.assertEqual(world.events[:2], ["active True", "reconnects=0"])

    async def test_options_that_a_driver_does_not_know_are_done_without(self):
        world = World(1, stays=2, unknown=("pm", "reconnects"), stubborn=True)
        await self.run_wifi(world)
        self.assertEqual(len(world.joins), 2)

    async def test_when_the_router_restarts_it_joins_again(self):
        world = World(1, 1, stays=3)
        wifi = await self.run_wifi(world)
        self.assertEqual(len(world.joins), 3)
        told = ["uockam: Wi-Fi joined, address 10.0.0.7", "uockam: Wi-Fi lost"]
        self.assertEqual(self.printed, told * 2)
        self.assertEqual(wifi.reason, "the network is gone")

    async def test_tries_that_fail_are_further_and_further_apart_and_one_that_works_ends_that(self):
        world = World(*[NO_AP_FOUND] * 9, 1, NO_AP_FOUND, stays=2)
        await self.run_wifi(world)
        pauses = _pauses(world)
        for number, most in enumerate((1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000)):
            self.assertTrue(most // 2 <= pauses[number] <= most, pauses)
        self.assertTrue(500 <= pauses[9] <= 1000, pauses)

    async def test_after_four_failures_in_a_row_the_radio_is_switched_off_and_on(self):
        world = World(*[NO_AP_FOUND] * 8)
        await self.run_wifi(world)
        self.assertEqual(len([event for event in world.events if event == "active False"]), 2)
        self.assertEqual(world.events[-3:-2], ["active True"])

    async def test_each_reason_is_told_once_in_words(self):
        world = World(WRONG_PASSWORD, WRONG_PASSWORD, NO_AP_FOUND, OSError("busy"))
        await self.run_wifi(world)
        self.assertEqual(
            self.printed,
            [
                "uockam: Wi-Fi not joined: the password is wrong",
                "uockam: Wi-Fi not joined: there is no such network",
                "uockam: Wi-Fi not joined: the radio said busy",
            ],
        )

    async def test_a_driver_that_still_tells_the_failure_before_does_not_end_the_next_try(self):
        world = World(WRONG_PASSWORD, 9, stays=2, stale=True)
        await self.run_wifi(world)
        self.assertIn("uockam: Wi-Fi joined, address 10.0.0.7", self.printed)

    async def test_a_network_that_says_nothing_is_given_up_in_time(self):
        world = World(100_000)
        wifi = await self.run_wifi(world)
        self.assertEqual(wifi.reason, "it did not answer in time")
        self.assertEqual(len([ms for ms in world.slept_ms if ms == 250]), 80)

    async def test_neither_the_password_nor_the_name_of_the_network_is_ever_printed(self):
        world = World(WRONG_PASSWORD, OSError("busy"), 100_000, 1, stays=2)
        wifi = await self.run_wifi(world)
        for text in self.printed + [wifi.reason]:
            self.assertFalse(PASSWORD in text or SSID in text, text)

    async def test_the_board_has_a_name_that_a_network_takes(self):
        for settings, name in (
            ({"name": "Pico_1"}, "pico-1"),
            ({"name": "n", "hostname": "attic"}, "attic"),
            ({"name": "x" * 40}, "x" * 32),
            ({"name": "__"}, None),
            ({}, None),
        ):
            world = World()
            settings["wifi"] = {"ssid": SSID}
            Wifi(settings, world, world.sleep_ms)
            self.assertEqual(world.name, name)

    def test_settings_that_cannot_be_are_refused_without_the_password_in_the_error(self):
        for wrong in ({}, {"ssid": ""}, {"ssid": 5}, {"ssid": "x" * 33}, {"ssid": "a", "password": "secret"}):
            with self.assertRaises(ValueError) as caught:
                Wifi({"wifi": wrong}, World())
            self.assertFalse("secret" in str(caught.exception))
        with self.assertRaises(ValueError):
            Wifi({"wifi": {"ssid": "a", "password": 12345678}}, World())
