"""The LED of the board (docs/services.md, `led`)."""

import asyncio

from machine import Pin, Signal

from .. import config
from .words import Refusal, Words, number

ACCESS = config.access("led")

_LEAST_MS, _MOST_MS = 20, 60_000


def make(node: object) -> "Led":
    """The worker. Raises Refusal on a board whose LED the settings have to name."""
    settings = config.load()
    name = settings.get("led", "LED")
    try:
        pin = Pin(name, Pin.OUT)
    except (TypeError, ValueError):
        raise Refusal('there is no LED %s; name its pin in uockam.json, such as "led": 2' % name)
    return Led(node, Signal(pin, invert=settings.get("led_inverted", False)))


class Led(Words):
    """Off at first."""

    usage = "on, off, toggle, get, blink [MS]"

    def __init__(self, node: object, signal: "Signal") -> None:
        self._node = node
        self._signal = signal
        self._blinking: "object | None" = None
        signal.off()

    def on(self) -> str:
        """`on`."""
        return self._show(1)

    def off(self) -> str:
        """`off`."""
        return self._show(0)

    def toggle(self) -> str:
        """`toggle`."""
        return self._show(1 - self._signal.value())

    def get(self) -> str:
        """`get`: on, off or blinking."""
        return "blinking" if self._blinking is not None else _word(self._signal.value())

    def blink(self, period: str = "1000") -> str:
        """`blink [MS]`: on and off once in so many milliseconds."""
        half_ms = number(period, _LEAST_MS, _MOST_MS, "a period") // 2
        self._show(1)
        self._blinking = self._node.spawn("led", self._blink(half_ms))
        return "blinking"

    async def stopped(self, context: object) -> None:
        self._show(0)

    def _show(self, value: int) -> str:
        if self._blinking is not None:
            self._blinking.cancel()
            self._blinking = None
        self._signal.value(value)
        return _word(value)

    async def _blink(self, half_ms: int) -> None:
        while True:
            await asyncio.sleep_ms(half_ms)
            self._signal.value(1 - self._signal.value())

    commands = (
        ("on", on, 0, 0),
        ("off", off, 0, 0),
        ("toggle", toggle, 0, 0),
        ("get", get, 0, 0),
        ("blink", blink, 0, 1),
    )


def _word(value: int) -> str:
    return "on" if value else "off"
