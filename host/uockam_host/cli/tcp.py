"""What `uockam tcp-listener` and `uockam tcp-connection` have in common: list, show, delete."""

import click

from ..node import control
from .options import at_option, node_name, yes_option
from .output import Output, block, listing
from .views import transport_line, transport_lines


def add_verbs(group: click.Group, noun: control.TcpNoun, closing: str) -> None:
    """Give the group its three verbs; `closing` is the help of delete."""
    thing = f"TCP {noun}"

    @group.command("list", help=_help(f"List the {thing}s of a node.", noun, "list"))
    @at_option
    @click.pass_obj
    def list_(output: Output, at: str | None) -> None:
        name = node_name(at)
        output.progress(f"Asking {name} for its {thing}s...")
        found = control.list_tcp(noun, name)
        items = [[transport_line(one)] for one in found]
        title = f"TCP {noun.capitalize()}s on {name}"
        output.show(listing(title, items, f"No {thing}s found on {name}."), [one.to_dict() for one in found])

    @group.command(help=_help(f"Show one {thing}, by HOST:PORT or worker address.", noun, "show 127.0.0.1:4000"))
    @click.argument("address")
    @at_option
    @click.pass_obj
    def show(output: Output, address: str, at: str | None) -> None:
        found = control.show_tcp(noun, address, at)
        output.show(block(transport_lines(found)), found.to_dict())

    @group.command(help=_help(closing, noun, "delete 127.0.0.1:4000"))
    @click.argument("address")
    @at_option
    @yes_option
    @click.pass_obj
    def delete(output: Output, address: str, at: str | None) -> None:
        name = node_name(at)
        control.delete_tcp(noun, address, name)
        output.done([f"{thing} {address} of node {name} has been deleted"], {"address": address, "node": name})


def _help(sentence: str, noun: str, verb: str) -> str:
    return f"{sentence}\n\n\b\nExample:\n  uockam tcp-{noun} {verb} --at n1"
