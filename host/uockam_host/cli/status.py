"""`uockam status`: everything at a glance."""

import click

from .. import __version__
from ..errors import HostError
from ..node import control
from ..node.info import NodeDetails, NodeInfo
from .app import PROGRAM
from .options import Command
from .output import Output, block, section
from .views import node_lines


@click.command(cls=Command)
@click.pass_obj
def status(output: Output) -> None:
    """Show the version and all nodes.

    \b
    Example:
      uockam status
    """
    nodes = [_details(one) for one in control.list_nodes()]
    blocks = [block(node_lines(one)) for one in nodes] or [block(["No nodes found on this system."])]
    text = f"{block([f'Version: {PROGRAM} {__version__}', ''])}\n{section('Nodes', blocks)}"
    output.show(text, {"version": __version__, "nodes": [one.to_dict() for one in nodes]})


def _details(node: NodeInfo) -> NodeDetails:
    """What is known of the node, also when it went away after it was listed or does not answer."""
    from dataclasses import replace

    try:
        return control.show_node(node.name)
    except HostError as error:
        return NodeDetails(replace(node, up=False, reason=str(error)), f"/node/{node.name}", "")
