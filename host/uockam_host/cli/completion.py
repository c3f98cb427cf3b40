"""`uockam completion`: the script that teaches a shell to complete commands, options and node names."""

import os

import click
from click.shell_completion import get_completion_class

from ..errors import InvalidArgument
from .app import COMPLETE, PROGRAM
from .options import Command
from .output import Output

_SHELLS = ("bash", "zsh", "fish")


@click.command(cls=Command)
@click.option("--shell", type=click.Choice(_SHELLS), help="Shell to make it for; the one of $SHELL when missing.")
@click.pass_context
def completion(ctx: click.Context, shell: str | None) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      uockam completion --shell bash > ~/.local/share/bash-completion/completions/uockam
      uockam completion --shell fish > ~/.config/fish/completions/uockam.fish
    """
    shell = shell or os.path.basename(os.environ.get("SHELL", ""))
    if shell not in _SHELLS:
        raise InvalidArgument("The shell is not known", f"Name it with --shell: {', '.join(_SHELLS)}")
    maker = get_completion_class(shell)
    assert maker is not None  # click brings the three of them
    script = maker(ctx.find_root().command, {}, PROGRAM, COMPLETE).source()
    output: Output = ctx.obj
    output.show(script.rstrip("\n"), {"shell": shell, "script": script})
