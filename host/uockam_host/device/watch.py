"""What changes among the boards that are plugged in."""

from dataclasses import dataclass
from typing import Any

from .discover import Device, ask, passive
from .sources import Sources, system

PLUGGED_IN = "plugged in"
CHANGED = "changed"
UNPLUGGED = "unplugged"


@dataclass(frozen=True)
class Change:
    """kind: PLUGGED_IN, CHANGED or UNPLUGGED; device: as it is now, or was."""

    kind: str
    device: Device

    def to_dict(self) -> dict[str, Any]:
        """JSON of one line of `device list --watch`."""
        return {"change": self.kind, **self.device.to_dict()}


class Watch:
    """Remembers what was there: a board is asked again only when what is known without asking has changed.

    anyway: ask also where that may reset a board.
    """

    def __init__(self, sources: "Sources | None" = None, *, anyway: bool = False) -> None:
        self._sources = sources or system()
        self._anyway = anyway
        self._seen: dict[_Key, tuple[Device, Device]] = {}  # as seen, and as it answered

    @property
    def devices(self) -> list[Device]:
        """What was there at the last look."""
        return [answered for _, answered in self._seen.values()]

    def look(self) -> list[Change]:
        """What has changed since the last look; at first, everything was plugged in."""
        before, found = self._seen, passive(self._sources)
        new = [device for device in found if before.get(_key(device), (None,))[0] != device]
        answers = dict(zip(map(_key, new), ask(new, self._sources, anyway=self._anyway), strict=True))
        self._seen = {
            _key(device): (device, answers[_key(device)] if _key(device) in answers else before[_key(device)][1])
            for device in found
        }
        gone = [Change(UNPLUGGED, answered) for key, (_, answered) in before.items() if key not in self._seen]
        return gone + [
            Change(CHANGED if key in before else PLUGGED_IN, answer)
            for key, answer in answers.items()
            if key not in before or before[key][1] != answer
        ]


_Key = tuple[str, str]


def _key(device: Device) -> _Key:
    return device.place, device.serial_number
