"""`uockam space`: where projects are kept, and whose they are."""

import click

from ..projects import manage
from ..projects.records import Space
from .options import Group, confirm, identity_option
from .output import Output, block, listing

_IDENTITY = identity_option("Who asks; the default identity when missing.")


@click.group(cls=Group)
def space() -> None:
    """Look at spaces, which hold projects.

    \b
    Examples:
      uockam enroll
      uockam space list
    """


@space.command("list")
@_IDENTITY
@click.pass_obj
def list_(output: Output, identity: str | None) -> None:
    """List your spaces.

    \b
    Example:
      uockam space list
    """
    output.progress("Listing spaces...")
    found = manage.list_spaces(identity)
    warn_of_age(output, found.reason)
    text = listing("Spaces", [_item(one) for one in found.items], _NONE)
    output.show(text, [one.to_dict() for one in found.items])


@space.command()
@click.argument("name", required=False, metavar="[NAME]")
@_IDENTITY
@click.pass_obj
def show(output: Output, name: str | None, identity: str | None) -> None:
    """Show one of your spaces.

    \b
    Example:
      uockam space show
    """
    found = manage.show_space(name, identity)
    output.show(block(_lines(found)), found.to_dict())


@space.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.argument("admins", nargs=-1, metavar="[ADMINS]")
@_IDENTITY
@click.pass_obj
def create(output: Output, name: str | None, admins: tuple[str, ...], identity: str | None) -> None:
    """Make a space, for yourself and for others.

    ADMINS are e-mails. NAME is picked at random when it is missing.

    \b
    Examples:
      uockam space create lab
      uockam space create lab bob@example.com
    """
    output.progress("Creating the space...")
    made = manage.create_space(name, list(admins), identity)
    output.show(block(_lines(made)), made.to_dict())


@space.command()
@click.argument("name")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@_IDENTITY
@click.pass_obj
def delete(output: Output, name: str, yes: bool, identity: str | None) -> None:
    """Delete a space, with its projects and their members.

    \b
    Example:
      uockam space delete lab --yes
    """
    if not yes:
        confirm(f"Delete the space '{name}' and all of its projects?", "Add --yes")
    gone = manage.delete_space(name, identity)
    output.done([f"The space with name {gone} has been deleted"], {"name": gone})


def warn_of_age(output: Output, reason: str) -> None:
    """Say that a list is only what was known before."""
    if reason:
        output.warn(f"This is what was known before: {reason}")


def _item(one: Space) -> list[str]:
    return [f"Space {one.name}", f"Id {one.id}", *one.users]


def _lines(one: Space) -> list[str]:
    subscription = [f"  {one.subscription['name']} Subscription"] if one.subscription else []
    users = ", ".join(one.users)
    return [f"{one.name}:", f"  Id: {one.id}", f"  Users: {users}", *subscription]


_NONE = "No spaces found. Run `uockam enroll` to get a space and a project."
