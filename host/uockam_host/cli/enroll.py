"""`uockam enroll`: become known to an orchestrator."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from .keys import complete_identity, tell_first_use
from .options import Command
from .output import Output

if TYPE_CHECKING:
    from ..identities import Made
    from ..projects.address import Orchestrator
    from ..projects.signin import Login


def _orchestrator(ctx: click.Context, parameter: click.Parameter, text: str | None) -> Orchestrator | None:
    """The address in a line. Raises InvalidArgument."""
    from ..projects.address import Orchestrator

    return Orchestrator.parse(text) if text is not None else None


@click.command(cls=Command)
@click.option("--identity", metavar="NAME", shell_complete=complete_identity, help="Who enrolls; the default identity.")
@click.option("--no-browser", is_flag=True, help="Open no browser: show the page and the code only.")
@click.option("--force", is_flag=True, help="Sign in again, also when the identity is enrolled.")
@click.option(
    "--orchestrator",
    "address",
    metavar="ADDRESS",
    callback=_orchestrator,
    help="Where to: the line that `uockam orchestrator status` prints; the last one, or the one of this machine.",
)
@click.pass_obj
def enroll(output: Output, identity: str | None, no_browser: bool, force: bool, address: Orchestrator | None) -> None:
    """Sign in, and get a space and a project.

    A person signs in at a page, and confirms there the code that is shown here. With --quiet only the code is printed.
    The identity is known to the orchestrator as this person's from then on.

    \b
    Examples:
      uockam orchestrator start
      uockam enroll
      uockam enroll --no-browser
    """
    from ..projects import enrolling

    enrolled = enrolling.enroll(identity, address, force, _Told(output, not no_browser))
    name, identifier = enrolled.identity.name, enrolled.identity.identifier
    if enrolled.was:
        output.note(
            f"Your Identity {name}, with Identifier {identifier}",
            f"is already enrolled as {enrolled.email}. Add `--force` to sign in again",
        )
    else:
        output.hint(
            "",
            f"Your Identity {name}, with Identifier {identifier} is now enrolled with the Orchestrator.",
            "You also now have a Project that offers a Project Membership Authority service and a Relay service.",
            "",
            "What next:",
            f"  uockam message send hello --to /project/{enrolled.project.name}/service/echo",
            f"  uockam project ticket --project {enrolled.project.name}",
        )
    output.show(None, enrolled.to_dict())


class _Told:
    """What a person is told while it goes on."""

    def __init__(self, output: Output, open_browser: bool) -> None:
        self._output = output
        self._open_browser = open_browser
        self.step = output.hint
        self.done = output.note

    def made(self, made: Made) -> None:
        """See Tell."""
        tell_first_use(self._output, made)

    def code(self, login: Login) -> None:
        """See Tell: with --quiet the code is all there is, so that a program can read it."""
        if self._output.quiet and not self._output.json:
            self._output.show(None, None, bare=login.user_code)
        self._output.hint(
            "Please sign into your account to activate this machine:",
            "",
            f"You'll need to enter the one-time code:  {login.user_code}",
            f"Open {login.verification_uri} in your browser to begin activating this machine.",
            "",
        )
        if self._open_browser and not _open(login.verification_uri_complete):
            self._output.warn(
                f"Couldn't open your browser from the terminal. Please open {login.verification_uri} manually."
            )


def _open(page: str) -> bool:
    """Show the page in a browser with windows; one that runs in the terminal would hide the code."""
    import webbrowser

    windows = sys.platform != "linux" or any(map(os.environ.get, ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY")))
    try:
        return windows and webbrowser.open(page)
    except (webbrowser.Error, OSError):
        return False
