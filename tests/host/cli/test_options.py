"""Arguments that commands share."""

import io
import sys

import click
import pytest

from uockam_host.cli.options import duration_ms, route

PARAMETER = click.Option(["--to"])
CONTEXT = click.Context(click.Command("send"))


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("10000ms", 10_000), ("10s", 10_000), ("5", 5_000), ("10m", 600_000), ("1h", 3_600_000), ("1d", 86_400_000)],
)
def test_a_duration_has_a_unit_or_is_seconds(text, milliseconds):
    assert duration_ms(CONTEXT, PARAMETER, text) == milliseconds


@pytest.mark.parametrize(
    "text", ["", "s", "5x", "-1s", "1.5s", "5 s", "1sm", "0", "0ms", "31d", "9" * 5000, "٣s", "5ss"]
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(click.BadParameter):
        duration_ms(CONTEXT, PARAMETER, text)


def piped(monkeypatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("-/service/uppercase", "/worker/1/service/uppercase"),
        ("/node/n1/-/service/echo", "/node/n1//worker/1/service/echo"),
        ("-", "/worker/1"),
    ],
)
def test_a_dash_in_a_route_is_the_first_line_of_stdin(monkeypatch, written, meant):
    piped(monkeypatch, "/worker/1\nsecond line\n")
    assert route(CONTEXT, PARAMETER, written) == meant


def test_dashes_inside_names_are_part_of_them(monkeypatch):
    piped(monkeypatch, "")
    assert route(CONTEXT, PARAMETER, "/node/my-node/service/-a-") == "/node/my-node/service/-a-"


def test_an_empty_stdin_is_refused_for_a_dash(monkeypatch):
    piped(monkeypatch, "")
    with pytest.raises(click.BadParameter, match="empty"):
        route(CONTEXT, PARAMETER, "-/service/echo")


def test_a_closed_stdin_is_refused_for_a_dash(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(click.BadParameter, match="nothing is piped in"):
        route(CONTEXT, PARAMETER, "-/service/echo")
