"""The program as a whole: its options, exit codes and streams; nothing here needs a node."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from uockam_host.cli.device import VERBS
from uockam_host.cli.options import GLOBAL_OPTIONS

KEYS = ("identity", "vault")
CHANNELS = ("secure-channel", "secure-channel-listener")
CLOUD = ("relay", "space", "project", "project-member", "mailbox")
NOUNS = ["node", "worker", "service", "message", *KEYS, *CHANNELS, *CLOUD, "tcp-listener", "tcp-connection"]
LEAVES = [
    *(f"node {verb}" for verb in ("create", "list", "show", "start", "stop", "delete", "default", "logs")),
    "worker list",
    "service list",
    "service start hop",
    "message send",
    *(f"{noun} {verb}" for noun in (*CHANNELS, *NOUNS[-2:]) for verb in ("create", "list", "show", "delete")),
    *(f"identity {verb}" for verb in ("create", "list", "show", "default", "rotate", "delete")),
    *(f"vault {verb}" for verb in ("create", "list", "show", "move", "backup", "passphrase", "delete")),
    *(f"relay {verb}" for verb in ("create", "list", "show", "delete")),
    *(f"space {verb}" for verb in ("create", "list", "show", "delete")),
    *(f"project {verb}" for verb in ("create", "list", "show", "delete", "import", "information", "version")),
    *(f"project {verb}" for verb in ("ticket", "enroll", "devices")),
    *(f"mailbox {verb}" for verb in ("receive", "show")),
    *(f"project-member {verb}" for verb in ("add", "list", "list-ids", "show", "delete")),
    *(f"device {verb}" for verb in VERBS),
    *("up", "status", "reset", "completion", "version"),
]


@pytest.mark.parametrize("line", ["--version", "-V", "node list -V", "message send --version", "version", "-q version"])
def test_the_version_is_printed_wherever_it_is_asked_for(cli, line):
    assert cli.ok(line) == "uockam 0.1.0\n"


def test_the_version_is_that_of_the_installed_distribution():
    from importlib.metadata import version

    import uockam_host

    assert uockam_host.__version__ == version("uockam")


@pytest.mark.parametrize("line", [*LEAVES, *NOUNS, "device", ""])
def test_every_command_has_help_with_an_example(here, line):
    text = here(f"{line} --help").out
    assert "Example" in text
    assert f"uockam {line}".rstrip() in text.split("Example")[1]
    assert "..." not in text.replace("[ARGS]...", "")
    assert "--output" in text
    assert here(f"{line} -h").out == text


def test_at_a_narrow_terminal_what_commands_do_is_said_in_whole(here, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    assert "Run the cloud that projects live in." in " ".join(here("--help").out.split())


def test_help_names_the_commands_in_order_of_use(here):
    lines = [line.split()[0] for line in here("node --help").out.split("Commands:\n")[1].split("\n\n")[0].splitlines()]
    assert lines == ["create", "list", "show", "start", "stop", "delete", "default", "logs"]


@pytest.mark.parametrize("line", ["", "node", "service start", "message"])
def test_a_command_that_is_not_complete_shows_its_help(here, line):
    ran = here(line)
    assert (ran.code, ran.out) == (64, "")
    assert ran.err == here(f"{line} --help").out


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("nod list", "Did you mean `node`?"),
        ("tcp-conection list", "`tcp-connection`"),
        ("node crate n1", "Did you mean `create`?"),
        ("service start hopp", "Did you mean `hop`?"),
        ("node create --foregroun", "--foreground"),
        ("message send hello --too x", "--to"),
    ],
)
def test_unknown_words_suggest_near_ones(here, line, hint):
    ran = here(line)
    assert (ran.code, ran.out) == (64, "")
    assert hint in ran.err


@pytest.mark.parametrize(
    "line",
    [
        "zebra",
        "node list extra",
        "message send",
        "message send hello",
        "message send hello --to",
        "message send hello --to /service/echo --timeout soon",
        "node list --output yaml",
        "node create --board pico",
        "node create bad!name",
        "node create n1 --tcp-listener-address nowhere",
        "node create n1 --tcp-listener-address 127.0.0.1:70000",
        "node create n1 --port /dev/ttyX --board virtual",
        "node delete n1 --all",
        "reset",
        "message send hello --to alice",
        "message send zz --hex --to /node/n1/service/echo",
        "completion --shell tcsh",
        "identity create bad!name",
        "identity delete alice --all",
        "identity show --encoding base64",
        "vault create v1 --passphrase",
        "vault create v1 --passphrase-file nowhere",
        "vault create v1 --path /",
        "vault passphrase --remove --passphrase-file nowhere",
        "vault delete v1 --all",
    ],
)
def test_bad_usage_ends_with_64_and_says_what_to_do(here, line):
    ran = here(line)
    assert (ran.code, ran.out) == (64, "")
    assert ran.err.startswith("     ✗ ")
    assert len(ran.err.splitlines()) >= 2, "the cause, then what to do"


@pytest.mark.parametrize(
    "line",
    [
        "node show n3",
        "node start n3",
        "node stop n3",
        "node delete n3",
        "node default n3",
        "node logs n3",
        "worker list --at n3",
        "service list --at n3",
        "tcp-listener list --at n3",
        "message send hello --to /node/n3/service/echo",
        "message send hello --to /service/echo --from n3",
    ],
)
def test_an_unknown_node_ends_with_70_and_the_command_that_lists_them(here, line):
    ran = here(line)
    assert (ran.code, ran.out) == (70, "")
    assert ran.err == ("     ✗ Unable to find node named n3\n       See all nodes with `uockam node list`\n")


@pytest.mark.parametrize("line", ["node show", "node start", "node stop", "node default", "node logs", "worker list"])
def test_no_default_node_ends_with_70_and_the_command_that_makes_one(here, line):
    ran = here(line)
    assert (ran.code, ran.out) == (70, "")
    assert ran.err.startswith("     ✗ There is no default node\n")
    assert "uockam node create" in ran.err


def test_a_reader_that_went_away_is_no_error_message(cli):
    with cli.start("node --help") as process:
        process.stdout.close()
        assert process.wait() == 141
        assert process.stderr.read() == b""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /dev/full")
def test_a_full_disk_behind_stdout_is_an_error(cli):
    with open("/dev/full", "wb") as full, cli.start("node list", stdout=full) as process:
        assert process.stderr.read().decode() == "     ✗ The result cannot be written: No space left on device\n"
    assert process.returncode == 70


def test_ctrl_c_ends_a_command_with_130_and_one_line(cli, silent_peer):
    port = silent_peer.getsockname()[1]
    with cli.start(f"message send hello --to /ip4/127.0.0.1/tcp/{port}/service/echo --timeout 1h") as process:
        peer, _ = silent_peer.accept()
        with peer:
            assert peer.recv(1) == b"\x01"
            process.send_signal(2)
            _, err = process.communicate()
    assert process.returncode == 130
    assert err.decode().strip("\n") == "     ✗ Interrupted"


def test_the_first_command_loads_neither_asyncio_nor_sqlite_nor_other_commands():
    program = (
        "import sys\n"
        "from uockam_host.cli.app import run\n"
        "assert run(['--version']) == 0\n"
        "print(*sorted(name for name in sys.modules if name.split('.')[0] in "
        "('asyncio', 'sqlite3', 'socket', 'logging', 'uockam_host', 'rich', 'serialx', 'json', 'psutil')))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines()[1].split() == [
        "uockam_host",
        "uockam_host.cli",
        "uockam_host.cli.app",
        "uockam_host.cli.failures",
        "uockam_host.cli.lazy",
        "uockam_host.cli.options",
        "uockam_host.cli.output",
        "uockam_host.cli.tree",
        "uockam_host.cli.version",
        "uockam_host.errors",
    ]


def test_sending_a_message_loads_neither_asyncio_nor_sqlite():
    program = (
        "import sys\n"
        "from uockam_host.cli.app import run\n"
        "assert run(['message', 'send', 'x', '--to', '/ip4/127.0.0.1/tcp/0/service/echo']) == 70\n"
        "print(*({'asyncio', 'sqlite3', 'logging', 'rich', 'psutil', 'json'} & set(sys.modules)))\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "\n"


def test_the_page_of_commands_knows_every_command_and_global_option():
    page = (Path(__file__).parents[3] / "docs" / "commands.md").read_text()
    for line in LEAVES:
        noun, _, verb = line.partition(" ")
        assert f"`{noun}" in page or f"uockam {noun}" in page, noun
        assert re.search(rf"\b{verb}\b", page), line
    for option in GLOBAL_OPTIONS:
        assert all(f"`{name}" in page for name in option.opts), option.opts
