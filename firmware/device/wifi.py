"""Joins a Wi-Fi network and stays in it: through wrong moments, restarts of the router, and chips that hang.

What a chip's driver can do is found out by asking it: drivers differ, and raise for what they do not know.
"""

import asyncio

from uockam.port import random_bytes
from uockam.transport.backoff import Backoff

_LOOK_MS = 250
_JOIN_MS = 20_000  # scan, key exchange and DHCP take 2 to 8 s
_FIRST_PAUSE_MS, _MOST_PAUSE_MS = 1000, 60_000
_HANGS = 4  # tries in a row that failed, before the radio is switched off and on
_MAX_HOSTNAME = 32  # of MicroPython
_PSK_BYTES = (8, 63)

# What drivers tell of a try that has failed; names of network.STAT_..., which a port may lack.
_REASONS = (
    ("WRONG_PASSWORD", "the password is wrong"),
    ("NO_AP_FOUND", "there is no such network"),
    ("NO_AP_FOUND_IN_AUTHMODE_THRESHOLD", "the network is less secure than this board wants"),
    ("NO_AP_FOUND_W_COMPATIBLE_SECURITY", "the network's security is none that this board has"),
    ("CONNECT_FAIL", "the network refused"),
    ("ASSOC_FAIL", "the network refused"),
    ("HANDSHAKE_TIMEOUT", "the password is wrong, or the signal is weak"),
)


class Wifi:
    """One network, as the setting `wifi` says. `reason`: why the board is not in it, "" while it is.

    network: MicroPython's module; sleep_ms: asyncio's. Raises ValueError for settings that cannot be.
    """

    def __init__(self, settings: "dict[str, object]", network: object, sleep_ms: object = None) -> None:
        wanted = settings["wifi"]
        self._ssid = wanted.get("ssid")
        self._password = wanted.get("password")
        _check(self._ssid, self._password)
        self._battery = settings.get("battery", False)
        self._network = network
        self._sleep_ms = sleep_ms or asyncio.sleep_ms
        self._backoff = Backoff(_FIRST_PAUSE_MS, _MOST_PAUSE_MS)
        self._failures = 0
        self.reason = "not tried yet"
        _name(network, settings.get("hostname") or settings.get("name", ""))
        self._station = network.WLAN(network.STA_IF)

    async def run(self) -> None:
        """Join, and join again whenever the network is lost; for ever."""
        self._switch_on()
        while True:
            if await self._join():
                await self._stay()
            else:
                await self._pause()

    def _switch_on(self) -> None:
        self._station.active(True)
        if not self._battery and hasattr(self._station, "PM_NONE"):
            self._configure(pm=self._station.PM_NONE)  # asleep between packets, it answers 100 ms later
        self._configure(reconnects=0)  # the driver's own way of joining again has no pauses

    def _configure(self, **option: object) -> None:
        try:
            self._station.config(**option)
        except (OSError, TypeError, ValueError):
            pass  # another chip's option

    async def _join(self) -> bool:
        """One try; whether it worked, else `reason` tells why not."""
        station = self._station
        stale = self._refused()  # some drivers go on telling why the try before failed
        try:
            station.connect(self._ssid, self._password)
        except OSError as error:
            return self._failed("the radio said %s" % error)
        for _ in range(_JOIN_MS // _LOOK_MS):
            if station.isconnected():
                self._joined()
                return True
            reason = self._refused()
            if reason and reason != stale:
                return self._failed(reason)
            stale = reason
            await self._sleep_ms(_LOOK_MS)
        return self._failed(stale or "it did not answer in time")

    def _refused(self) -> str:
        status = self._station.status()
        for name, reason in _REASONS:
            if status == getattr(self._network, "STAT_" + name, None):
                return reason
        return ""

    def _joined(self) -> None:
        self.reason = ""
        self._failures = 0
        self._backoff.reset()
        print("uockam: Wi-Fi joined, address %s" % self._station.ifconfig()[0])

    def _failed(self, reason: str) -> bool:
        if reason != self.reason:
            print("uockam: Wi-Fi not joined: %s" % reason)
        self.reason = reason
        self._failures += 1
        return False

    async def _stay(self) -> None:
        while self._station.isconnected():
            await self._sleep_ms(_LOOK_MS)
        self.reason = "the network is gone"
        print("uockam: Wi-Fi lost")

    async def _pause(self) -> None:
        self._leave()
        await self._sleep_ms(self._backoff.next_ms(random_bytes(1)[0]))
        if self._failures % _HANGS == 0:
            self._station.active(False)
            await self._sleep_ms(_LOOK_MS)
            self._switch_on()

    def _leave(self) -> None:
        try:
            self._station.disconnect()
        except OSError:
            pass  # it was not connected


def _check(ssid: object, password: object) -> None:
    if not isinstance(ssid, str) or not 0 < len(ssid.encode()) <= 32:
        raise ValueError('"wifi" needs an "ssid" of 1 to 32 bytes')
    if password is not None and not (
        isinstance(password, str) and (not password or _PSK_BYTES[0] <= len(password.encode()) <= _PSK_BYTES[1])
    ):
        raise ValueError('the "password" of "wifi" has 8 to 63 characters')


def _name(network: object, name: str) -> None:
    """Give the board the name that its router, and mDNS as NAME.local where the port has it, know it by."""
    plain = "".join([char if char.isalpha() or char.isdigit() else "-" for char in name.lower()]).strip("-")
    if plain and hasattr(network, "hostname"):
        network.hostname(plain[:_MAX_HOSTNAME])
