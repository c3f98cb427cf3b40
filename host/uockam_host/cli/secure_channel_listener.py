"""`uockam secure-channel-listener`: where a node takes secure channels."""

import click

from ..node import channels
from .options import Group, at_option, authorized_option, identity_option, node_name, yes_option
from .output import Output, block, listing
from .views import channel_listener_item, channel_listener_lines


@click.group("secure-channel-listener", cls=Group)
def secure_channel_listener() -> None:
    """Let nodes take secure channels.

    Every node has a listener `api` from its start.

    \b
    Example:
      uockam secure-channel-listener create l1 --at n1
    """


@secure_channel_listener.command()
@click.argument("address")
@at_option
@authorized_option("Who may make channels here; anybody when missing")
@identity_option("Who to be there; the identity of the node when missing.")
@click.pass_obj
def create(output: Output, address: str, at: str | None, authorized: list[str] | None, identity: str | None) -> None:
    """Take secure channels at ADDRESS, also after a restart.

    \b
    Examples:
      uockam secure-channel-listener create l1 --at n1
      uockam secure-channel-listener create l2 --at n1 --identity alice --authorized $(uockam identity show bob)
    """
    name = node_name(at)
    made = channels.listen(address, name, authorized=authorized, identity=identity)
    lines = [f"Secure Channel Listener at {made.route} created successfully", f"At node /node/{name}"]
    output.done(lines, [{"address": made.route}], bare=made.route)


@secure_channel_listener.command("list")
@at_option
@click.pass_obj
def list_(output: Output, at: str | None) -> None:
    """List the secure channel listeners of a node.

    \b
    Example:
      uockam secure-channel-listener list --at n1
    """
    name = node_name(at)
    output.progress(f"Asking {name} for its secure channel listeners...")
    found = channels.list_listeners(name)
    items = [channel_listener_item(one) for one in found]
    title, empty = f"Secure Channel Listeners on {name}", f"No secure channel listeners found on {name}"
    output.show(listing(title, items, empty), [one.to_dict() for one in found])


@secure_channel_listener.command()
@click.argument("address")
@at_option
@click.pass_obj
def show(output: Output, address: str, at: str | None) -> None:
    """Show one listener: who it is, and who may make channels there.

    \b
    Example:
      uockam secure-channel-listener show api --at n1
    """
    found = channels.show_listener(address, at)
    output.show(block(channel_listener_lines(found)), found.to_dict(), bare=found.route)


@secure_channel_listener.command()
@click.argument("address")
@at_option
@yes_option
@click.pass_obj
def delete(output: Output, address: str, at: str | None) -> None:
    """Take no more secure channels at ADDRESS; those there are go on.

    \b
    Example:
      uockam secure-channel-listener delete l1 --at n1
    """
    name = node_name(at)
    gone = channels.delete_listener(address, name)
    lines = [f"Deleted secure-channel listener with address '{gone}' on node '{name}'"]
    output.done(lines, {"address": f"/service/{gone}", "node": name})
