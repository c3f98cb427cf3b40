"""Times as the commands print them."""

from datetime import datetime, timezone

_UNITS = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))


def span(seconds: int) -> str:
    """Seconds in the largest unit that says it exactly: 10m for 600, 0s for none."""
    unit, size = next((unit, size) for unit, size in _UNITS if size == 1 or (seconds and seconds % size == 0))
    return f"{seconds // size}{unit}"


def utc(unix_s: int) -> str:
    """Unix seconds as 2026-11-24T12:40:56Z; the number itself when no calendar has it."""
    try:
        return datetime.fromtimestamp(unix_s, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return str(unix_s)
