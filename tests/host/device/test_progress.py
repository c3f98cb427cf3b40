"""What a person sees of long work, in a pipe and on a terminal."""

import io
import sys

import pytest

from uockam_host.cli.output import Output
from uockam_host.cli.progress import progress, resumable, size


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (1_640_000, "1.64 MB"), (3 << 30, "3.22 GB"), (10**13, "1e+04 GB")],
)
def test_sizes_are_what_people_read(count: int, text: str) -> None:
    assert size(count) == text


def test_a_step_is_one_plain_line_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with progress(Output(), 1_500_000, "Writing firmware") as step:
        step(1_000_000)
        step(500_000)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "       Writing firmware (1.5 MB)\n")


def test_nothing_is_shown_when_silence_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output()
    output.quiet = True
    with progress(output, 10, "Writing firmware") as step:
        step(10)
    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_bytes_rate_and_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    output = Output()
    monkeypatch.setattr(sys, "stderr", terminal := Terminal())
    with progress(output, 1_500_000, "Writing firmware") as step:
        step(1_000_000)
        step(500_000)
    shown = terminal.getvalue()
    assert "Writing firmware" in shown
    assert "1.5/1.5 MB" in shown
    assert "/s" in shown
    assert "0:00:00" in shown


def test_an_interrupted_command_tells_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(KeyboardInterrupt), resumable(Output(), "Run it again"):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == "       Run it again\n"
