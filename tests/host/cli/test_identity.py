"""`uockam identity`: the page of texts, what goes into a pipe, and what is loaded for it."""

import re
import subprocess
import sys

import pytest

from uockam_host.names import check_name

TICK = "     \u2714\ufe0e "
IDENTIFIER = r"I[0-9a-f]{64}"


def created(cli, name):
    return cli.ok(f"identity create {name}").strip()


def test_into_a_pipe_goes_the_identifier_only(cli):
    ran = cli("identity create alice")
    assert ran.code == 0
    assert re.fullmatch(f"{IDENTIFIER}\n", ran.out)
    assert ran.err == (
        f"{TICK}Created a new Vault named default.\n"
        f"{TICK}Marked this new Vault as your default Vault, on this machine.\n"
        f"{TICK}Marked alice as your default Identity, on this machine.\n"
    )
    again = cli("identity create alice")
    assert (again.code, again.out, again.err) == (0, ran.out, "")
    assert cli.ok("identity show alice") == cli.ok("identity show") == ran.out


def test_for_people_it_says_what_was_done(cli):
    first = cli.ok("identity create alice --output plain")
    assert re.fullmatch(f"{TICK}Identity {IDENTIFIER}\n       created successfully as alice\n", first)
    assert cli.ok("identity create alice --output plain") == first.replace(
        "created successfully as", "exists already, as"
    )


def test_without_a_name_it_gets_one(cli):
    one = cli("identity create --output json").json
    assert check_name(one["name"], "") == one["name"]
    assert (one["vault"], one["is_default"]) == ("default", True)


def test_the_list_marks_the_default(cli):
    alice, bob = created(cli, "alice"), created(cli, "bob")
    assert cli.ok("identity list") == (
        "       ┌────────────────────────┐\n"
        "       │       Identities       │\n"
        "       └────────────────────────┘\n"
        "\n"
        "     │ Identity alice (default)\n"
        f"     │ {alice}\n"
        "\n"
        "     │ Identity bob\n"
        f"     │ {bob}\n"
        "\n"
    )
    assert cli("identity list --output json").json == [
        {"name": "alice", "identifier": alice, "vault": "default", "is_default": True},
        {"name": "bob", "identifier": bob, "vault": "default", "is_default": False},
    ]


def test_an_empty_list_says_so(here):
    assert here("identity list").out == "     ! No identities found on this system.\n"
    assert here("vault list").out == "     ! No vaults found on this system.\n"


def test_the_full_history_has_every_key(cli):
    identifier = created(cli, "alice")
    ran = cli("identity rotate alice")
    assert ran.out == f"{TICK}The identity named alice has a new key, its number 2\n"
    assert "uockam vault backup" in ran.err
    lines = cli.ok("identity show alice --full").splitlines()
    assert lines[:3] == [
        f"Identifier: {identifier}",
        "  Change[0]:",
        f"    identifier:              {identifier[1:]}",
    ]
    assert re.fullmatch(r"    primary_public_key:      EdDSACurve25519: [0-9a-f]{64}", lines[3])
    assert lines[6] == "  Change[1]:"
    shown = cli("identity show alice --full --output json").json
    assert shown["changes"][0]["identifier"] == identifier[1:]
    assert len({change["primary_public_key"] for change in shown["changes"]}) == 2


def test_the_history_in_hex_is_what_the_core_reads(cli):
    from uockam.crypto.steps import last
    from uockam.secure import identity

    identifier = created(cli, "alice")
    text = cli.ok("identity show alice --full --encoding hex")
    assert cli.ok("identity show alice --encoding hex") == text
    history = identity.decode(bytes.fromhex(text.strip()))
    last(identity.verify_steps(history))
    assert identity.identifier_text(history.identifier) == identifier


def test_the_default_is_shown_and_moved(cli):
    created(cli, "alice")
    created(cli, "bob")
    assert cli.ok("identity default") == "alice\n"
    assert cli.ok("identity default bob") == f"{TICK}The identity 'bob' is now the default\n"
    assert cli("identity default bob").err == f"{TICK}The identity 'bob' is already the default\n"
    assert cli.ok("identity default --output plain") == "       The default identity is 'bob'\n"


def test_deleting_asks_at_a_terminal_and_wants_a_yes_elsewhere(cli):
    created(cli, "alice")
    ran = cli("identity delete alice")
    assert (ran.code, ran.out) == (64, "")
    assert "Use --yes to confirm" in ran.err
    assert cli.at_terminal("identity delete", typed="n\n")[0] == 0
    assert cli("identity list --output json").json != []
    code, screen = cli.at_terminal("identity delete --no-color", typed="y\n")
    assert (code, "Delete the identity 'alice' and its keys? [y/N]: " in screen) == (0, True)
    assert f"{TICK}The identity named alice has been deleted\n" in screen
    assert cli("identity list --output json").json == []


def test_all_are_deleted_but_those_that_nodes_have(cli):
    created(cli, "alice")
    created(cli, "bob")
    cli.ok("node create n1 --identity alice")
    ran = cli("identity delete --all --yes --output json")
    text = "The identity named alice cannot be deleted because it is used by the node(s): n1"
    assert ran.code == 70
    assert ran.json == [{"name": "alice", "error": text}, {"name": "bob"}]
    assert text in ran.err
    assert text in cli("identity delete alice --yes").err


@pytest.mark.parametrize("line", ["show alcie", "default alcie", "rotate alcie", "delete alcie --yes"])
def test_an_unknown_identity_ends_with_70_and_a_near_name(cli, line):
    created(cli, "alice")
    ran = cli(f"identity {line}")
    assert (ran.code, ran.out) == (70, "")
    assert ran.err == (
        "     ✗ There is no Identity with name alcie on this machine\n"
        "       Did you mean `alice`? See all identities with `uockam identity list`\n"
    )


@pytest.mark.parametrize("line", ["show", "default", "rotate", "delete --yes"])
def test_no_identity_at_all_ends_with_70_and_the_command_that_makes_one(here, line):
    ran = here(f"identity {line}")
    assert (ran.code, ran.out) == (70, "")
    assert ran.err == "     ✗ There is no default identity\n       Make one with `uockam identity create`\n"


def test_names_are_completed(cli):
    created(cli, "alice")
    for words, answer in (("uockam identity show a", "alice"), ("uockam identity create x --vault d", "default")):
        count = str(len(words.split()) - 1)
        out = cli.ok("", _UOCKAM_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)
        assert [line.partition(",")[2] for line in out.splitlines()] == [answer]


def test_naming_identities_loads_no_cryptography():
    program = (
        "import sys\n"
        "from uockam_host import identities\n"
        "from uockam_host.cli.app import run\n"
        "identities.create('alice')\n"
        "for name in [name for name in sys.modules if name.split('.')[0] in ('cryptography', 'uockam')]:\n"
        "    del sys.modules[name]\n"
        "for line in ('identity show', 'identity list', 'identity default alice', 'vault list', 'vault show'):\n"
        "    assert run(line.split()) == 0\n"
        "print(*({'cryptography', 'asyncio', 'uockam.crypto', 'uockam.secure.keys'} & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[-1] == ""
