"""`uockam version`, and what --version prints."""

import click

from .. import __version__
from .app import PROGRAM
from .options import Command
from .output import Output


@click.command(cls=Command)
@click.pass_obj
def version(output: Output) -> None:
    """Print the version.

    \b
    Example:
      uockam version --output json
    """
    show_version(output)


def show_version(output: Output) -> None:
    """Print the version as a result."""
    output.show(f"{PROGRAM} {__version__}", {"version": __version__})
