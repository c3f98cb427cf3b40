"""`uockam device doctor`: what keeps a board from working, and what to do about it."""

import click

from ...device import doctor as library
from ...device.doctor import Finding
from ..options import Command
from ..output import EXIT_RUN_TIME, Output, caution, cross, printable, tick

_MARKS = {library.OK: tick, library.WARNING: caution, library.WRONG: cross}


@click.command(cls=Command)
@click.option("--port", type=click.Path(), metavar="PORT", help="Examine the board at this port, and ask it.")
@click.pass_obj
def doctor(output: Output, port: str | None) -> None:
    """Test what goes wrong with boards, and print what to do about it.

    The exit code is 0 when nothing is wrong. With --port the board is asked what it runs, which resets some boards.

    \b
    Examples:
      uockam device doctor
      uockam device doctor --port /dev/ttyUSB0
    """
    output.progress("Examining this computer and its boards...")
    findings = library.diagnose(port)
    healthy = all(finding.status != library.WRONG for finding in findings)
    text = "\n".join(map(_marked, findings))
    output.show(text, {"healthy": healthy, "checks": [finding.to_dict() for finding in findings]})
    if not healthy:
        output.exit_code = EXIT_RUN_TIME


def _marked(finding: Finding) -> str:
    lines = [f"{finding.check}: {finding.text}", *finding.remedy.splitlines()]
    return _MARKS[finding.status](*map(printable, lines))
