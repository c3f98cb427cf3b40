"""The chip of the virtual board: what MicroPython's unix port lacks of `machine`, with pins that are files.

`files` is the file system that the board shares with the computer, where it is a folder: chip.py of uockam_host.
state.json is written here: what the board drives, {"pins": {"5": {"mode": "out", "value": 1}}}. inputs.json is written
by the computer: what comes in from outside, {"pins": {"4": 1}, "adc": {"26": 30000}}.
"""

import json
import time

from umachine import *  # noqa: F403

PWRON_RESET, HARD_RESET, WDT_RESET, SOFT_RESET = 1, 2, 3, 5

_PINS = 30  # as an RP2040 has
_LED = "LED"
_ANALOG = (26, 27, 28, 29)
_MOST = 65535
_HARD = 3  # exit code that the computer takes for the reset button

_driven = {}
_clock_offset_s = 0


def _read(name):
    try:
        with files.open("/" + name, "r") as file:  # noqa: F405
            return json.load(file)
    except (OSError, ValueError):
        return {}


def _drive(name, **values):
    """Show what a pin does."""
    if values == _driven.get(name):
        return
    _driven[name] = values
    _write("state.json", {"pins": _driven})


def _write(name, value):
    with files.open("/" + name, "w") as file:  # noqa: F405
        file.write(json.dumps(value) + "\n")


def _checked(pin):
    if pin == _LED or (isinstance(pin, int) and 0 <= pin < _PINS):
        return str(pin)
    raise ValueError("invalid pin")


class Pin(PinBase):  # noqa: F405
    """As on an RP2040, without interrupts. An input that nothing is connected to follows its pull, or reads 0."""

    IN, OUT, OPEN_DRAIN = 0, 1, 2
    PULL_UP, PULL_DOWN = 1, 2

    def __init__(self, id, mode=None, pull=None, value=None):
        self._name = id._name if isinstance(id, Pin) else _checked(id)
        if mode is not None:
            self.init(mode, pull, value)

    def init(self, mode=IN, pull=None, value=None):
        """Set what the pin is."""
        if mode == Pin.IN:
            _drive(self._name, mode="in", pull=pull or 0)
        else:
            now = self.value() if value is None else value
            _drive(self._name, mode="out" if mode == Pin.OUT else "open-drain", value=int(bool(now)))

    def value(self, new=None):
        """Read the pin, or drive it."""
        state = _driven.get(self._name, {})
        if new is not None:
            _drive(self._name, mode=state.get("mode", "out"), value=int(bool(new)))
            return None
        if "value" in state and (state["mode"] == "out" or not state["value"]):
            return state["value"]
        released = int(state.get("pull") == Pin.PULL_UP or state.get("mode") == "open-drain")
        return int(_read("inputs.json").get("pins", {}).get(self._name, released))

    __call__ = value

    def on(self):
        """Drive it high."""
        self.value(1)

    def off(self):
        """Drive it low."""
        self.value(0)

    def toggle(self):
        """Drive it the other way."""
        self.value(not self.value())


class PWM:
    """Shows its frequency and duty."""

    def __init__(self, pin, freq=0, duty_u16=0):
        self._name = pin._name
        self.init(freq, duty_u16)

    def init(self, freq, duty_u16):
        """Set both."""
        if not 8 <= freq <= 62_500_000 or not 0 <= duty_u16 <= _MOST:
            raise ValueError("freq out of range")
        _drive(self._name, mode="pwm", freq=freq, duty_u16=duty_u16)

    def deinit(self):
        """Let go of the pin."""
        _drive(self._name, mode="in", pull=0)


class ADC:
    """Reads what the computer says that there is; 0 when it says nothing."""

    def __init__(self, pin):
        self._name = pin._name if isinstance(pin, Pin) else _checked(pin)
        if self._name not in [str(number) for number in _ANALOG]:
            raise ValueError("Pin doesn't have ADC capabilities")

    def read_u16(self):
        """0 to 65535."""
        return max(0, min(int(_read("inputs.json").get("adc", {}).get(self._name, 0)), _MOST))


class RTC:
    """The clock of the computer, and what was set against it for as long as the program runs."""

    def datetime(self, new=None):
        """(year, month, day, weekday, hours, minutes, seconds, subseconds)."""
        global _clock_offset_s
        if new is not None:
            _clock_offset_s = time.mktime(tuple(new[:3]) + tuple(new[4:7]) + (0, 0)) - int(time.time())
            _write("clock.json", {"ahead_s": _clock_offset_s})
            return None
        year, month, day, hours, minutes, seconds, weekday = time.gmtime(int(time.time()) + _clock_offset_s)[:7]
        return year, month, day, weekday, hours, minutes, seconds, 0


def unique_id():
    """8 bytes that the board has for life."""
    return bytes.fromhex(_read("chip.json")["id"])


def reset_cause():
    """Why the board runs from its start."""
    return _read("chip.json")["cause"]


def reset():
    """As the reset button."""
    raise SystemExit(_HARD)
