"""`uockam device enroll`: make a board reachable from everywhere."""

from __future__ import annotations

import click

from ...device.live import Place, find_board
from ...errors import InvalidArgument
from ..membership import complete_project
from ..options import Command, complete_node, identity_option
from ..output import Output
from ..times import utc
from .target import route_options


@click.command(cls=Command)
@click.argument("name", required=False, metavar="[NAME]", shell_complete=complete_node)
@click.option("--ticket", metavar="TICKET", envvar="ENROLLMENT_TICKET", help="Text, file or URL of a ticket.")
@click.option(
    "-p", "--project", metavar="NAME", shell_complete=complete_project, help="One that you may let others into."
)
@click.option("--relay", metavar="NAME", help="By which the board is reached; NAME when missing.")
@identity_option("Who lets the board in when there is no ticket; the default identity when missing.")
@route_options
@click.pass_obj
def enroll(
    output: Output,
    name: str | None,
    ticket: str | None,
    project: str | None,
    relay: str | None,
    identity: str | None,
    place: Place,
) -> None:
    """Have a board reached by way of a project.

    It becomes a member, and can be reached from everywhere then. NAME is the node that has the board. The board
    connects to the project by its own network, or this computer does so for it; it keeps its membership, and comes back
    by itself whenever it was away.

    With a ticket, whoever made that decides what the board may be called. Without one, you have to be an enroller.

    \b
    Examples:
      uockam device enroll pico1
      uockam device enroll pico1 --ticket ticket
      uockam device enroll pico1 --to /ip4/192.168.1.7/tcp/4000/secure/api
    """
    from ...device.enrolling import enroll as enroll_board

    if ticket and project:
        raise InvalidArgument("A ticket says for which project it is", "Leave out --project")
    board = find_board(_place(name, place))
    wanted = relay or name or (None if place.to else board.name)
    if wanted is None:
        raise InvalidArgument("There is no name for the board", "Write it behind the command, or use --relay")
    output.progress("Enrolling the board...")
    done = enroll_board(board, wanted, ticket, project, identity, output.progress)
    standing = done.standing
    output.done(
        [f"{board.where} is a member of {standing.project}, and reached by way of it as {standing.relay}"],
        done.to_dict(),
    )
    output.hint(
        f"It is {done.identifier}",
        f"Its credential is valid until {utc(standing.expires_at)}, and renewed in time" if standing.expires_at else "",
        "",
        "What next:",
        f"  uockam message send hello --to {done.route}/service/uppercase",
        f"  uockam message send hello --to /device/{standing.relay}/service/uppercase",
    )


def _place(name: str | None, place: Place) -> Place:
    """The board of the node NAME, unless an option says which board."""
    return place._replace(at=name) if name and not (place.at or place.port or place.to) else place
