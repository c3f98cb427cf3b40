"""`uockam secure-channel`: encrypted and mutually authenticated channels that a node makes."""

import click

from ..node import channels
from .options import (
    Group,
    at_option,
    authorized_option,
    complete_node,
    duration_ms,
    identity_option,
    node_name,
    route,
    yes_option,
)
from .output import Output, block, listing
from .views import channel_lines

_ADDRESS = click.argument("address", callback=route)


@click.group("secure-channel", cls=Group)
def secure_channel() -> None:
    """Make secure channels between nodes.

    \b
    Example:
      uockam secure-channel create --from n1 --to /node/n2/service/api
    """


@secure_channel.command()
@click.option(
    "-f", "--from", "from_node", metavar="NODE", required=True, shell_complete=complete_node, help="Node that makes it."
)
@click.option("-t", "--to", metavar="ROUTE", required=True, callback=route, help="Where a listener is, such as `api`.")
@authorized_option("Who may be at the other end; anybody when missing")
@identity_option("Who to be; the identity of the node when missing.")
@click.option(
    "--timeout", metavar="DURATION", default="10s", show_default=True, callback=duration_ms, help="For the handshake."
)
@click.pass_obj
def create(
    output: Output, from_node: str, to: str, authorized: list[str] | None, identity: str | None, timeout: int
) -> None:
    """Make a secure channel from a node to a listener.

    The listener is at the end of ROUTE. Each side proves to the other who it is. The node keeps the channel: when what
    is below it is lost, the channel is made again at the same address. Into a pipe the address is printed alone, as the
    start of a route.

    \b
    Examples:
      uockam secure-channel create --from n1 --to /node/n2/service/api
      uockam secure-channel create --from n1 --to /node/n2/service/api |
        uockam message send hello --from n1 --to -/service/uppercase
    """
    name = node_name(from_node)
    output.progress(f"Making a secure channel from {name} to {to}...")
    made = channels.create(to, name, authorized=authorized, identity=identity, timeout_ms=timeout)
    lines = [f"Secure Channel at {made} created successfully", f"From /node/{name} to {to}"]
    output.done(lines, [{"address": made}], bare=made)


@secure_channel.command("list")
@at_option
@click.pass_obj
def list_(output: Output, at: str | None) -> None:
    """List the secure channels that a node has made.

    \b
    Example:
      uockam secure-channel list --at n1
    """
    name = node_name(at)
    output.progress(f"Asking {name} for its secure channels...")
    found = channels.list_all(name)
    items = [channel_lines(one) for one in found]
    text = listing(f"Secure Channels on {name}", items, f"No secure channels found on {name}")
    output.show(text, [one.to_dict() for one in found])


@secure_channel.command()
@_ADDRESS
@at_option
@click.pass_obj
def show(output: Output, address: str, at: str | None) -> None:
    """Show one secure channel that a node has made.

    \b
    Example:
      uockam secure-channel show /service/8eb3bfc8a6419f24c05ddd627d144bec --at n1
    """
    found = channels.show(address, at)
    output.show(block(channel_lines(found)), found.to_dict())


@secure_channel.command()
@_ADDRESS
@at_option
@yes_option
@click.pass_obj
def delete(output: Output, address: str, at: str | None) -> None:
    """End a secure channel that a node has made.

    \b
    Example:
      uockam secure-channel delete /service/8eb3bfc8a6419f24c05ddd627d144bec --at n1
    """
    name = node_name(at)
    gone = channels.delete(address, name)
    output.done([f"Secure Channel at {gone} of node {name} has been deleted"], {"address": gone, "node": name})
