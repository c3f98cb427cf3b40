"""`uockam tcp-connection`: the TCP connections of a node."""

import click

from ..node import control
from .options import Group, at_option, complete_node, node_name, yes_option
from .output import Output, block, listing
from .views import transport_line, transport_lines


@click.group("tcp-connection", cls=Group)
def tcp_connection() -> None:
    """Connect nodes over TCP.

    \b
    Example:
      uockam tcp-connection create --from n1 --to 127.0.0.1:4000
    """


@tcp_connection.command()
@click.option("--from", "from_node", metavar="NODE", shell_complete=complete_node, help="Node that connects.")
@click.option("-t", "--to", required=True, metavar="HOST:PORT", help="Where it connects to.")
@click.pass_obj
def create(output: Output, from_node: str | None, to: str) -> None:
    """Connect a node to HOST:PORT.

    Into a pipe the address of the worker that sends there is printed alone, as the start of a route.

    \b
    Examples:
      uockam tcp-connection create --from n1 --to 127.0.0.1:4000
      uockam tcp-connection create --from n1 --to 127.0.0.1:4000 |
        uockam message send hello --from n1 --to -/service/uppercase
    """
    name = node_name(from_node)
    output.progress(f"Connecting {name} to {to}...")
    made = control.create_tcp_connection(to, name)
    address = f"/worker/{made.worker}"
    lines = [
        f"A TCP connection with worker address {address}",
        f"was created at the Node {name}",
        f"bound to {made.socket}",
    ]
    output.done(lines, {"from": name, "to": made.socket, "address": address}, bare=address)


@tcp_connection.command("list")
@at_option
@click.pass_obj
def list_(output: Output, at: str | None) -> None:
    """List the TCP connections of a node.

    \b
    Example:
      uockam tcp-connection list --at n1
    """
    name = node_name(at)
    output.progress(f"Asking {name} for its TCP connections...")
    found = control.list_tcp_connections(name)
    items = [[transport_line(one)] for one in found]
    text = listing(f"TCP Connections on {name}", items, f"No TCP connections found on {name}.")
    output.show(text, [one.to_dict() for one in found])


@tcp_connection.command()
@click.argument("address")
@at_option
@click.pass_obj
def show(output: Output, address: str, at: str | None) -> None:
    """Show one TCP connection, by worker address or HOST:PORT.

    \b
    Example:
      uockam tcp-connection show 127.0.0.1:4000 --at n1
    """
    found = control.show_tcp_connection(address, at)
    output.show(block(transport_lines(found)), found.to_dict())


@tcp_connection.command()
@click.argument("address")
@at_option
@yes_option
@click.pass_obj
def delete(output: Output, address: str, at: str | None) -> None:
    """Close one TCP connection.

    \b
    Example:
      uockam tcp-connection delete 127.0.0.1:4000 --at n1
    """
    name = node_name(at)
    control.delete_tcp_connection(address, name)
    output.done([f"TCP connection {address} of node {name} has been deleted"], {"address": address, "node": name})
