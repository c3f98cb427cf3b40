"""The benches as `make bench` runs them: that they run, say what they found, and leave nothing behind."""

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

RUN = Path(__file__).with_name("run.py")
PATIENCE_S = 60


def test_an_unknown_bench_is_refused() -> None:
    done = subprocess.run([sys.executable, RUN, "nothing"], capture_output=True, text=True, timeout=PATIENCE_S)
    assert done.returncode == 2
    assert "workers" in done.stderr


@pytest.mark.slow
def test_figures_come_as_a_table_and_as_json(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    command = [sys.executable, RUN, "workers", "--seconds", "0", "--json", file]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S)
    assert (done.returncode, done.stderr) == (0, "")
    figures = json.loads(file.read_text())
    assert figures["conditions"]["CPython"] in done.stdout
    titles = [table["title"] for table in figures["tables"]]
    assert titles == [f"messages between local workers, {name}" for name in ("CPython", "MicroPython")]
    assert all(title in done.stdout for title in titles)
    assert all(value > 0 for table in figures["tables"] for values in table["sides"].values() for value in values)


def servers_of(run: subprocess.Popen[str]) -> list[psutil.Process]:
    """The echo servers that a run has started, once there is one."""
    while run.poll() is None:
        found = []
        for child in psutil.Process(run.pid).children():
            with suppress(psutil.Error):  # it has ended meanwhile
                if "echo_server.py" in " ".join(child.cmdline()):
                    found.append(child)
        if found:
            return found
    raise AssertionError("the run ended before it started a server")


@pytest.mark.slow
def test_a_run_that_is_terminated_ends_its_processes() -> None:
    with subprocess.Popen([sys.executable, RUN, "tcp"], stdout=subprocess.PIPE, text=True) as run:
        try:
            servers = servers_of(run)
        finally:
            run.send_signal(signal.SIGTERM)
        run.communicate(timeout=PATIENCE_S)
    assert run.returncode == 1
    assert psutil.wait_procs(servers, PATIENCE_S)[1] == []
