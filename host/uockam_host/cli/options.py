"""What commands share: the global options, and the arguments that name nodes, routes and durations."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..errors import HostError, InvalidArgument
from .output import EXIT_OK, Output, is_terminal

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


def _set(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    """A callback that notes the value of a global option, wherever on the line it stands."""

    def callback(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
        if value and not ctx.resilient_parsing:
            setattr(ctx.ensure_object(Output), name, value)

    return callback


def _louder(ctx: click.Context, parameter: click.Parameter, value: int) -> None:
    ctx.ensure_object(Output).verbosity += value


def _without_color(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value:
        ctx.ensure_object(Output).color = False


def _print_version(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from .version import show_version

        show_version(ctx.ensure_object(Output))
        ctx.exit()


def _global(*names: str, **settings: Any) -> click.Option:
    return click.Option(names, expose_value=False, **settings)


GLOBAL_OPTIONS: list[click.Parameter] = [
    _global("--output", type=click.Choice(["plain", "json"]), callback=_set("form"), help="Form of the result."),
    _global("--compact-output", is_flag=True, callback=_set("compact"), help="JSON on one line."),
    _global("-q", "--quiet", is_flag=True, callback=_set("quiet"), help="Print results and errors only."),
    _global("-v", "--verbose", count=True, callback=_louder, help="Say what is done, and why something failed."),
    _global("--no-color", is_flag=True, callback=_without_color, help="No colours, as with NO_COLOR."),
    _global("-V", "--version", is_flag=True, is_eager=True, callback=_print_version, help="Print the version."),
]


_WHOLE = 200  # characters of a command's first sentence: it is never cut, and broken into lines where it has to be


class Command(click.Command):
    """A command that takes the global options too and lists them apart."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*self.params, *GLOBAL_OPTIONS, *filter(None, [self.get_help_option(ctx)])]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [parameter for parameter in self.get_params(ctx) if isinstance(parameter, click.Option)]
        own = [option for option in options if option not in GLOBAL_OPTIONS]
        for title, parameters in (("Options", own), ("Global options", GLOBAL_OPTIONS)):
            records = [parameter.get_help_record(ctx) for parameter in parameters]
            with formatter.section(title):
                formatter.write_dl([record for record in records if record])


class Group(Command, click.Group):
    """A group of commands in the order of the file; an unknown name suggests near ones."""

    command_class = Command
    group_class = type

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        settings.setdefault("context_settings", {"help_option_names": ["-h", "--help"]})
        super().__init__(*arguments, **settings)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, one.get_short_help_str(_WHOLE)) for name, one in commands if one])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if not args[0].startswith("-") and not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None:
            ctx.fail(_unknown_command(args[0], self.list_commands(ctx)))
        return super().resolve_command(ctx, args)


def _unknown_command(name: str, known: list[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, known)
    return f"No such command '{name}'." + (f" Did you mean {' or '.join(f'`{one}`' for one in near)}?" if near else "")


def complete_node(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of nodes for the shell; none when they cannot be read."""
    from click.shell_completion import CompletionItem

    from ..node import control

    try:
        nodes = control.list_nodes()
    except HostError:
        return []
    return [CompletionItem(node.name) for node in nodes if node.name.startswith(incomplete)]


def node_argument(function: _Decorated) -> _Decorated:
    """An optional NAME of a node; None is the default node."""
    return click.argument("name", required=False, metavar="[NAME]", shell_complete=complete_node)(function)


def at_option(function: _Decorated) -> _Decorated:
    """--at NODE; None is the default node."""
    text = "Node to ask; the default node when missing."
    return click.option("--at", metavar="NODE", shell_complete=complete_node, help=text)(function)


def yes_option(function: _Decorated) -> _Decorated:
    """-y, which scripts written for Ockam Command pass to commands that ask there; here they never do."""
    return click.option("-y", "--yes", is_flag=True, hidden=True, expose_value=False)(function)


def node_name(at: str | None) -> str:
    """The name of a node out of `n1`, `/node/n1` or None, the default node. Raises InvalidArgument, NoDefaultNode."""
    from ..names import check_name
    from ..node import control

    return check_name(at) if at else control.get_default()


def confirm(question: str, remedy: str) -> None:
    """Go on only after a yes; without a terminal there is nobody to ask. Raises InvalidArgument."""
    if not is_terminal(sys.stdin):
        raise InvalidArgument(f"There is no terminal to ask at: {question}", remedy)
    if not click.confirm(question, err=True):
        raise click.exceptions.Exit(EXIT_OK)


def warn_of_strangers(output: Output, address: str) -> None:
    """Warn when other machines can connect to what listens at "host:port"."""
    from ..names import is_loopback

    if not is_loopback(address):
        output.warn(f"Other machines can connect to {address}, and nothing on that way is encrypted")


_UNITS_MS = {"ms": 1, "s": 1000, "": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_LONGEST_MS = 30 * 86_400_000  # nobody waits longer for an answer, and it fits every timer
_MAX_DIGITS = 12


def duration_ms(ctx: click.Context, parameter: click.Parameter, text: str) -> int:
    """`10000ms`, `10s`, `5`, `10m`, `1h` or `1d` as milliseconds; a bare number is seconds."""
    number = text.rstrip("mshd")
    factor = _UNITS_MS.get(text[len(number) :])
    if factor is None or not (number.isascii() and number.isdigit()):
        raise click.BadParameter(f"'{text}' is no duration; write 10s, 500ms, 2m, or 5 for five seconds.")
    if len(number) > _MAX_DIGITS or not 0 < int(number) * factor <= _LONGEST_MS:
        raise click.BadParameter(f"'{text}' is not between 1ms and 30d.")
    return int(number) * factor


def identity_option(text: str) -> Callable[[_Decorated], _Decorated]:
    """--identity NAME; None is what `text` says."""
    return click.option("--identity", metavar="NAME", shell_complete=_complete_identity, help=text)


def _complete_identity(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from .keys import complete_identity

    return complete_identity(ctx, parameter, incomplete)


def authorized_option(text: str) -> Callable[[_Decorated], _Decorated]:
    """--authorized ID, as often as there are identifiers; None for none."""
    return click.option(
        "-a", "--authorized", metavar="IDENTIFIER", multiple=True, callback=_identifiers, help=f"{text}; repeatable."
    )


def _identifiers(ctx: click.Context, parameter: click.Parameter, texts: tuple[str, ...]) -> list[str] | None:
    if not texts:
        return None
    from uockam.errors import InvalidAddress
    from uockam.identifier import identifier_text, parse_identifier

    try:
        return [identifier_text(parse_identifier(text)) for text in texts]
    except InvalidAddress as error:
        raise click.BadParameter(f"{error}; {error.remedy}.") from error


def route(ctx: click.Context, parameter: click.Parameter, text: str) -> str:
    """A route as text; a part that is `-` stands for the first line of stdin, so that a command can be piped on."""
    parts = text.split("/")
    if "-" not in parts:
        return text
    if sys.stdin is None or is_terminal(sys.stdin):
        raise click.BadParameter("`-` stands for the first line of stdin, and nothing is piped in.")
    line = sys.stdin.readline().strip()
    if not line:
        raise click.BadParameter("`-` stands for the first line of stdin, which is empty.")
    return "/".join(line if part == "-" else part for part in parts)
