"""`uockam project`: where devices and nodes meet that cannot reach one another."""

import json
from pathlib import Path

import click

from ..projects import manage, ticket
from ..projects.records import Project
from .membership import attribute_options, attributes, complete_project, project_option
from .options import Group, confirm, duration_ms, identity_option
from .output import Output, block, colour, listing
from .project_devices import devices
from .space import warn_of_age
from .times import span, utc

_IDENTITY = identity_option("Who asks; the default identity when missing.")
_NAME = click.argument("name", required=False, metavar="[NAME]", shell_complete=complete_project)


@click.group(cls=Group)
def project() -> None:
    """Look at projects, make more, and let others in.

    \b
    Examples:
      uockam project list
      uockam project ticket --relay pico1
      uockam message send hello --to /project/default/service/echo
    """


@project.command("list")
@_IDENTITY
@click.pass_obj
def list_(output: Output, identity: str | None) -> None:
    """List your projects, and those you are a member of.

    \b
    Example:
      uockam project list
    """
    output.progress("Listing projects...")
    found = manage.list_projects(identity)
    warn_of_age(output, found.reason)
    items = [_item(one) for one in found.items]
    output.show(listing("Projects", items, "No projects found on this system."), [one.to_dict() for one in found.items])


@project.command()
@_NAME
@_IDENTITY
@click.pass_obj
def show(output: Output, name: str | None, identity: str | None) -> None:
    """Show one project.

    \b
    Example:
      uockam project show default
    """
    found = manage.show_project(name, identity)
    warn_of_age(output, found.reason)
    output.show(block(_lines(found.items[0])), found.items[0].to_dict())


@project.command()
@_NAME
@_IDENTITY
@click.pass_obj
def information(output: Output, name: str | None, identity: str | None) -> None:
    """Print what others need to know of a project.

    Into a pipe it is JSON, for `project import`.

    \b
    Example:
      uockam project information default > project.json
    """
    found = manage.show_project(name, identity)
    warn_of_age(output, found.reason)
    one = found.items[0]
    output.show(block(_lines(one)), one.to_dict(), bare=json.dumps(one.to_dict(), indent=2))


@project.command()
@click.argument("space")
@_NAME
@_IDENTITY
@click.pass_obj
def create(output: Output, space: str, name: str | None, identity: str | None) -> None:
    """Make a project in a space, and wait until it is ready.

    NAME is picked at random when it is missing.

    \b
    Example:
      uockam project create lab sensors
    """
    output.progress("Creating the project...")
    made = manage.create_project(space, name, identity)
    output.show(block(_lines(made)), made.to_dict())


@project.command()
@click.argument("space")
@click.argument("name", shell_complete=complete_project)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@_IDENTITY
@click.pass_obj
def delete(output: Output, space: str, name: str, yes: bool, identity: str | None) -> None:
    """Delete a project, with its members and relays.

    \b
    Example:
      uockam project delete lab sensors --yes
    """
    if not yes:
        confirm(f"Delete the project '{name}'?", "Add --yes")
    gone = manage.delete_project(space, name, identity)
    output.done([f"Project with name '{gone}' has been deleted."], {"name": gone})


@project.command("import")
@click.option(
    "--project-file", "path", type=click.Path(path_type=Path), metavar="FILE", required=True, help="What was printed."
)
@click.pass_obj
def import_(output: Output, path: Path) -> None:
    """Make a project known here by a file.

    The file has what `project information` prints; it makes nobody a member.

    \b
    Example:
      uockam project import --project-file project.json
    """
    found = manage.import_project(path)
    output.done([f"Successfully imported project {found.name}"], found.to_dict())


@project.command()
@_IDENTITY
@click.pass_obj
def version(output: Output, identity: str | None) -> None:
    """Print the version of the orchestrator.

    \b
    Example:
      uockam project version
    """
    found = manage.versions(identity)
    both = {found.controller, found.project} - {""}
    text = (
        f"Version of Orchestrator Controller and Projects is {both.pop()}"
        if len(both) == 1
        else f"Version of Orchestrator Controller is {found.controller}, of Projects {found.project}"
    )
    output.done([text], {"controller_version": found.controller, "project_version": found.project})


