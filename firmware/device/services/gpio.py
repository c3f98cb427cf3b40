"""The pins of the board, those that the settings name (docs/services.md, `gpio`)."""

from machine import Pin

from .. import config
from .followers import Followers
from .words import Refusal, Words, allowed, number

ACCESS = config.access("gpio")

_LOOK_MS = 20  # how often a pin that is watched is read: faster than a finger, slower than a contact bounces
_MOST_DUTY = 65535
_MOST_HZ = 1_000_000

# Mode: constructor arguments by name, looked up on the chip's own Pin; `None` for those that it need not have.
_MODES = {
    "in": ("IN", None),
    "in-up": ("IN", "PULL_UP"),
    "in-down": ("IN", "PULL_DOWN"),
    "out": ("OUT", None),
    "open-drain": ("OPEN_DRAIN", None),
}


def make(node: object) -> "Gpio":
    """The worker."""
    return Gpio(node, config.load().get("gpio", []))


class Gpio(Words):
    """Reads, drives and watches pins; each is left as it is until the first command that names it."""

    usage = "get PIN, set PIN 0|1, toggle PIN, mode PIN MODE, pwm PIN HZ DUTY, watch PIN, unwatch PIN"

    def __init__(self, node: object, pins: "list[int | str]") -> None:
        self._allowed = pins
        self._pins: "dict[int | str, object]" = {}
        self._pwms: "dict[int | str, object]" = {}
        self._watchers = Followers(node, _LOOK_MS)

    def get(self, word: str) -> str:
        """`get PIN`."""
        return str(self._pin(word).value())

    def set(self, word: str, level: str) -> str:
        """`set PIN 0|1`: the pin becomes an output."""
        value = number(level, 0, 1, "a level")
        self._end_pwm(word)
        self._pin(word).init(Pin.OUT, value=value)
        return str(value)

    def toggle(self, word: str) -> str:
        """`toggle PIN`."""
        return self.set(word, str(1 - self._pin(word).value()))

    def mode(self, word: str, mode: str) -> str:
        """`mode PIN MODE`."""
        if mode not in _MODES:
            raise Refusal("a mode is one of %s" % ", ".join(sorted(_MODES)))
        kind, pull = [None if name is None else getattr(Pin, name, self) for name in _MODES[mode]]
        if kind is self or pull is self:
            raise Refusal("this board has no %s" % mode)
        self._end_pwm(word)
        self._pin(word).init(kind, pull)
        return mode

    def pwm(self, word: str, frequency: str, duty: str) -> str:
        """`pwm PIN HZ DUTY`: square waves, high for DUTY of 65535 parts of the time."""
        from machine import PWM

        hertz = number(frequency, 1, _MOST_HZ, "a frequency")
        share = number(duty, 0, _MOST_DUTY, "a duty")
        pin = allowed(word, self._allowed, "gpio")
        self._end_pwm(word)
        self._pwms[pin] = PWM(self._pin(word), freq=hertz, duty_u16=share)
        return "%d %d" % (hertz, share)

    def watch(self, word: str) -> str:
        """`watch PIN`: the level now, and `PIN LEVEL` at each change until the lease ends."""
        pin = self._pin(word)
        level = pin.value()
        self._watchers.add(self.message, word, _changes(word, pin, level))
        return "%s %d" % (word, level)

    def unwatch(self, word: str) -> str:
        """`unwatch PIN`."""
        return "unwatched" if self._watchers.drop(self.message, word) else "not watched"

    async def stopped(self, context: object) -> None:
        self._watchers.close()
        for word in tuple(self._pwms):
            self._end_pwm(str(word))

    def _pin(self, word: str) -> "Pin":
        pin = allowed(word, self._allowed, "gpio")
        if pin not in self._pins:
            self._pins[pin] = Pin(pin)
        return self._pins[pin]

    def _end_pwm(self, word: str) -> None:
        pwm = self._pwms.pop(allowed(word, self._allowed, "gpio"), None)
        if pwm is not None:
            pwm.deinit()

    commands = (
        ("get", get, 1, 1),
        ("set", set, 2, 2),
        ("toggle", toggle, 1, 1),
        ("mode", mode, 2, 2),
        ("pwm", pwm, 3, 3),
        ("watch", watch, 1, 1),
        ("unwatch", unwatch, 1, 1),
    )


def _changes(word: str, pin: "Pin", told: int) -> object:
    """A function that returns what to tell, or None: a watcher that is slow hears of the newest level only."""

    def look() -> "str | None":
        nonlocal told
        level = pin.value()
        if level == told:
            return None
        told = level
        return "%s %d" % (word, level)

    return look
