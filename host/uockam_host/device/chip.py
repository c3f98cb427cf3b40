"""The outside of the virtual board's chip: what its pins show, what is connected to them, why it started.

The inside is boards/UNIX/rom/machine.py; between the two are files in a folder.
"""

import json
import os
import time
from pathlib import Path
from typing import Any

POWER, RESET_BUTTON, SOFT_RESET = 1, 2, 5  # PWRON_RESET, HARD_RESET, SOFT_RESET of that file

_ID_BYTES = 8
_END = "\n"  # of a file that is whole
_TRIES = 100
_WRITING_S = 0.001  # what the board takes to write one


class Chip:
    """The files are made when the board gets power, and what is connected to it stays when it loses it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()

    def begin(self, cause: int) -> None:
        """A life of the program begins: no pin is driven."""
        self.folder.mkdir(parents=True, exist_ok=True)
        identity = self._read("chip.json").get("id") or os.urandom(_ID_BYTES).hex()
        self._write("chip.json", {"id": identity, "cause": cause})
        self._write("state.json", {})
        self._write("clock.json", {})

    def pins(self) -> dict[str, dict[str, Any]]:
        """What the board does with its pins, by name: {"5": {"mode": "out", "value": 1}}."""
        found: dict[str, dict[str, Any]] = self._read("state.json").get("pins", {})
        return found

    def clock_ahead_s(self) -> int:
        """How far the clock of the board was set ahead of this computer's; 0 when it was not set."""
        return int(self._read("clock.json").get("ahead_s", 0))

    def connect(self, pin: int, value: int) -> None:
        """Put a level, 0 or 1, on a pin that is an input."""
        self._set_input("pins", pin, value)

    def connect_analog(self, pin: int, value_u16: int) -> None:
        """Put a voltage on an analog input: 0 to 65535 for 0 V to the most it can measure."""
        self._set_input("adc", pin, value_u16)

    def _set_input(self, kind: str, pin: int, value: int) -> None:
        inputs = self._read("inputs.json")
        inputs.setdefault(kind, {})[str(pin)] = value
        self._write("inputs.json", inputs)

    def _read(self, name: str) -> dict[str, Any]:
        """{} when there is no such file, or none that is whole; one that the board is just writing is read again."""
        for _ in range(_TRIES):
            try:
                text = (self.folder / name).read_text()
            except FileNotFoundError:
                return {}
            if text.endswith(_END):
                found: dict[str, Any] = json.loads(text)
                return found
            time.sleep(_WRITING_S)
        return {}

    def _write(self, name: str, value: object) -> None:
        new = self.folder / (name + ".new")
        new.write_text(json.dumps(value) + _END)
        os.replace(new, self.folder / name)
