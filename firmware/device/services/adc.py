"""The analog inputs of the board, those that the settings name (docs/services.md, `adc`)."""

from machine import ADC, Pin

from .. import config
from .words import Words, allowed, number

ACCESS = config.access("adc")

_MOST_SAMPLES = 256  # some 3 ms on an RP2040, which nobody else can use meanwhile
_FULL_MV = 3300  # where the chip does not measure its own reference: the supply of nearly every board


def make(node: object) -> "Adc":
    """The worker."""
    return Adc(config.load().get("adc", []))


class Adc(Words):
    """Measures when asked."""

    usage = "read PIN [SAMPLES], millivolts PIN [SAMPLES]"

    def __init__(self, pins: "list[int | str]") -> None:
        self._allowed = pins
        self._inputs: "dict[int | str, object]" = {}

    def read(self, word: str, samples: str = "1") -> str:
        """`read PIN [SAMPLES]`: 0 to 65535, the mean of so many."""
        return str(_mean(self._input(word).read_u16, samples))

    def millivolts(self, word: str, samples: str = "1") -> str:
        """`millivolts PIN [SAMPLES]`: calibrated on chips that are, else a share of 3300 mV."""
        source = self._input(word)
        if hasattr(source, "read_uv"):
            return str(_mean(source.read_uv, samples) // 1000)
        return str(_mean(source.read_u16, samples) * _FULL_MV // 65535)

    def _input(self, word: str) -> "ADC":
        pin = allowed(word, self._allowed, "adc")
        if pin not in self._inputs:
            self._inputs[pin] = _open(pin)
        return self._inputs[pin]

    commands = (("read", read, 1, 2), ("millivolts", millivolts, 1, 2))


def _open(pin: "int | str") -> "ADC":
    """With the widest range, on chips that have several: an ESP32 measures up to 1 V only by default."""
    if hasattr(ADC, "ATTN_11DB"):
        return ADC(Pin(pin), atten=ADC.ATTN_11DB)
    return ADC(Pin(pin))


def _mean(read: object, samples: str) -> int:
    count = number(samples, 1, _MOST_SAMPLES, "the number of samples")
    return sum([read() for _ in range(count)]) // count
