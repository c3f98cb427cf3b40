"""What commands about keys share: names of identities and vaults, passphrases, and what first use makes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from ..errors import HostError, InvalidArgument
from .output import EXIT_RUN_TIME, Output, is_terminal

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from ..identities import Made

_Completer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def _completer(names: Callable[[], list[str]]) -> _Completer:
    """Names for the shell; none when they cannot be read."""

    def complete(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        try:
            return [CompletionItem(name) for name in names() if name.startswith(incomplete)]
        except HostError:
            return []

    return complete


def _identities() -> list[str]:
    from ..state.tables import opened

    with opened() as tables:
        return tables.identities.names()


def _vaults() -> list[str]:
    from ..state.tables import opened

    with opened() as tables:
        return tables.vaults.names()


complete_identity = _completer(_identities)
complete_vault = _completer(_vaults)
identity_argument = click.argument("name", required=False, metavar="[NAME]", shell_complete=complete_identity)
vault_argument = click.argument("name", required=False, metavar="[NAME]", shell_complete=complete_vault)


def ask_new() -> str:
    """A new passphrase, asked for twice. Raises InvalidArgument when there is nobody to ask."""
    if not is_terminal(sys.stdin):
        raise InvalidArgument("There is no terminal to ask for a passphrase at", "Name a file with --passphrase-file")
    return str(click.prompt("New passphrase", hide_input=True, confirmation_prompt=True, err=True))


def tell_first_use(output: Output, made: Made) -> None:
    """Say on stderr that a default vault, or a default identity, came into being."""
    if made.new_vault:
        output.note(f"Created a new Vault named {made.new_vault}.")
        output.note("Marked this new Vault as your default Vault, on this machine.")
    if made.is_new and made.identity.is_default:
        output.note(f"Marked {made.identity.name} as your default Identity, on this machine.")


def report_all(output: Output, results: list[tuple[str, str]], text: str) -> None:
    """What became of each: (name, why it is still there), "" for what has gone, of which the text then tells."""
    for name, error in results:
        if error:
            output.error(error)
            output.exit_code = EXIT_RUN_TIME
        else:
            output.note(text.format(name))
    output.show(None, [{"name": name, **({"error": error} if error else {})} for name, error in results])
