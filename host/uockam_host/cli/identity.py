"""`uockam identity`: who the nodes of this machine are."""

from typing import TYPE_CHECKING, Any

import click

from .. import identities
from ..errors import InvalidArgument
from .keys import complete_vault, identity_argument, report_all, tell_first_use
from .options import Group, confirm
from .output import Output, block, listing

if TYPE_CHECKING:
    from uockam.secure.identity import Change

_KEY_KINDS = ("EdDSACurve25519", "ECDSASHA256CurveP256")  # as Ockam writes them, by their number


@click.group(cls=Group)
def identity() -> None:
    """Say who the nodes of this machine are.

    Over a secure channel a node proves to be one of the identities.

    \b
    Examples:
      uockam identity create alice
      uockam identity show alice --full
    """


@identity.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--vault", metavar="VAULT", shell_complete=complete_vault, help="Where its keys are; the default vault.")
@click.pass_obj
def create(output: Output, name: str | None, vault: str | None) -> None:
    """Make an identity.

    NAME is picked at random when it is missing. An identity of that name is left as it is. Into a pipe goes the
    identifier only.

    \b
    Examples:
      uockam identity create alice
      uockam node create n1 --identity alice
    """
    output.progress("Creating the identity...")
    made = identities.create(name, vault)
    tell_first_use(output, made)
    one = made.identity
    how = f"created successfully as {one.name}" if made.is_new else f"exists already, as {one.name}"
    output.done([f"Identity {one.identifier}", how], one.to_dict(), bare=one.identifier)


@identity.command("list")
@click.pass_obj
def list_(output: Output) -> None:
    """List all identities of this machine.

    \b
    Example:
      uockam identity list
    """
    found = identities.list_all()
    items = [[f"Identity {one.name}{_mark(one)}", one.identifier] for one in found]
    text = listing("Identities", items, "No identities found on this system.")
    output.show(text, [one.to_dict() for one in found])


@identity.command()
@identity_argument
@click.option("-f", "--full", is_flag=True, help="Show its change history: every key that it has had.")
@click.option(
    "--encoding",
    type=click.Choice(["plain", "hex"]),
    default="plain",
    show_default=True,
    help="hex is the change history as other programs read it.",
)
@click.pass_obj
def show(output: Output, name: str | None, full: bool, encoding: str) -> None:
    """Print the identifier of an identity.

    Others need it to say whom they trust.

    \b
    Examples:
      uockam identity show alice
      uockam identity show alice --full --encoding hex
    """
    one = identities.show(name)
    if not full and encoding == "plain":
        output.show(one.identifier, one.to_dict())
        return
    history = identities.history(one.name)
    exported = history.encode().hex()
    changes = [_change(change) for change in history.changes]
    text = exported if encoding == "hex" else "\n".join(_history_lines(one.identifier, changes))
    output.show(text, {**one.to_dict(), "changes": changes, "change_history": exported})


@identity.command()
@identity_argument
@click.pass_obj
def default(output: Output, name: str | None) -> None:
    """Show the default identity, or choose it.

    \b
    Examples:
      uockam identity default
      uockam identity default alice
    """
    if name is None:
        name = identities.show().name
        output.show(block([f"The default identity is '{name}'"]), {"name": name}, bare=name)
    elif identities.set_default(name):
        output.done([f"The identity '{name}' is now the default"], {"name": name})
    else:
        output.note(f"The identity '{name}' is already the default")
        output.show(None, {"name": name})


@identity.command()
@identity_argument
@click.pass_obj
def rotate(output: Output, name: str | None) -> None:
    """Give an identity a new key; its identifier stays.

    The old key proves the new one and is deleted then. Peers learn of it with the next secure channel, and do not
    accept the old key any more.

    \b
    Example:
      uockam identity rotate alice
    """
    one, history, running = identities.rotate(name)
    count = len(history.changes)
    data = {**one.to_dict(), "changes": [_change(change) for change in history.changes], "restart": running}
    output.done([f"The identity named {one.name} has a new key, its number {count}"], data)
    if running:
        output.warn(f"Restart the node(s) {', '.join(running)}: until then they go on with the old key")
    output.hint("Backups of its vault from before have the old key: make a new one with `uockam vault backup`")


@identity.command()
@identity_argument
@click.option("--all", "every", is_flag=True, help="Delete all identities.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(output: Output, name: str | None, every: bool, yes: bool) -> None:
    """Delete an identity with its keys.

    Nobody can be it then any more, unless there is a backup of its vault.

    \b
    Examples:
      uockam identity delete alice
      uockam identity delete --all --yes
    """
    if every and name:
        raise InvalidArgument("--all excludes a NAME", "Leave one of them out")
    one = None if every else identities.show(name)
    if not yes:
        what = f"the identity '{one.name}' and its keys" if one else "all identities and their keys"
        confirm(f"Delete {what}?", "Use --yes to confirm")
    if one:
        name = identities.delete(one.name)
        output.done([f"The identity named {name} has been deleted"], {"name": name})
    else:
        report_all(output, identities.delete_all(), "The identity named {} has been deleted")


def _mark(one: identities.IdentityInfo) -> str:
    return " (default)" if one.is_default else ""


def _change(change: "Change") -> dict[str, Any]:
    return {
        "identifier": change.hash.hex(),
        "primary_public_key": f"{_KEY_KINDS[change.public_key.kind]}: {change.public_key.value.hex()}",
        "valid_from": _when(change.valid_from),
        "valid_until": _when(change.valid_until),
    }


def _history_lines(identifier: str, changes: list[dict[str, Any]]) -> list[str]:
    lines = [f"Identifier: {identifier}"]
    for number, change in enumerate(changes):
        lines += [f"  Change[{number}]:", *(f"    {key + ':':<24} {value}" for key, value in change.items())]
    return lines


def _when(seconds: int) -> str:
    from datetime import datetime, timezone

    return datetime.fromtimestamp(seconds, timezone.utc).isoformat().replace("+00:00", "Z")
