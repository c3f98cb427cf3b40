"""`uockam route`: which way messages take."""

from __future__ import annotations

import click

from .options import Group, complete_node, identity_option
from .options import route as route_text
from .output import Output, block, printable


@click.group(cls=Group)
def route() -> None:
    """See which way messages take.

    \b
    Example:
      uockam route show /device/pico1
    """


@route.command()
@click.argument("to", metavar="ROUTE", callback=route_text)
@click.option("-f", "--from", "from_node", metavar="NODE", shell_complete=complete_node, help="Node to begin at.")
@identity_option("Who to be at the other end of /secure; the default identity when missing.")
@click.pass_obj
def show(output: Output, to: str, from_node: str | None, identity: str | None) -> None:
    """Show the way of a route, hop by hop.

    Each hop is asked for an echo: the time is that from here to there and back.

    \b
    Examples:
      uockam route show /device/pico1
      uockam route show /project/default/service/forward_to_pico1/secure/api
    """
    from ..node.tracing import trace

    output.progress(f"Following {to}...")
    found = trace(to, from_node, identity)
    width = max(len(_ms(hop.ms)) for hop in found.hops)
    lines = [f"  {number}  {_ms(hop.ms):>{width}}  {hop.to}: {hop.who}" for number, hop in enumerate(found.hops, 1)]
    output.show(block([printable(line) for line in (found.route, *lines)]), found.to_dict())


def _ms(ms: float | None) -> str:
    return "no echo" if ms is None else f"{ms:.1f} ms"
