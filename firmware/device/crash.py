"""Why the node crashed, kept over the restart; how often it may crash before it is left alone."""

import json

PATH = "uockam-crash.json"

_MOST_IN_A_ROW = 5
_ROW_MS = 60_000  # a node that ran for longer begins a new row
_MAX_REASON = 200


def last() -> "str | None":
    """The reason of the latest crash; None when there was none since the file was removed."""
    reason = _load().get("reason")
    return reason if isinstance(reason, str) else None


def note(reason: str, ran_ms: int) -> bool:
    """Keep the reason; whether the node should be started again."""
    row = 1 if ran_ms > _ROW_MS else _row() + 1
    try:
        _save({"reason": reason[:_MAX_REASON], "row": row})
    except OSError as error:
        print("uockam: %s cannot be written: %s" % (PATH, error))
        return False
    return row <= _MOST_IN_A_ROW


def forgive() -> None:
    """A person is at work on the board: the next crash begins a new row."""
    if _row():
        _save({"reason": last(), "row": 0})


def _row() -> int:
    row = _load().get("row")
    return row if isinstance(row, int) else 0


def _save(found: "dict[str, object]") -> None:
    with open(PATH, "w") as file:
        json.dump(found, file)


def _load() -> "dict[str, object]":
    try:
        with open(PATH) as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
