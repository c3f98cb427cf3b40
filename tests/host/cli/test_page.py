"""The commands of the page `Nodes and Workers`, character by character, as they come out of a pipe.

The layout is Ockam Command's: a mark in column 6, text in column 8. Process ids and random addresses are replaced.
"""

import re

TICK = "     \u2714\ufe0e "


def normal(text: str) -> str:
    text = re.sub(r"Process id \d+", "Process id PID", text)
    return re.sub(r"\b[0-9a-f]{32}\b", "RANDOM", text)


def test_node_create_gives_a_random_name(cli):
    assert re.fullmatch(TICK + r"Node [a-z]+-[a-z]+ created successfully\n", cli.ok("node create"))


def test_node_create_with_a_name(cli):
    ran = cli("node create n1")
    assert (ran.code, ran.out, ran.err) == (0, f"{TICK}Node n1 created successfully\n", "")


def test_node_list_shows_up_default_and_down(cli):
    for line in ("node create n1", "node create sharp-falconet", "node default sharp-falconet", "node create n2"):
        cli.ok(line)
    cli.ok("node stop n2")
    assert normal(cli.ok("node list")) == (
        "\n"
        "       ┌───────────────────┐\n"
        "       │       Nodes       │\n"
        "       └───────────────────┘\n"
        "\n"
        "     │ Node n1  UP\n"
        "     │ Process id PID\n"
        "\n"
        "     │ Node sharp-falconet (default) UP\n"
        "     │ Process id PID\n"
        "\n"
        "     │ Node n2  DOWN\n"
        "     │ No process running\n"
        "\n"
    )


def test_node_stop_start_and_delete(cli):
    cli.ok("node create n1")
    assert cli.ok("node stop n1") == ""
    assert cli.ok("node start n1") == ""
    assert cli.ok("node delete n1") == f"{TICK}The node named 'n1' has been deleted.\n"
    assert cli.ok("node list") == "     ! No nodes found on this system.\n"


def test_node_delete_all(cli):
    cli.ok("node create n1")
    cli.ok("node create n2")
    assert cli.ok("node delete --all") == ""
    assert cli.ok("node list") == "     ! No nodes found on this system.\n"


def test_worker_list(running):
    assert normal(running.ok("worker list --at n1")).startswith(
        "       ┌───────────────────────────┐\n"
        "       │       Workers on n1       │\n"
        "       └───────────────────────────┘\n"
        "\n"
        "     │ Worker "
    )
    items = normal(running.ok("worker list --at n1")).split("\n\n")[1:]
    assert {"     │ Worker _internal.nodemanager", "     │ Worker echo", "     │ Worker uppercase"} <= set(items)
    assert all(re.fullmatch(r"     │ Worker \S+", item) for item in items if item)


def test_service_list(running):
    assert running.ok("service list --at n1") == (
        "       ┌────────────────────────────┐\n"
        "       │       Services on n1       │\n"
        "       └────────────────────────────┘\n"
        "\n"
        "     │ Service uppercase\n"
        "     │ Address /service/uppercase\n"
        "\n"
        "     │ Service echo\n"
        "     │ Address /service/echo\n"
        "\n"
    )


def test_message_send_prints_the_reply_and_nothing_else(running):
    ran = running("message send hello --to /node/n1/service/uppercase")
    assert (ran.code, ran.out, ran.err) == (0, "HELLO\n", "")


def test_a_node_in_the_foreground_logs_in_the_style_of_the_page(cli):
    with cli.start("node create n2 --foreground --verbose") as process:
        first = process.stdout.readline().decode()
        lines = [first]
        while "'0#uppercase'" not in lines[-1]:
            lines.append(process.stdout.readline().decode())
            assert lines[-1], lines
        process.send_signal(2)
        process.communicate()
    assert process.returncode == 0
    line = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z  INFO [\w.:]+: .+\n")
    assert all(line.fullmatch(text) for text in lines)
    assert cli.ok("node list --output json --compact-output").startswith('[{"node_name": "n2"')
