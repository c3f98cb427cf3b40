"""`uockam service`: the services of a node."""

import click

from ..node import control
from .options import Group, at_option, node_name
from .output import Output, listing
from .views import service_item


@click.group(cls=Group)
def service() -> None:
    """Look at the services of a node and start more.

    \b
    Examples:
      uockam service list --at n1
      uockam service start hop --at n1 --addr h1
    """


@service.command("list")
@at_option
@click.pass_obj
def list_(output: Output, at: str | None) -> None:
    """List the services of a node.

    \b
    Example:
      uockam service list --at n1
    """
    name = node_name(at)
    output.progress(f"Asking {name} for its services...")
    services = control.services(name)
    text = listing(f"Services on {name}", [service_item(one) for one in services], f"No services found on {name}")
    output.show(text, [one.to_dict() for one in services])


@service.group()
def start() -> None:
    """Start a service on a node.

    \b
    Example:
      uockam service start hop --at n1 --addr h1
    """


@start.command()
@click.option("--addr", metavar="ADDRESS", default="hop", show_default=True, help="Address of the service.")
@at_option
@click.pass_obj
def hop(output: Output, addr: str, at: str | None) -> None:
    """Start a service that passes each message on to the rest of its route.

    \b
    Examples:
      uockam service start hop --at n1 --addr h1
      uockam message send hello --to /node/n1/service/h1/service/echo
    """
    output.warn("SECURITY WARNING: Don't use Hop service in production nodes")
    output.progress(f"Starting the hop service {addr}...")
    address = control.start_hop(at, addr)
    output.done([f"Service started at address {address}"], {"addr": address, "type": "hop"})
