"""`uockam orchestrator`: its process, what it tells, and backups."""

import json
import os
import re
import signal
import socket
import urllib.request

import pytest

from uockam_host.projects.address import Orchestrator

from .conftest import Cli, Ran

START = "orchestrator start --listen 127.0.0.1:0"
_EXPORT = re.compile(r"export (OCKAM_[A-Z0-9_]+)=(\S+)")


def data(cli: Cli, line: str) -> dict:
    return json.loads(cli.ok(f"{line} --output json"))


def test_it_starts_tells_how_to_reach_it_and_stops(cli):
    made = data(cli, START)
    shown = data(cli, "orchestrator status")
    assert made == shown
    assert shown["address"] == str(Orchestrator.parse((cli.home / "orchestrator" / "address").read_text()))
    host, _, port = shown["listen"].rpartition(":")
    socket.create_connection((host, int(port))).close()
    with urllib.request.urlopen(f"http://{shown['monitor']}/health") as answer:
        assert json.load(answer)["status"] == "ok"
    assert data(cli, "orchestrator stop") == {"was_running": True}
    assert data(cli, "orchestrator stop") == {"was_running": False}
    ran = cli("orchestrator status")
    assert (ran.code, "uockam orchestrator start" in ran.err) == (70, True)


def test_into_a_pipe_status_prints_the_lines_that_set_up_ockam(cli):
    cli.ok(START)
    lines = cli.ok("orchestrator status").splitlines()
    assert dict(_EXPORT.fullmatch(line).groups() for line in lines) == data(cli, "orchestrator status")["environment"]
    assert "OCKAM_CONTROLLER_ADDR" in cli.ok("orchestrator status --output plain")


def test_it_is_the_same_at_the_same_ports_after_a_restart(cli):
    first = data(cli, START)
    assert cli("orchestrator start").err == "     \u2714\ufe0e The orchestrator is already running\n"
    assert "options were not taken" in cli("orchestrator start --listen 127.0.0.1:0").err
    cli.ok("orchestrator stop")
    second = data(cli, "orchestrator start")
    assert {**second, "pid": 0} == {**first, "pid": 0}


def test_a_port_that_is_taken_is_named_and_leaves_the_settings_as_they_were(cli):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = cli(f"orchestrator start --listen 127.0.0.1:{port}")
        assert (ran.code, str(port) in ran.err, "already in use" in ran.err) == (70, True, True)
    assert json.loads((cli.home / "orchestrator" / "settings.json").read_text())["listen"] != f"127.0.0.1:{port}"


@pytest.mark.parametrize(
    "option", ["--listen nonsense", "--advertise x", "--monitor 127.0.0.1:99999", "--issuer https://a.example"]
)
def test_an_option_without_sense_is_refused(cli, option):
    ran = cli(f"orchestrator start {option}")
    assert ran.code == 64, ran


def test_a_database_of_an_unknown_kind_is_refused(cli):
    ran = cli(START, "--database", "mysql://somewhere")
    assert (ran.code, "mysql" in ran.err) == (70, True)


def test_a_file_of_data_is_the_same_from_every_folder(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli.ok(f"{START} --database sqlite:///data.sqlite3")
    assert (tmp_path / "data.sqlite3").exists()
    monkeypatch.chdir(cli.home)
    cli.ok("orchestrator invite bob@example.com --name Bob")
    assert not (cli.home / "data.sqlite3").exists()


def test_it_can_be_reached_by_the_name_that_it_is_told(cli):
    made = data(cli, f"{START} --advertise cloud.example.com:6000")
    assert made["route"] == "/dnsaddr/cloud.example.com/tcp/6000/service/api"


def test_in_the_foreground_it_ends_with_ctrl_c(cli):
    with cli.start(f"{START} --foreground") as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line.decode())
            if "Orchestrator started" in lines[-1]:
                break
        assert data(cli, "orchestrator status")["pid"] == process.pid
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate()
    assert (process.returncode, "Orchestrator stopped" in errors.decode()) == (0, True)


def refused(ran: Ran, words: str) -> None:
    assert (ran.code, words in ran.err) == (70, True), ran


def test_a_backup_restored_elsewhere_is_the_same_orchestrator(cli, tmp_path):
    before = data(cli, START)
    file = tmp_path / "backup.sqlite3"
    assert data(cli, f"orchestrator backup {file}")["bytes"] == file.stat().st_size
    refused(cli(f"orchestrator backup {file}"), "cannot be made")
    refused(cli(f"orchestrator restore {file} --yes"), "is running")
    elsewhere = Cli(cli.home.parent / "elsewhere")
    assert data(elsewhere, f"orchestrator restore {file} --yes") == {"former": None}
    try:
        assert data(elsewhere, START)["identifier"] == before["identifier"]
    finally:
        elsewhere.ok("orchestrator stop")


def test_restoring_keeps_what_was_there(cli, tmp_path):
    first = data(cli, START)
    cli.ok("orchestrator stop")
    cli.ok(f"orchestrator backup {tmp_path / 'first'}")
    for path in (cli.home / "orchestrator").glob("orchestrator.sqlite3*"):
        path.unlink()
    assert data(cli, "orchestrator start")["identifier"] != first["identifier"]
    cli.ok("orchestrator stop")
    former = data(cli, f"orchestrator restore {tmp_path / 'first'} --yes")["former"]
    assert former.endswith(".old")
    assert data(cli, "orchestrator start")["identifier"] == first["identifier"]


def test_only_a_backup_can_be_restored_and_only_after_a_yes(cli, tmp_path):
    (tmp_path / "x").write_text("something else")
    refused(cli(f"orchestrator restore {tmp_path / 'x'} --yes"), "no backup")
    assert cli(f"orchestrator restore {tmp_path / 'x'}").code == 64
    assert cli(f"orchestrator restore {tmp_path / 'nothing'} --yes").code == 64
    refused(cli(f"orchestrator backup {tmp_path / 'y'}"), "never")


def test_a_killed_one_is_started_again(cli):
    first = data(cli, START)
    os.kill(first["pid"], signal.SIGKILL)
    second = data(cli, "orchestrator start")
    assert second["identifier"] == first["identifier"]
    assert second["pid"] != first["pid"]


def test_a_reset_ends_it_and_forgets_it(cli):
    pid = data(cli, START)["pid"]
    assert data(cli, "reset --yes")["stopped_pids"] == [pid]
    assert not cli.home.exists()
