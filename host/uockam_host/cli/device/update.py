"""`uockam device update`: a newer uockam for a board in use."""

import click

from ...device import live
from ...device import update as updating
from ..options import Command
from ..output import Output
from ..progress import progress, resumable
from .options import form_option
from .target import route_options


@click.command(cls=Command)
@form_option
@route_options
@click.pass_obj
def update(output: Output, form: str, place: live.Place) -> None:
    """Give a board the uockam of this computer.

    It goes over the route of the running node.

    Files are checked by their hashes. The board restarts into the new version on trial: when it does not answer, or
    power is cut, the former version runs again.

    \b
    Example:
      uockam device update --at pico1
    """
    board = live.find_board(place)
    with resumable(output, "The former version runs on. Run the same command again: it goes on where it was"):
        done = updating.update(board, form, lambda total, text: progress(output, total, text))
    if done.changed:
        output.done([f"{board.where} runs uockam {done.uockam} now"], done.to_dict())
    else:
        output.done([f"{board.where} has uockam {done.uockam} already"], done.to_dict())
