"""`uockam message send --store`: have a project keep a message for a device that is away."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from ..errors import InvalidArgument
from .options import authorized_option, duration_ms
from .output import Output

_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])


def store_options(function: _Decorated) -> _Decorated:
    """--store and what belongs to it."""
    for option in (
        authorized_option("With --store: identifier that the device must have"),
        click.option("--answer", is_flag=True, help="With --store: keep the answer for `uockam mailbox receive`."),
        click.option(
            "--ttl",
            metavar="DURATION",
            default="24h",
            show_default=True,
            callback=duration_ms,
            help="With --store: for how long.",
        ),
        click.option("--store", is_flag=True, help="Have the project keep it until the device is there."),
    ):
        function = option(function)
    return function


def keep(
    output: Output, to: str, payload: bytes, from_node: str | None, identity: str | None, options: dict[str, Any]
) -> None:
    """Store a message as the options say, and tell when that is done."""
    from ..projects import mailbox
    from .times import utc

    pinned = options["authorized"] or [None]
    if from_node or len(pinned) > 1:
        raise InvalidArgument(
            "A stored message is sealed by this command, for one device", "Leave --from out, and --authorized but once"
        )
    output.progress(f"Having the project keep a message for {to}...")
    ttl_s = max(1, options["ttl"] // 1000)
    kept = mailbox.store(to, payload, ttl_s, answer=options["answer"], receiver=pinned[0], identity=identity)
    output.done(
        [f"Kept for {kept.device} ({kept.receiver}) until {utc(kept.expires_at)}"], kept.to_dict(), bare=kept.id
    )
