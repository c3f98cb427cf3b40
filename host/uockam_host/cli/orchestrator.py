"""`uockam orchestrator`: run the cloud that projects live in."""

from pathlib import Path

import click

from ..cloud import control
from ..cloud.place import DEFAULT_LISTEN, Status
from ..names import is_loopback
from .options import Group, confirm
from .output import Output, block


@click.group(cls=Group)
def orchestrator() -> None:
    """Run the cloud that projects live in.

    People enroll with an orchestrator, and devices meet in its projects.

    \b
    Examples:
      uockam orchestrator start
      uockam orchestrator status
    """


@orchestrator.command()
@click.option("-f", "--foreground", is_flag=True, help="Run it in this process, until Ctrl-C.")
@click.option(
    "--listen",
    metavar="HOST:PORT",
    help=f"Where nodes and commands connect; {DEFAULT_LISTEN} at first, port 0 is a free port.",
)
@click.option("--advertise", metavar="HOST:PORT", help="By what others reach that, when it is not the same.")
@click.option(
    "--database",
    metavar="URL",
    envvar="UOCKAM_DATABASE",
    help="Where it keeps what it knows: sqlite:///PATH or postgresql://USER@HOST/NAME; a file in the home.",
)
@click.option(
    "--bus",
    metavar="URL",
    envvar="UOCKAM_BUS",
    help="How processes that share a database reach one another: nats://HOST:PORT.",
)
@click.option("--signin", metavar="HOST:PORT", help="Where the sign-in site listens; loopback, the next port.")
@click.option("--signin-url", metavar="URL", help="By what browsers reach the sign-in site, behind a proxy with TLS.")
@click.option("--monitor", metavar="HOST:PORT", help="Where /health and /metrics are; loopback, the port after that.")
@click.option("--issuer", metavar="URL", help="OpenID Connect provider that people sign in at, instead of here.")
@click.option("--issuer-client", metavar="ID", help="As what that provider knows this orchestrator.")
@click.option(
    "--issuer-secret",
    metavar="SECRET",
    envvar="UOCKAM_ISSUER_SECRET",
    help="And how it proves that; better given as UOCKAM_ISSUER_SECRET.",
)
@click.pass_obj
def start(output: Output, /, foreground: bool, **settings: str | None) -> None:
    """Start the orchestrator in the background.

    Without options it needs nothing else: everything is in one process and one file, and only this machine can reach
    it. Options are kept for the next start.

    \b
    Examples:
      uockam orchestrator start
      uockam orchestrator start --listen 0.0.0.0:5252 --advertise cloud.example.com:5252
    """
    if foreground:
        control.run(lambda status: _tell(output, status, "Orchestrator started"), **settings)
        output.leave_prompt()
        output.note("Orchestrator stopped")
        return
    output.progress("Starting the orchestrator...")
    status, ran = control.start(**settings)
    if ran:
        others = any(value is not None for value in settings.values())
        output.note("The orchestrator is already running", *([_NOT_TAKEN] if others else []))
        output.show(None, _data(status))
    else:
        _tell(output, status, "Orchestrator started")


@orchestrator.command()
@click.pass_obj
def stop(output: Output) -> None:
    """Stop the orchestrator and keep all that it knows.

    \b
    Example:
      uockam orchestrator stop
    """
    output.progress("Stopping the orchestrator...")
    ran = control.stop()
    output.note("Stopped the orchestrator" if ran else "The orchestrator was not running")
    output.show(None, {"was_running": ran})


@orchestrator.command()
@click.pass_obj
def status(output: Output) -> None:
    """Show how to reach the orchestrator, by uockam and by Ockam's own command.

    Into a pipe go the lines that set Ockam's own command up for it.

    \b
    Examples:
      uockam orchestrator status
      eval "$(uockam orchestrator status)"; ockam enroll
    """
    found = control.status()
    output.show(block(_lines(found)), _data(found), bare="\n".join(_exports(found)))


@orchestrator.command()
@click.argument("email")
@click.option("--name", default="", help="What the person is called, when there is no account yet.")
@click.pass_obj
def invite(output: Output, email: str, name: str) -> None:
    """Make a link with which a person chooses a password.

    For a new account, or in place of a password that is lost, the administrator's too. It is good for 7 days, and once.

    \b
    Examples:
      uockam orchestrator invite bob@example.com --name Bob
      uockam orchestrator invite ada@example.com
    """
    link = control.invite(email, name)
    output.show(block([f"Give this link to {email} and to nobody else:", f"  {link}"]), {"link": link}, bare=link)


@orchestrator.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(output: Output, file: Path) -> None:
    """Write all that the orchestrator knows to a new FILE, also while it runs.

    Its keys are in it: whoever has the file can pretend to be this orchestrator.

    \b
    Example:
      uockam orchestrator backup monday.sqlite3
    """
    output.progress("Copying the database...")
    made = control.backup(file)
    output.done([f"Backup written to {made}"], {"file": str(made), "bytes": made.stat().st_size})


@orchestrator.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("-y", "--yes", is_flag=True, help="Do not ask before the database is replaced.")
@click.pass_obj
def restore(output: Output, file: Path, yes: bool) -> None:
    """Make the backup in FILE what the orchestrator knows; the database that was there is kept beside it.

    \b
    Example:
      uockam orchestrator restore monday.sqlite3
    """
    if not yes:
        confirm("Replace what the orchestrator of this machine knows by the backup?", "Use --yes to confirm")
    old = control.restore(file)
    lines = ["Backup restored; the former database is kept", f"Path: {old}"] if old else ["Backup restored"]
    output.done(lines, {"former": str(old) if old else None})


_NOT_TAKEN = "These options were not taken: run `uockam orchestrator stop`, then the same command again"


def _tell(output: Output, status: Status, title: str) -> None:
    output.done([f"{title} at {status.listen}"], _data(status))
    if not is_loopback(status.listen) and not status.signin_url.startswith("https"):
        output.hint("Nobody on another machine can sign in: --signin-url names the site as they reach it")
    output.hint(f"Sign in at {status.signin_url}, or enroll this machine with `uockam enroll`")


def _lines(status: Status) -> list[str]:
    return [
        f"The orchestrator is UP, process id {status.pid}",
        f"  Route: {status.route}",
        f"  Identifier: {status.identifier}",
        f"  Sign-in site: {status.signin_url}",
        f"  Health and metrics: http://{status.monitor}/health, http://{status.monitor}/metrics",
        "",
        "Enroll another machine with",
        f"  uockam enroll --orchestrator {_address(status)}",
        "",
        "Ockam's own command comes here with",
        *(f"  {line}" for line in _exports(status)),
    ]


def _exports(status: Status) -> list[str]:
    return [f"export {name}={value}" for name, value in status.environment().items()]


def _address(status: Status) -> str:
    return ",".join((status.route, status.identifier, status.signin_url))


def _data(status: Status) -> dict[str, object]:
    return {
        "listen": status.listen,
        "route": status.route,
        "identifier": status.identifier,
        "address": _address(status),
        "signin_url": status.signin_url,
        "monitor": status.monitor,
        "pid": status.pid,
        "environment": status.environment(),
    }
