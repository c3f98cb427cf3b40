"""`uockam reset`: forget everything."""

import click

from ..errors import HostError
from ..node import control
from .options import Command, confirm
from .output import Output


@click.command(cls=Command)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def reset(output: Output, yes: bool) -> None:
    """Delete all that uockam keeps on this machine.

    Nodes, identities, settings, the orchestrator: it goes whatever state it is in. Processes are stopped first.
    Vaults and databases that were put elsewhere, and backups, stay.

    \b
    Example:
      uockam reset --yes
    """
    if not yes:
        confirm(
            "Stop all nodes and the orchestrator; delete them, all identities with their keys, and all settings?",
            "Use --yes to confirm",
        )
    output.progress("Stopping nodes and deleting everything...")
    result = control.reset()
    data = {"stopped_pids": result.stopped_pids, "failures": result.failures}
    if result.failures:
        raise HostError("; ".join(result.failures), "Remove what is left by hand, then run `uockam reset` again")
    output.done(["Local uockam configuration deleted"], data)
