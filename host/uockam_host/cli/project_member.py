"""`uockam project-member`: who is a member of a project, and what is attested of them."""

import click

from ..projects.authority import ENROLLER, ROLE, Authority, Member
from ..projects.known import find_project
from .membership import attribute_options, attributes, pairs_text, project_option
from .options import Group, confirm, identity_option
from .output import Output, block, listing
from .times import utc

_IDENTITY = identity_option("Who asks; the default identity when missing.")
_ENROLLER = click.option("--enroller", is_flag=True, help="Those only who may enroll others.")


@click.group("project-member", cls=Group)
def project_member() -> None:
    """Look at and change a project's members.

    \b
    Examples:
      uockam project-member list
      uockam project-member delete IDENTIFIER
    """


@project_member.command()
@click.argument("identifier")
@attribute_options(bare=None)
@project_option
@_IDENTITY
@click.pass_obj
def add(
    output: Output,
    identifier: str,
    pairs: dict[str, str],
    relay: str | None,
    enroller: bool,
    project: str | None,
    identity: str | None,
) -> None:
    """Make an identity a member.

    What was attested of it before is not attested any more.

    \b
    Example:
      uockam project-member add IDENTIFIER --relay pico1 -a site=roof
    """
    found = find_project(project)
    wanted = attributes(pairs, relay, enroller)
    Authority(found, identity).add(identifier, wanted)
    text = f"With attributes: {pairs_text(wanted)}" if wanted else "Without attributes"
    output.done(
        [f"Identifier {identifier} is now a member of the Project {found.name}", text],
        {"identifier": identifier, "attributes": wanted, "project": found.name},
    )


@project_member.command("list")
@_ENROLLER
@project_option
@_IDENTITY
@click.pass_obj
def list_(output: Output, enroller: bool, project: str | None, identity: str | None) -> None:
    """List the members, and what is attested of them.

    \b
    Example:
      uockam project-member list
    """
    found = find_project(project)
    members = [
        one for one in Authority(found, identity).members() if not enroller or one.attributes.get(ROLE) == ENROLLER
    ]
    items = [_lines(one) for one in members]
    text = listing(f"Members of {found.name}", items, f"No members found in {found.name}.")
    output.show(text, [one.to_dict() for one in members])


@project_member.command()
@project_option
@_IDENTITY
@click.pass_obj
def list_ids(output: Output, project: str | None, identity: str | None) -> None:
    """List the identifiers of the members.

    \b
    Example:
      uockam project-member list-ids
    """
    found = find_project(project)
    identifiers = Authority(found, identity).member_ids()
    text = listing(f"Members of {found.name}", [[one] for one in identifiers], f"No members found in {found.name}.")
    output.show(text, identifiers)


@project_member.command()
@click.argument("identifier")
@project_option
@_IDENTITY
@click.pass_obj
def show(output: Output, identifier: str, project: str | None, identity: str | None) -> None:
    """Show one member.

    \b
    Example:
      uockam project-member show IDENTIFIER
    """
    found = Authority(find_project(project), identity).member(identifier)
    output.show(block(_lines(found)), found.to_dict())


@project_member.command()
@click.argument("identifier", required=False, metavar="[IDENTIFIER]")
@click.option("--all", "every", is_flag=True, help="All members but yourself.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before all are deleted.")
@project_option
@_IDENTITY
@click.pass_obj
def delete(
    output: Output, identifier: str | None, every: bool, yes: bool, project: str | None, identity: str | None
) -> None:
    """Take the membership from an identity.

    It gets no credential any more, and what it has got is worth nothing to the project.

    \b
    Example:
      uockam project-member delete IDENTIFIER
    """
    if every == bool(identifier):
        raise click.UsageError("Name an IDENTIFIER, or say --all.")
    found = find_project(project)
    authority = Authority(found, identity)
    if identifier:
        authority.delete(identifier)
        output.done(
            [f"Identifier {identifier} is no longer a member of the Project {found.name}"], {"identifier": identifier}
        )
        return
    if not yes:
        confirm(f"Delete all members of the project '{found.name}' but yourself?", "Add --yes")
    authority.delete_all()
    output.done([f"The Project {found.name} has no other members any more"], {"project": found.name})


def _lines(one: Member) -> list[str]:
    attested = [f"  Attested by: {one.attested_by}"] if one.attested_by else []
    text = f"With attributes: {pairs_text(one.attributes)}" if one.attributes else "Without attributes"
    return [one.identifier, text, f"  Added at: {utc(one.added_at)}", *attested]
