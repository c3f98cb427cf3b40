"""What the commands about members and tickets share: attributes, and the options that name projects."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ..errors import HostError
from ..projects.authority import ENROLLER, RELAY, ROLE

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


def complete_project(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
    """Names of projects for the shell; none when they cannot be read."""
    from click.shell_completion import CompletionItem

    from ..projects.known import opened

    try:
        with opened() as known:
            names = known.projects.names()
    except HostError:
        return []
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def project_option(function: _Decorated) -> _Decorated:
    """--project NAME; None is the default one."""
    return click.option(
        "-p", "--project", metavar="NAME", shell_complete=complete_project, help="The default project when missing."
    )(function)


def attribute_options(bare: str | None) -> Callable[[_Decorated], _Decorated]:
    """-a, --relay and --enroller, for `attributes`; bare: what an attribute without value is, None for a mistake."""

    def decorate(function: _Decorated) -> _Decorated:
        for option in (
            click.option("--enroller", is_flag=True, help="They may enroll others."),
            click.option("--relay", metavar="NAME", help="They may have the relay of this name; `*` is any."),
            click.option(
                "-a",
                "--attribute",
                "pairs",
                metavar="KEY=VALUE",
                multiple=True,
                callback=lambda ctx, parameter, texts: dict(_pair(text, bare) for text in texts),
                help="What is attested of them; repeatable.",
            ),
        ):
            function = option(function)
        return function

    return decorate


def _pair(text: str, bare: str | None) -> tuple[str, str]:
    key, mark, value = text.partition("=")
    if not key or not (mark or bare):
        raise click.BadParameter(f"'{text}' is no attribute; write KEY=VALUE.")
    return key, value if mark else str(bare)


def attributes(pairs: dict[str, str], relay: str | None, enroller: bool) -> dict[str, str]:
    """What these options say together."""
    return {**pairs, **({RELAY: relay} if relay else {}), **({ROLE: ENROLLER} if enroller else {})}


def pairs_text(values: dict[str, str]) -> str:
    """Attributes on one line."""
    return ", ".join(f"{key}={value}" for key, value in sorted(values.items()))
