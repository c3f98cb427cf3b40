"""`uockam status`, `uockam reset` and `uockam completion`."""

import subprocess

import pytest


def test_status_shows_the_version_and_every_node(cli):
    cli.ok("node create n1")
    cli.ok("node create n2")
    cli.ok("node stop n2")
    assert cli.ok("status") == (
        "       Version: uockam 0.1.0\n"
        "\n"
        "       Nodes\n"
        f"       {'─' * 80}\n"
        f"{cli.ok('node show n1')}"
        "\n"
        f"{cli.ok('node show n2')}"
        "\n"
    )
    assert cli("status --output json").json == {
        "version": "0.1.0",
        "nodes": [cli(f"node show {name} --output json").json for name in ("n1", "n2")],
    }


def test_status_without_nodes(cli):
    assert cli.ok("status").endswith("       No nodes found on this system.\n\n")


def test_reset_stops_and_forgets_everything(cli):
    pid = cli("node create n1 --output json").json["pid"]
    ran = cli("reset -y --output json")
    assert ran.json == {"stopped_pids": [pid], "failures": []}
    assert not cli.home.exists()
    assert cli.ok("reset --yes") == "     \u2714\ufe0e Local uockam configuration deleted\n"


def test_reset_off_a_terminal_needs_a_yes(cli):
    cli.ok("node create n1")
    ran = cli("reset")
    assert (ran.code, ran.out) == (64, "")
    assert "Use --yes to confirm" in ran.err
    assert len(cli("node list --output json").json) == 1


def test_reset_works_whatever_is_in_the_folder(cli):
    cli.home.mkdir()
    (cli.home / "state.sqlite3").write_bytes(b"no database" * 100)
    assert cli.ok("reset --yes") == "     \u2714\ufe0e Local uockam configuration deleted\n"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script_that_asks_the_program(cli, shell):
    script = cli.ok(f"completion --shell {shell}")
    assert f"_UOCKAM_COMPLETE={shell}_complete" in script
    assert cli.ok("completion", SHELL=f"/bin/{shell}") == script
    made = cli(f"completion --shell {shell} --output json").json
    assert (made["shell"], made["script"].rstrip("\n")) == (shell, script.rstrip("\n"))


def test_the_script_for_bash_is_accepted_by_bash(cli):
    subprocess.run(["bash", "-n"], input=cli.ok("completion --shell bash").encode(), check=True)


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        ("uockam nod", ["node"]),
        ("uockam tcp-listener d", ["delete"]),
        ("uockam node stop n", ["n1", "n2"]),
        ("uockam worker list --at n2", ["n2"]),
        ("uockam message send hi --from n1", ["n1"]),
        ("uockam node create --for", ["--foreground"]),
        ("uockam node list --output j", ["json"]),
        ("uockam device config set wifi.", ["wifi.ssid", "wifi.password"]),
    ],
)
def test_commands_options_and_node_names_are_completed(running, words, answers):
    count = str(len(words.split()) - 1)
    out = running.ok("", _UOCKAM_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=count)
    assert [line.partition(",")[2] for line in out.splitlines()] == answers


def test_completion_is_silent_when_nodes_cannot_be_read(cli):
    cli.home.mkdir()
    (cli.home / "state.sqlite3").write_bytes(b"no database" * 100)
    ran = cli("", _UOCKAM_COMPLETE="bash_complete", COMP_WORDS="uockam node stop n", COMP_CWORD="3")
    assert (ran.code, ran.out.strip(), ran.err) == (0, "", "")
