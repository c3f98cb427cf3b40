"""`uockam node`: make nodes, look at them, stop them, forget them."""

from functools import partial
from typing import Any

import click

from ..errors import InvalidArgument, NoRuntime
from ..node import control
from ..node.info import DeleteResult, NodeInfo
from .options import Group, confirm, identity_option, node_argument, warn_of_strangers
from .output import EXIT_RUN_TIME, Output, block, listing
from .views import node_item, node_lines


@click.group(cls=Group)
def node() -> None:
    """Make, inspect and control nodes.

    \b
    Examples:
      uockam node create n1
      uockam node list
    """


@node.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option("-f", "--foreground", is_flag=True, help="Run the node in this process, until Ctrl-C.")
@click.option(
    "-t",
    "--tcp-listener-address",
    "listener",
    metavar="HOST:PORT",
    default=control.DEFAULT_LISTENER,
    show_default=True,
    help="Where it listens for TCP connections; port 0 is a free port.",
)
@click.option("--port", type=click.Path(), metavar="PORT", help="Serial port of the board that becomes the node.")
@click.option("--board", type=click.Choice(["virtual"]), help="Start a virtual board that becomes the node.")
@identity_option("Who the node is over secure channels; the default identity when missing. A board has its own.")
@click.option("-y", "--yes", is_flag=True, help="Install uockam on a board that lacks it, without asking.")
@click.pass_obj
def create(
    output: Output,
    name: str | None,
    foreground: bool,
    listener: str,
    port: str | None,
    board: str | None,
    identity: str | None,
    yes: bool,
) -> None:
    """Make a node and start it in the background.

    NAME is picked at random when it is missing. With --verbose the log of the node tells more, and is printed when it
    runs in the foreground.

    \b
    Examples:
      uockam node create n1
      uockam node create n2 --foreground --verbose
      uockam node create n3 --identity alice
      uockam node create pico1 --port /dev/ttyACM0
      uockam node create v1 --board virtual
    """
    settings = {"listener": listener, "port": port, "board": board, "identity": identity}
    make = partial(_create_here if foreground else _create, output, name, settings)
    try:
        make()
    except NoRuntime as error:
        from .device.offer import install_anyway

        install_anyway(output, str(port), yes, error)
        make()


@node.command("list")
@click.pass_obj
def list_(output: Output) -> None:
    """List all nodes of this machine.

    \b
    Example:
      uockam node list --output json
    """
    output.progress("Listing nodes...")
    nodes = control.list_nodes()
    text = listing("Nodes", [node_item(one) for one in nodes], "No nodes found on this system.")
    output.show(f"\n{text}" if nodes else text, [one.to_dict() for one in nodes])


@node.command()
@node_argument
@click.pass_obj
def show(output: Output, name: str | None) -> None:
    """Show who a node is, where it is reached, and its services.

    \b
    Example:
      uockam node show n1
    """
    details = control.show_node(name)
    output.show(block(node_lines(details)), details.to_dict())


@node.command()
@node_argument
@click.pass_obj
def start(output: Output, name: str | None) -> None:
    """Start a stopped node again, with the settings it was made with.

    \b
    Example:
      uockam node start n1
    """
    output.progress("Starting the node...")
    started = control.start_node(name)
    name = started.node.name
    if started.was_running:
        output.note(
            f"The node '{name}' is already running. If you want to restart it you can call "
            f"`uockam node stop {name}` and then `uockam node start {name}`"
        )
    else:
        output.note(f"Node {name} started successfully")
    output.show(None, _details(output, started.node))


@node.command()
@node_argument
@click.pass_obj
def stop(output: Output, name: str | None) -> None:
    """Stop a node and keep its settings for `node start`.

    \b
    Example:
      uockam node stop n1
    """
    output.progress("Stopping the node...")
    stopped = control.stop_node(name)
    name = stopped.name
    output.note(f"Stopped node '{name}'" if stopped.was_running else f"The node '{name}' was not running")
    output.show(None, {"name": name, "was_running": stopped.was_running})


@node.command()
@node_argument
@click.option("-a", "--all", "every", is_flag=True, help="Delete all nodes.")
@click.option("-y", "--yes", is_flag=True, help="Delete the default node without asking when no NAME is given.")
@click.pass_obj
def delete(output: Output, name: str | None, every: bool, yes: bool) -> None:
    """Stop a node and forget it.

    \b
    Examples:
      uockam node delete n1
      uockam node delete --all
    """
    if every and name:
        raise InvalidArgument("--all excludes a NAME", "Leave one of them out")
    if every:
        output.progress("Deleting all nodes...")
        _report_all(output, control.delete_all())
        return
    if name is None and not yes:
        name = control.get_default()
        confirm(f"Delete the default node '{name}'?", f"Run `uockam node delete {name}`, or add --all or --yes")
    output.progress("Deleting the node...")
    name = control.delete_node(name)
    output.done([f"The node named '{name}' has been deleted."], {"name": name})


@node.command()
@node_argument
@click.pass_obj
def default(output: Output, name: str | None) -> None:
    """Show the default node, or make NAME the default.

    \b
    Examples:
      uockam node default
      uockam node default n2
    """
    if name is None:
        name = control.get_default()
        output.show(block([f"The default node is '{name}'"]), {"name": name}, bare=name)
    elif control.set_default(name):
        output.done([f"The node '{name}' is now the default"], {"name": name})
    else:
        output.note(f"The node '{name}' is already the default")
        output.show(None, {"name": name})


@node.command()
@node_argument
@click.pass_obj
def logs(output: Output, name: str | None) -> None:
    """Print where the log file of a node is.

    \b
    Example:
      tail -f $(uockam node logs n1)
    """
    path = str(control.node_logs(name))
    output.show(block([f"The path for the log file is: {path}"]), {"path": path}, bare=path)


def _create(output: Output, name: str | None, settings: dict[str, Any]) -> None:
    output.progress("Creating the node...")
    made = control.create_node(name, **settings, verbose=output.verbosity > 0)
    warn_of_strangers(output, made.listener)
    output.done([f"Node {made.name} created successfully"], _details(output, made))


def _create_here(output: Output, name: str | None, settings: dict[str, Any]) -> None:
    verbose = output.verbosity > 0
    name = control.create_foreground(name, **settings, verbose=verbose)
    warn_of_strangers(output, settings["listener"])
    output.exit_code = _run_here(output, name, verbose)


def _details(output: Output, one: NodeInfo) -> object:
    return control.show_node(one.name).to_dict() if output.json else None


def _run_here(output: Output, name: str, verbose: bool) -> int:
    from ..node import daemon

    output.hint("To exit and stop the Node, please press Ctrl+C")
    code = daemon.run(name, foreground=True, verbose=verbose)
    output.leave_prompt()
    output.note(f"Node {name} stopped successfully")
    return code


def _report_all(output: Output, results: list[DeleteResult]) -> None:
    for result in results:
        if result.error:
            output.error(f"The node named '{result.name}' could not be deleted: {result.error}")
            output.exit_code = EXIT_RUN_TIME
        else:
            output.note(f"The node named '{result.name}' has been deleted.")
    output.show(
        None, [{"name": result.name, **({"error": result.error} if result.error else {})} for result in results]
    )
