"""`uockam relay`: names under which other nodes forward messages to a node that they cannot reach by themselves."""

import click

from ..node import relaying
from ..projects.known import default_project_route
from .options import Group, at_option, complete_node, node_name, route, yes_option
from .output import Output, block, listing
from .views import relay_lines

_DEFAULT = "default"


@click.group(cls=Group)
def relay() -> None:
    """Let other nodes forward messages to a node.

    A node behind a router cannot be reached, but it can connect to a node or a project that can. That one forwards to
    it whatever is sent to `forward_to_NAME`.

    \b
    Example:
      uockam relay create n1 --at /node/n2 --to n1
    """


@relay.command()
@click.argument("name", default=_DEFAULT, metavar="[NAME]")
@click.option(
    "--at",
    "where",
    metavar="ROUTE",
    callback=lambda ctx, parameter, text: route(ctx, parameter, text) if text else default_project_route(),
    help="The node that forwards; the default project when missing.",
)
@click.option("--to", metavar="NODE", shell_complete=complete_node, help="The node that gets the messages.")
@click.option("--authorized", metavar="IDENTIFIER", help="Who may forward, when ROUTE ends with a secure channel.")
@click.option("--relay-address", metavar="NAME", help="Name of the relay there, when it is not NAME.")
@click.option("--no-connection-wait", "no_wait", is_flag=True, help="Do not wait for the relay to be there.")
@click.pass_obj
def create(
    output: Output,
    name: str,
    where: str,
    to: str | None,
    authorized: str | None,
    relay_address: str | None,
    no_wait: bool,
) -> None:
    """Have another node forward to a node of this machine.

    The relay is kept: it is registered again when the connection is lost, and when the node is started again. Into a
    pipe its address is printed alone, as the next part of a route.

    \b
    Examples:
      uockam relay create n1 --at /node/n2 --to n1
      uockam message send hello --to /node/n2/service/forward_to_n1/service/uppercase
    """
    node = node_name(to)
    output.progress(f"Making a relay at {where} for {node}...")
    made = relaying.create(name, where, node, authorized=authorized, relay_address=relay_address, wait=not no_wait)
    if made.up:
        lines = [f"Now relaying messages from {made.at}{made.service} → /node/{node}/service/{made.worker}"]
    else:
        lines = [f"A relay {name} will be made at {made.at}, and forward to /node/{node}"]
    output.done(lines, made.to_dict(), bare=made.service or f"/service/forward_to_{relay_address or name}")


@relay.command("list")
@click.option("--to", metavar="NODE", shell_complete=complete_node, help="Node to ask; the default node when missing.")
@click.pass_obj
def list_(output: Output, to: str | None) -> None:
    """List the relays that lead to a node.

    \b
    Example:
      uockam relay list --to n1
    """
    node = node_name(to)
    output.progress(f"Asking {node} for its relays...")
    relays = relaying.list_all(node)
    text = listing(f"Relays on {node}", [relay_lines(one) for one in relays], f"No relays found on {node}.")
    output.show(text, [one.to_dict() for one in relays])


@relay.command()
@click.argument("name", default=_DEFAULT, metavar="[NAME]")
@at_option
@click.pass_obj
def show(output: Output, name: str, at: str | None) -> None:
    """Show one relay of a node.

    \b
    Example:
      uockam relay show n1 --at n1
    """
    found = relaying.show(name, at)
    output.show(block(relay_lines(found)), found.to_dict())


@relay.command()
@click.argument("name", default=_DEFAULT, metavar="[NAME]")
@at_option
@yes_option
@click.pass_obj
def delete(output: Output, name: str, at: str | None) -> None:
    """Let go of a relay.

    \b
    Example:
      uockam relay delete n1 --at n1
    """
    node = node_name(at)
    relaying.delete(name, node)
    output.done([f"Relay with name {name} on Node {node} has been deleted"], {"name": name, "node": node})
