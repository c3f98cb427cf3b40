"""`uockam tcp-listener`: where a node takes TCP connections."""

import click

from ..node import control
from ..node.routes import of_address
from .options import Group, at_option, warn_of_strangers
from .output import Output
from .tcp import add_verbs


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
    made = control.create_tcp("listener", address, at)
    warn_of_strangers(output, made.socket)
    route = of_address(made.socket)
    lines = ["Tcp listener created! You can send messages to it via this route:", route]
    output.done(lines, {**made.to_dict(), "route": route}, bare=route)


add_verbs(tcp_listener, "listener", "Close one TCP listener; the connections that came through it stay.")
