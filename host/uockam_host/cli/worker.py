"""`uockam worker`: the workers of a node."""

import click

from ..node import control
from .options import Group, at_option, node_name
from .output import Output, listing
from .views import worker_item


@click.group(cls=Group)
def worker() -> None:
    """Look at the workers of a node.

    \b
    Example:
      uockam worker list --at n1
    """


@worker.command("list")
@at_option
@click.pass_obj
def list_(output: Output, at: str | None) -> None:
    """List the addresses of all workers of a node.

    \b
    Examples:
      uockam worker list --at n1
      uockam worker list --at pico1 --output json
    """
    name = node_name(at)
    output.progress(f"Asking {name} for its workers...")
    addresses = control.workers(name)
    text = listing(f"Workers on {name}", [worker_item(one) for one in addresses], f"No workers found on {name}.")
    output.show(text, [{"addr": one} for one in addresses])
