"""`uockam tcp-listener`: where a node takes TCP connections."""

import click

from ..node import control
from ..node.routes import of_address
from .options import Group, at_option, node_name, warn_of_strangers, yes_option
from .output import Output, block, listing
from .views import transport_line, transport_lines


@click.group("tcp-listener", cls=Group)
def tcp_listener() -> None:
    """Let nodes listen for TCP connections.

    \b
    Example:
      uockam tcp-listener create 127.0.0.1:4000 --at n1
    """


@tcp_listener.command()
@click.argument("address")
@at_option
@click.pass_obj
def create(output: Output, address: str, at: str | None) -> None:
    """Listen at ADDRESS, which is HOST:PORT; port 0 picks a free one.

    \b
    Example:
      uockam tcp-listener create 127.0.0.1:4000 --at n1
    """
    output.progress(f"Listening at {address}...")
    made = control.create_tcp_listener(address, at)
    warn_of_strangers(output, made.socket)
    route = of_address(made.socket)
    lines = ["Tcp listener created! You can send messages to it via this route:", route]
    output.done(lines, {**made.to_dict(), "route": route}, bare=route)


@tcp_listener.command("list")
@at_option
@click.pass_obj
def list_(output: Output, at: str | None) -> None:
    """List the TCP listeners of a node.

    \b
    Example:
      uockam tcp-listener list --at n1
    """
    name = node_name(at)
    output.progress(f"Asking {name} for its TCP listeners...")
    found = control.list_tcp_listeners(name)
    items = [[transport_line(one)] for one in found]
    text = listing(f"TCP Listeners on {name}", items, f"No TCP listeners found on {name}.")
    output.show(text, [one.to_dict() for one in found])


@tcp_listener.command()
@click.argument("address")
@at_option
@click.pass_obj
def show(output: Output, address: str, at: str | None) -> None:
    """Show one TCP listener, by HOST:PORT or worker address.

    \b
    Example:
      uockam tcp-listener show 127.0.0.1:4000 --at n1
    """
    found = control.show_tcp_listener(address, at)
    output.show(block(transport_lines(found)), found.to_dict())


@tcp_listener.command()
@click.argument("address")
@at_option
@yes_option
@click.pass_obj
def delete(output: Output, address: str, at: str | None) -> None:
    """Close one TCP listener; the connections that came through it stay.

    \b
    Example:
      uockam tcp-listener delete 127.0.0.1:4000 --at n1
    """
    name = node_name(at)
    control.delete_tcp_listener(address, name)
    output.done([f"TCP listener {address} of node {name} has been deleted"], {"address": address, "node": name})
