"""`uockam vault`: where the keys of identities are kept."""

import click

from .. import passphrases, vaults
from ..errors import InvalidArgument
from .keys import ask_new, report_all, vault_argument
from .options import Group, confirm
from .output import Output, block, listing

_path = click.option("--path", metavar="FILE", required=True, help="A file that is not there yet.")
_passphrase_file = click.option(
    "--passphrase-file", "file", metavar="FILE", help="Read the new passphrase from this file, and do not ask for it."
)


@click.group(cls=Group)
def vault() -> None:
    """Keep, copy and lock the keys of identities.

    \b
    Examples:
      uockam vault create v1 --passphrase
      uockam vault list
    """


@vault.command()
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--path", metavar="FILE", help="Its file, or a backup to be used again; in the home when missing.")
@click.option("--passphrase", is_flag=True, help="Lock it with a passphrase, which is asked for.")
@_passphrase_file
@click.pass_obj
def create(output: Output, name: str | None, path: str | None, passphrase: bool, file: str | None) -> None:
    """Make a vault, or use one that is there.

    A FILE that is a vault is used as it is, with the identities in it. NAME is picked at random when it is missing.
    Commands ask for the passphrase when they need it; for nodes and scripts it is in the variable UOCKAM_PASSPHRASE,
    or in the file that UOCKAM_PASSPHRASE_FILE names.

    \b
    Examples:
      uockam vault create v1 --passphrase
      uockam vault create restored --path /media/stick/backup.sqlite3
    """
    output.progress("Creating the vault...")
    made = vaults.create(name, path, _new_passphrase(file) if passphrase or file else None)
    if made.is_default:
        output.note("Marked this new Vault as your default Vault, on this machine.")
    found = [f"It has the identities: {', '.join(made.identities)}"] if made.identities else []
    output.done([f"Vault created with name '{made.name}'!", *found], made.to_dict(), bare=made.name)


@vault.command("list")
@click.pass_obj
def list_(output: Output) -> None:
    """List all vaults of this machine.

    \b
    Example:
      uockam vault list
    """
    found = vaults.list_all()
    text = listing("Vaults", [_lines(one) for one in found], "No vaults found on this system.")
    output.show(text, [one.to_dict() for one in found])


@vault.command()
@vault_argument
@click.pass_obj
def show(output: Output, name: str | None) -> None:
    """Show where a vault is, and whose keys are in it.

    \b
    Example:
      uockam vault show v1
    """
    one = vaults.show(name)
    output.show(block(_lines(one)), one.to_dict())


@vault.command()
@vault_argument
@_path
@click.pass_obj
def move(output: Output, name: str | None, path: str) -> None:
    """Put the file of a vault elsewhere.

    Nodes that use it have to be stopped.

    \b
    Example:
      uockam vault move v1 --path /media/stick/v1.sqlite3
    """
    moved = vaults.move(name, path)
    output.done([f"Moved the vault {moved.name} to {moved.path}"], moved.to_dict())


@vault.command()
@vault_argument
@_path
@click.pass_obj
def backup(output: Output, name: str | None, path: str) -> None:
    """Copy a vault to a file.

    The copy has the passphrase that the vault has now. Nodes may go on using the vault meanwhile.

    \b
    Examples:
      uockam vault backup v1 --path /media/stick/backup.sqlite3
      uockam vault create restored --path /media/stick/backup.sqlite3
    """
    one = vaults.back_up(name, path)
    output.done([f"Copied the vault {one.name} to {path}"], {**one.to_dict(), "backup": path})
    if not one.has_passphrase:
        output.warn("Whoever can read the copy has the keys: keep it where nobody can, or lock the vault first")


@vault.command()
@vault_argument
@click.option("--remove", is_flag=True, help="Let the vault have no passphrase.")
@_passphrase_file
@click.pass_obj
def passphrase(output: Output, name: str | None, remove: bool, file: str | None) -> None:
    """Set, change or remove a passphrase.

    Copies of the vault that were made before keep the one that they have.

    \b
    Examples:
      uockam vault passphrase v1
      uockam vault passphrase v1 --remove
    """
    if remove and file:
        raise InvalidArgument("--remove excludes --passphrase-file", "Leave one of them out")
    one = vaults.set_passphrase(name, lambda: None if remove else _new_passphrase(file))
    what = "has no passphrase any more" if remove else "is locked with the new passphrase"
    output.done([f"The vault {one.name} {what}"], one.to_dict())


@vault.command()
@vault_argument
@click.option("--all", "every", is_flag=True, help="Delete all vaults.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def delete(output: Output, name: str | None, every: bool, yes: bool) -> None:
    """Delete a vault that no identity uses, with its file.

    \b
    Example:
      uockam vault delete v1
    """
    if every and name:
        raise InvalidArgument("--all excludes a NAME", "Leave one of them out")
    one = None if every else vaults.show(name)
    if not yes:
        confirm(f"Delete {f'the vault {one.name!r}' if one else 'all vaults'}?", "Use --yes to confirm")
    if one:
        name = vaults.delete(one.name)
        output.done([f"Vault with name {name} has been deleted"], {"name": name})
    else:
        report_all(output, vaults.delete_all(), "Vault with name {} has been deleted")


def _new_passphrase(file: str | None) -> str:
    return passphrases.read(file) if file else ask_new()


def _lines(one: vaults.VaultInfo) -> list[str]:
    lines = [f"Name: {one.name}{' (default)' if one.is_default else ''}", f"Type: {one.kind}", f"Path: {one.path}"]
    if one.problem:
        return [*lines, one.problem]
    return [
        *lines,
        f"Passphrase: {'yes' if one.has_passphrase else 'no'}",
        f"Identities: {', '.join(one.identities) or 'none'}",
    ]
