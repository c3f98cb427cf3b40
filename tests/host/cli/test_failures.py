"""What the user reads when a command fails."""

import click
import pytest

from uockam.errors import InvalidAddress, ProtocolError
from uockam_host.cli.failures import report
from uockam_host.cli.output import Output
from uockam_host.errors import HostError, InvalidArgument, NodeNotFound


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    monkeypatch.setenv("UOCKAM_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("UOCKAM_DEBUG", raising=False)
    return tmp_path / "home"


def test_a_host_error_is_its_text_its_remedy_and_its_code(capsys):
    assert report(NodeNotFound("sensr", ["n1", "sensor"]), Output()) == 70
    assert capsys.readouterr() == (
        "",
        "     ✗ Unable to find node named sensr\n       Did you mean `sensor`? See all nodes with `uockam node list`\n",
    )


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("there is no worker at 'x'", "There is no worker at 'x'"),
        ("app.py, line 1: invalid syntax", "app.py, line 1: invalid syntax"),
        ("b.sqlite3 cannot be made: [Errno 17] File exists", "b.sqlite3 cannot be made: File exists"),
        ("uockam does not know it", "uockam does not know it"),
    ],
)
def test_sentences_begin_large_names_stay_as_they_are_and_numbers_of_errors_are_for_programs(text, printed, capsys):
    report(HostError(text), Output())
    assert capsys.readouterr().err == f"     ✗ {printed}\n"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidArgument("text"), 64),
        (InvalidAddress("text"), 64),
        (HostError("text"), 70),
        (ProtocolError("text"), 70),
        (click.UsageError("text"), 64),
        (click.ClickException("text"), 70),
        (click.Abort(), 130),
        (ValueError("text"), 70),
    ],
)
def test_every_error_has_an_exit_code_and_no_traceback(error, code, capsys):
    assert report(error, Output()) == code
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("     ✗ ")
    assert "Traceback" not in printed.err


def test_verbose_says_what_led_to_an_error(capsys):
    error = HostError("Cannot connect", "Try again")
    error.__cause__ = OSError("no route\nto host")
    output = Output()
    output.verbosity = 1
    report(error, output)
    assert capsys.readouterr().err == "     ✗ Cannot connect\n       > OSError: no route to host\n       Try again\n"


def test_details_of_an_unexpected_error_are_written_down(home, capsys):
    assert report(_raised(), Output()) == 70
    assert capsys.readouterr().err == (
        "     ✗ Unexpected ZeroDivisionError: division by zero\n"
        f"       This is a bug in uockam; its details are in {home / 'errors.log'}\n"
    )
    assert "Traceback" in (home / "errors.log").read_text()


def test_the_log_of_errors_is_started_anew_when_it_is_long(home):
    home.mkdir()
    (home / "errors.log").write_text("x" * ((1 << 20) + 1))
    report(_raised(), Output())
    assert (home / "errors.log").stat().st_size < 10_000


def test_details_that_cannot_be_written_down_are_offered_otherwise(home, capsys):
    home.write_text("a file where the folder should be")
    report(_raised(), Output())
    assert "run the command again with UOCKAM_DEBUG=1 to see its details" in capsys.readouterr().err


def test_the_debug_variable_shows_the_traceback(monkeypatch, capsys):
    monkeypatch.setenv("UOCKAM_DEBUG", "1")
    report(_raised(), Output())
    assert capsys.readouterr().err.startswith("Traceback (most recent call last):\n")


def _raised() -> Exception:
    try:
        1 / 0  # noqa: B018
    except ZeroDivisionError as error:
        return error
    raise AssertionError
