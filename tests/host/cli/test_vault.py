"""`uockam vault`: the page of texts, passphrases at a terminal and from the environment, and no secret anywhere."""

import re
import sqlite3
import stat
import sys

import pytest

TICK = "     \u2714\ufe0e "


@pytest.fixture
def secret(tmp_path):
    """A file with the passphrase of the tests."""
    path = tmp_path / "passphrase"
    path.write_text("open sesame\n")
    return str(path)


def test_a_new_vault_is_named_and_the_first_is_the_default(cli):
    ran = cli("vault create v1 --output plain")
    assert (ran.code, ran.out) == (0, f"{TICK}Vault created with name 'v1'!\n")
    assert ran.err == f"{TICK}Marked this new Vault as your default Vault, on this machine.\n"
    assert (cli("vault create v2").out, cli("vault create v3").err) == ("v2\n", "")
    assert cli("vault list --output json").json[0]["is_default"]


def test_a_name_that_is_taken_ends_with_70_and_what_to_do(cli):
    cli.ok("vault create v1")
    ran = cli("vault create v1")
    assert (ran.code, ran.out) == (70, "")
    assert ran.err == (
        "     ✗ A vault named v1 already exists\n"
        "       Please try using a different name or delete the existing vault\n"
    )


def test_the_list_and_one_of_it(cli, tmp_path):
    cli.ok("vault create v1")
    cli.ok("vault create v2 --path", str(tmp_path / "v2"))
    cli.ok("identity create alice --vault v2")
    assert cli.ok("vault list") == (
        "       ┌────────────────────┐\n"
        "       │       Vaults       │\n"
        "       └────────────────────┘\n"
        "\n"
        "     │ Name: v1 (default)\n"
        "     │ Type: Internal\n"
        f"     │ Path: {cli.home}/vaults/v1.sqlite3\n"
        "     │ Passphrase: no\n"
        "     │ Identities: none\n"
        "\n"
        "     │ Name: v2\n"
        "     │ Type: External\n"
        f"     │ Path: {tmp_path}/v2\n"
        "     │ Passphrase: no\n"
        "     │ Identities: alice\n"
        "\n"
    )
    assert cli.ok("vault show v2").splitlines()[-1] == "       Identities: alice"
    assert cli("vault show v2 --output json").json == {
        "name": "v2",
        "type": "External",
        "path": str(tmp_path / "v2"),
        "is_default": False,
        "passphrase": False,
        "identities": ["alice"],
    }


def test_a_vault_in_use_is_not_deleted_and_an_empty_one_is(cli):
    cli.ok("identity create alice")
    ran = cli("vault delete default --yes")
    assert (ran.code, ran.out) == (70, "")
    assert "cannot be deleted because it is used by the identities: alice" in ran.err
    cli.ok("vault create v1")
    assert "Use --yes to confirm" in cli("vault delete v1").err
    ran = cli("vault delete --all --yes")
    assert ran.code == 70
    assert f"{TICK}Vault with name v1 has been deleted\n" in ran.err
    cli.ok("identity delete alice --yes")
    assert cli.ok("vault delete default --yes") == f"{TICK}Vault with name default has been deleted\n"
    assert list((cli.home / "vaults").iterdir()) == []


@pytest.mark.parametrize(
    "line",
    ["show primry", "move primry --path x", "backup primry --path x", "passphrase primry", "delete primry --yes"],
)
def test_an_unknown_vault_ends_with_70_and_a_near_name(cli, line):
    cli.ok("vault create primary")
    ran = cli(f"vault {line}")
    assert (ran.code, ran.out) == (70, "")
    assert ran.err == (
        "     ✗ There is no Vault with name primry on this machine\n"
        "       Did you mean `primary`? See all vaults with `uockam vault list`\n"
    )


def test_a_backup_brings_the_identities_back_after_a_reset(cli, tmp_path):
    alice = cli.ok("identity create alice")
    ran = cli("vault backup --path", str(tmp_path / "backup"))
    assert ran.out == f"{TICK}Copied the vault default to {tmp_path}/backup\n"
    assert "Whoever can read the copy has the keys" in ran.err
    assert stat.S_IMODE((tmp_path / "backup").stat().st_mode) == 0o600
    cli.ok("reset --yes")
    assert cli.ok("vault create restored --output plain --path", str(tmp_path / "backup")) == (
        f"{TICK}Vault created with name 'restored'!\n       It has the identities: alice\n"
    )
    assert cli.ok("identity show") == alice


def test_a_moved_vault_is_where_it_was_put(cli, tmp_path):
    alice = cli.ok("identity create alice")
    moved = cli.ok("vault move default --path", str(tmp_path / "moved"))
    assert moved == f"{TICK}Moved the vault default to {tmp_path}/moved\n"
    assert cli.ok("identity create alice") == alice
    ran = cli("vault move default --path", str(tmp_path / "no" / "such"))
    assert (ran.code, "cannot be made: No such file" in ran.err) == (70, True)


