"""`uockam mailbox`: messages that a project keeps for an identity of this machine."""

from typing import Any

import click

from ..projects import mailbox as library
from ..projects.mailbox import Received
from .membership import project_option
from .options import Group, identity_option
from .output import Output, block, listing
from .times import span

_IDENTITY = identity_option("Whose mailbox; that of the default identity when missing.")


@click.group(cls=Group)
def mailbox() -> None:
    """Messages that a project keeps for you.

    They wait until you fetch them, and nobody else can read them. Who sends them uses `uockam message send --store`.

    \b
    Example:
      uockam mailbox receive
    """


@mailbox.command()
@project_option
@_IDENTITY
@click.pass_obj
def receive(output: Output, project: str | None, identity: str | None) -> None:
    """Fetch and print what waits, oldest first.

    The project keeps it no more then.

    \b
    Example:
      uockam mailbox receive --project default
    """
    output.progress("Fetching messages...")
    found = library.receive(project, identity)
    items = [_lines(one) for one in found]
    output.show(listing("Messages", items, "No messages wait."), [_object(one) for one in found])


@mailbox.command()
@project_option
@_IDENTITY
@click.pass_obj
def show(output: Output, project: str | None, identity: str | None) -> None:
    """Show how much waits, and how much may.

    \b
    Example:
      uockam mailbox show
    """
    waiting = library.status(project, identity)
    lines = [
        f"Messages: {waiting.count} of at most {waiting.most_count}",
        f"Bytes: {waiting.bytes} of at most {waiting.most_bytes}",
        f"Kept for at most {span(waiting.most_age_s)}",
    ]
    output.show(block(lines), waiting.to_dict())


def _lines(one: Received) -> list[str]:
    return [f"From {one.sender}", f"To {one.service}", _text(one)]


def _object(one: Received) -> dict[str, Any]:
    return {"sender": one.sender, "service": one.service, "text": _text(one), "payload": one.payload.hex()}


def _text(one: Received) -> str:
    """What a person sees of it: a text as it is, anything else in hex."""
    from uockam.bare import decode_text
    from uockam.errors import ProtocolError

    if one.reason:
        return f"not answered: {one.reason}"
    try:
        return decode_text(one.payload)
    except ProtocolError:
        return one.payload.hex()
