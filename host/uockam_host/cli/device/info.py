"""`uockam device info`: what a board is and how it does."""

from typing import Any

import click

from ...device import boards, live
from ...device.describe import describe
from ..options import Command
from ..output import Output, block, printable
from ..progress import size
from .target import route_options


@click.command(cls=Command)
@route_options
@click.pass_obj
def info(output: Output, place: live.Place) -> None:
    """Show what a board is, and how it is.

    Its versions, memory and room for files, and why it started and crashed last.

    \b
    Example:
      uockam device info --at pico1
    """
    found = describe(live.find_board(place))
    output.show(block([printable(line) for line in _lines(found)]), found)


def _lines(found: dict[str, Any]) -> list[str]:
    facts = {
        "Board": _board(str(found.get("machine"))),
        "Versions": f"uockam {found.get('uockam')}, MicroPython {found.get('micropython')}",
        "Identifier": found.get("identifier") or _none(found.get("no_identity")),
        "Memory": _room(found.get("free_bytes"), found.get("heap_bytes")),
        "Files": _room(found.get("storage_free_bytes"), found.get("storage_bytes")),
        "Running for": _time(found.get("uptime_s")),
        "Started by": found.get("reset_cause"),
        "Crashed last": found.get("crash"),
        "Clock": _date(found.get("time")),
        "Network": "connected" if found.get("network") else "none",
        "Services": ", ".join(found.get("services") or []),
        "Project": _project(found.get("project")),
    }
    return [f"{found['node']}:", *(f"  {title}: {value}" for title, value in facts.items() if value not in (None, ""))]


def _board(machine: str) -> str:
    """What the board calls itself; a virtual one names the compiler that MicroPython was made with."""
    board = boards.by_machine(machine)
    return board.title if board and board.chip == boards.THIS_COMPUTER else machine


def _project(standing: object) -> str:
    if not isinstance(standing, dict):
        return ""
    how = "not tried yet" if standing.get("trying") else standing.get("reason") or f"reached by {standing.get('by')}"
    return f"{standing.get('name')}, as {standing.get('relay')}: {how}"


def _none(reason: object) -> str:
    return f"none: {reason}" if reason else ""


def _room(free: object, total: object) -> str:
    return f"{size(free)} of {size(total)} free" if isinstance(free, int) and isinstance(total, int) else ""


def _date(unix_s: object) -> str:
    if not isinstance(unix_s, int):
        return ""
    from datetime import datetime, timezone

    return datetime.fromtimestamp(unix_s, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")


_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def _time(seconds: object) -> str:
    """The two largest units: `2 d 3 h`."""
    if not isinstance(seconds, int):
        return ""
    parts = []
    for length, unit in _UNITS:
        count, seconds = divmod(seconds, length)
        if count:
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2]) or "0 s"