def test_a_locked_vault_says_what_to_do_and_takes_the_passphrase_from_the_environment(cli, secret):
    cli.ok("vault create v1 --passphrase-file", secret)
    ran = cli("identity create alice")
    assert (ran.code, ran.out) == (70, "")
    assert ran.err.startswith("     ✗ The vault v1 is locked\n       Set UOCKAM_PASSPHRASE_FILE ")
    ran = cli("identity create alice", UOCKAM_PASSPHRASE="open says me")
    assert (ran.code, ran.err.splitlines()[0]) == (70, "     ✗ The passphrase of the vault v1 is wrong")
    alice = cli.ok("identity create alice", UOCKAM_PASSPHRASE="open sesame")
    assert cli.ok("identity create alice", UOCKAM_PASSPHRASE_FILE=secret) == alice
    assert cli.ok("identity show --full").splitlines()[0] == f"Identifier: {alice.strip()}"
    assert cli("identity rotate").code == 70
    assert cli("identity rotate", UOCKAM_PASSPHRASE_FILE=secret).code == 0


def test_a_node_whose_vault_is_locked_does_not_start_and_says_why(cli, secret):
    cli.ok("vault create v1 --passphrase-file", secret)
    cli.ok("identity create alice", UOCKAM_PASSPHRASE_FILE=secret)
    locked = ("     ✗ The vault v1 is locked", 70)
    ran = cli("node create n1")
    assert (ran.err.splitlines()[0], ran.code) == locked
    assert "UOCKAM_PASSPHRASE_FILE" in ran.err
    cli.ok("node create n1", UOCKAM_PASSPHRASE_FILE=secret)
    route = "message send hello --to /node/n1/secure/api/service/uppercase"
    assert cli.ok(route, UOCKAM_PASSPHRASE_FILE=secret) == "HELLO\n"
    assert (cli(route).err.splitlines()[0], cli(route).code) == locked
    cli.ok("node stop n1")
    ran = cli("node start n1")
    assert (ran.err.splitlines()[0], ran.code) == locked


def test_off_a_terminal_there_is_nobody_to_choose_a_passphrase(cli):
    ran = cli("vault create v1 --passphrase")
    assert (ran.code, ran.out) == (64, "")
    assert "--passphrase-file" in ran.err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_at_a_terminal_a_passphrase_is_asked_for_and_not_shown(cli):
    new = [(b"New passphrase: ", "open sesame\n"), (b"Repeat for confirmation: ", "open sesame\n")]
    code, screen = cli.in_dialogue(new, "vault create v1 --passphrase --no-color")
    assert (code, "Vault created with name 'v1'!" in screen, "sesame" in screen) == (0, True, False)
    ask = b"Passphrase of the vault v1: "
    code, screen = cli.in_dialogue([(ask, "open says me\n")], "identity create alice --no-color")
    assert (code, "The passphrase of the vault v1 is wrong" in screen, "says" in screen) == (70, True, False)
    code, screen = cli.in_dialogue([(ask, "open sesame\n")], "identity create alice --no-color")
    assert (code, "created successfully as alice" in screen, "sesame" in screen) == (0, True, False)
    change = [(ask, "open sesame\n"), (b"New passphrase: ", "two\n"), (b"Repeat for confirmation: ", "two\n")]
    code, screen = cli.in_dialogue(change, "vault passphrase v1 --no-color")
    assert (code, "is locked with the new passphrase" in screen) == (0, True)
    assert cli.ok("vault passphrase v1 --remove", UOCKAM_PASSPHRASE="two") == (
        f"{TICK}The vault v1 has no passphrase any more\n"
    )
    assert cli("identity rotate").code == 0


def test_a_damaged_vault_says_so_and_reset_needs_none(cli):
    cli.ok("identity create alice")
    path = cli.home / "vaults" / "default.sqlite3"
    content = bytearray(path.read_bytes())
    at = content.index(b"seed:")
    content[at + 60] ^= 1
    path.write_bytes(content)
    ran = cli("identity rotate")
    assert (ran.code, ran.out) == (70, "")
    assert ran.err == (
        f"     ✗ The vault {path} is damaged\n"
        "       Restore it from a backup: `uockam vault create NAME --path BACKUP`\n"
    )
    path.write_bytes(b"")
    assert "is not a vault" in cli.ok("vault list")
    assert cli.ok("reset --yes").endswith("Local uockam configuration deleted\n")
    assert not cli.home.exists()


def test_no_secret_is_printed_or_written_anywhere_else(cli, tmp_path, secret):
    from uockam_host.state.vault_file import VaultFile

    cli.ok("vault create v1 --passphrase-file", secret)
    environment = {"UOCKAM_PASSPHRASE": "open sesame", "UOCKAM_DEBUG": "1"}
    lines = [
        "identity create alice -v",
        "identity create alice -v --output json",
        "identity show --full --output json",
        "identity show --encoding hex",
        "vault show -v --output json",
        "identity list -v --output json",
    ]
    printed = [cli(line, **environment) for line in lines]
    vault = VaultFile(cli.home / "vaults" / "v1.sqlite3", "v1")
    vault.unlock("open sesame")
    seeds = [vault.get(name)[1:] for name in vault.names(b"seed:")]
    printed += [cli(line, **environment) for line in ("identity rotate -v --output json", "identity delete -y -v")]
    break_schema(vault.path)
    printed += [cli(line, **environment) for line in ("identity create bob -v", "vault show -v")]
    text = "".join(ran.out + ran.err for ran in printed)
    kept = b"".join(path.read_bytes() for path in cli.home.rglob("*") if path.is_file())
    assert "sesame" not in text
    assert b"sesame" not in kept
    for seed in [*seeds, vault._opened_key()]:
        assert seed.hex() not in text
        assert repr(seed)[2:-1] not in text
        assert seed not in kept
        assert not re.search(re.escape(seed.hex()), kept.decode("latin-1"), re.IGNORECASE)


def break_schema(path):
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE record")
    connection.close()