@project.command("ticket")
@project_option
@click.option(
    "--expires-in", metavar="DURATION", default="10m", show_default=True, callback=duration_ms, help="When it ends."
)
@click.option(
    "--usage-count", metavar="N", type=click.IntRange(1), default=1, show_default=True, help="How many may use it."
)
@attribute_options(bare="true")
@_IDENTITY
@click.option("--hex", "as_hex", is_flag=True, help="In hex, which survives every medium.")
@click.option("--legacy", is_flag=True, help="For Ockam Command before 0.150.")
@click.pass_obj
def ticket_(
    output: Output,
    project: str | None,
    expires_in: int,
    usage_count: int,
    pairs: dict[str, str],
    relay: str | None,
    enroller: bool,
    identity: str | None,
    as_hex: bool,
    legacy: bool,
) -> None:
    """Print a ticket, which makes members of a project.

    Whoever has it can use it: it is a secret until it was used.

    \b
    Examples:
      uockam project ticket --relay pico1 > ticket
      uockam project ticket --usage-count 10 --expires-in 1d -a site=roof
    """
    wanted = attributes(pairs, relay, enroller)
    output.progress("Asking for a ticket...")
    seconds = max(1, expires_in // 1000)
    made = manage.make_ticket(project, wanted, ttl_s=seconds, uses=usage_count, identity=identity)
    output.note("Created enrollment ticket")
    if wanted:
        output.hint(
            "", "Who uses it gets the following attributes:", *(f'  "{k}={v}"' for k, v in sorted(wanted.items()))
        )
    times = "once" if usage_count == 1 else f"{usage_count} times"
    output.hint(
        "",
        f"It will expire in {span(seconds)} and it can be used {times}",
        "On another machine: uockam project enroll TICKET",
        "",
    )
    text = ticket.legacy(made) if legacy else ticket.in_hex(made) if as_hex else ticket.plain(made)
    output.show(text, ticket.legacy_dict(made) if legacy else ticket.to_dict(made))


@project.command()
@click.argument("text", metavar="[TICKET]", required=False, envvar="ENROLLMENT_TICKET")
@project_option
@identity_option("Who becomes a member; the default identity when missing.")
@click.option(
    "--timeout", metavar="DURATION", default="240s", show_default=True, callback=duration_ms, help="For the answers."
)
@click.pass_obj
def enroll(output: Output, text: str | None, project: str | None, identity: str | None, timeout: int) -> None:
    """Make an identity of this machine a member of a project.

    TICKET is the text of a ticket, a file that has it, or its URL; ENROLLMENT_TICKET in the environment will do, too.
    Without one it is checked that the identity is a member.

    \b
    Example:
      uockam project enroll ticket
    """
    output.progress("Enrolling the identity...")
    joined = manage.join(text, project, identity, timeout)
    if joined.shadowed:
        output.warn(
            f"Another project here has the name {joined.project.name}",
            f"Write /project/{joined.project.id} to mean the one of this ticket",
        )
    proof = joined.issued.credential
    attested = {
        name.decode(errors="replace"): value.decode(errors="replace") for name, value in proof.attributes.items()
    }
    output.done(
        [f"Successfully enrolled identity {joined.identity} to the {joined.project.name} project."],
        {"identity": joined.identity, "project": joined.project.to_dict(), "attributes": attested},
    )
    output.hint(
        "",
        "The identity has a credential in this project",
        f"created at {utc(proof.created_at)} that expires at {utc(proof.expires_at)}",
        "",
        "The following attributes are attested by the project's membership authority:",
        *(f'  "{name}={value}"' for name, value in sorted(attested.items())),
    )


def _item(one: Project) -> list[str]:
    """Whoever got in by a ticket does not know the space."""
    return [f"Project {one.name}", *([f"Space {one.space_name}"] if one.space_name else [])]


def _lines(one: Project) -> list[str]:
    status = colour("UP" if one.running else "DOWN")
    known = {
        "Id": one.id,
        "Space": one.space_name,
        "Route": one.access_route,
        "Identifier": one.identity,
        "Authority route": one.authority_access_route,
        "Authority identifier": one.authority_identifier,
        "Version": one.version,
    }
    facts = [f"  {title}: {value}" for title, value in known.items() if value]
    running = [f"  The project is {status}"] if one.running is not None else []
    return [f"{one.name}:", *running, *facts]


project.add_command(devices)
