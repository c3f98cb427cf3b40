"""`uockam tcp-connection`: the TCP connections of a node."""

import click

from ..node import control
from .options import Group, complete_node, node_name
from .output import Output
from .tcp import add_verbs


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
    made = control.create_tcp("connection", to, name)
    address = f"/worker/{made.worker}"
    lines = [
        f"A TCP connection with worker address {address}",
        f"was created at the Node {name}",
        f"bound to {made.socket}",
    ]
    output.done(lines, {"from": name, "to": made.socket, "address": address}, bare=address)


add_verbs(tcp_connection, "connection", "Close one TCP connection.")
