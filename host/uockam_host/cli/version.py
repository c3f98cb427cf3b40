"""`uockam version`, and what --version prints."""

import click

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
    number = installed_version()
    output.show(f"{PROGRAM} {number}", {"version": number})


def installed_version() -> str:
    """Version of the installed distribution."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed(PROGRAM)
    except PackageNotFoundError:
        return "(not installed)"
