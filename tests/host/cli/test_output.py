"""Layout of what commands print, character by character."""

import io
import sys

import click
import pytest

from uockam_host.cli import folding, output
from uockam_host.cli.output import Output


def plain(text: str) -> str:
    return click.unstyle(text)


def test_a_tick_has_five_spaces_the_mark_of_the_page_and_a_space():
    assert plain(output.tick("Node n1 created successfully")) == "     \u2714\ufe0e Node n1 created successfully"


def test_further_lines_of_a_tick_stand_below_its_text():
    assert plain(output.tick("first", "second")) == "     \u2714\ufe0e first\n       second"


def test_a_box_is_as_wide_as_its_title_and_fourteen():
    assert plain(output.box("Nodes", [["Node n1  UP", "Process id 1"], ["Node n2  DOWN"]])) == (
        "       ┌───────────────────┐\n"
        "       │       Nodes       │\n"
        "       └───────────────────┘\n"
        "\n"
        "     │ Node n1  UP\n"
        "     │ Process id 1\n"
        "\n"
        "     │ Node n2  DOWN\n"
    )


def test_an_empty_list_is_one_line_instead_of_a_box():
    assert plain(output.listing("Nodes", [], "No nodes found on this system.")) == (
        "     ! No nodes found on this system."
    )


def test_a_block_indents_lines_and_leaves_empty_ones_empty():
    assert output.block(["one", "", "two"]) == "       one\n\n       two"


def test_a_result_into_a_pipe_is_bare_when_it_has_a_bare_form(capsys):
    Output().show("text", {"a": 1}, bare="bare")
    assert capsys.readouterr().out == "bare\n"


def test_a_result_into_a_pipe_is_text_when_it_has_no_bare_form(capsys):
    Output().show("text", {"a": 1})
    assert capsys.readouterr().out == "text\n"


def test_plain_is_text_in_a_pipe_too(capsys):
    out = Output()
    out.form = "plain"
    out.show("text", {"a": 1}, bare="bare")
    assert capsys.readouterr().out == "text\n"


def test_json_is_indented_and_keeps_letters(capsys):
    out = Output()
    out.form = "json"
    out.show("text", {"name": "grüße"}, bare="bare")
    assert capsys.readouterr().out == '{\n  "name": "grüße"\n}\n'


def test_compact_json_is_one_line(capsys):
    out = Output()
    out.compact = True
    out.show("text", [{"a": 1}, {"a": 2}])
    assert capsys.readouterr().out == '[{"a": 1}, {"a": 2}]\n'


def test_quiet_leaves_out_what_only_says_that_it_is_done(capsys):
    out = Output()
    out.quiet = True
    out.done(["Node n1 created successfully"], {})
    out.note("done")
    out.hint("hint")
    out.warn("warning")
    assert capsys.readouterr() == ("", "")


def test_quiet_keeps_results_and_errors(capsys):
    out = Output()
    out.quiet = True
    out.show("text", {})
    out.error("broken", "mend it")
    assert capsys.readouterr() == ("text\n", "     ✗ broken\n       mend it\n")


def test_quiet_prints_the_bare_form_of_what_is_done(capsys):
    out = Output()
    out.quiet = True
    out.done(["A connection was created"], {}, bare="/worker/1")
    assert capsys.readouterr().out == "/worker/1\n"


def test_all_but_results_goes_to_stderr(capsys):
    out = Output()
    out.verbosity = 1
    for say in (out.note, out.hint, out.warn, out.error):
        say("text")
    out.progress("text")
    assert capsys.readouterr() == (
        "",
        "     \u2714\ufe0e text\n       text\n     ! text\n     ✗ text\n       text\n",
    )


def test_progress_is_for_verbose_runs(capsys):
    Output().progress("text")
    assert capsys.readouterr() == ("", "")


def test_what_steers_a_terminal_is_not_printable():
    assert output.printable("a\x1b[2Jb\x9bc\td\ne") == "a\ufffd[2Jb\ufffdc\td\ne"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_pipe_gets_utf8_whatever_the_locale(monkeypatch, encoding):
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, write_through=True))
    Output().show(output.tick("é"), {})
    assert raw.getvalue().decode() == "     \u2714\ufe0e é\n"


def test_no_stdout_at_all_is_no_failure(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    out = Output()
    out.show("text", {})
    out.flush()


def test_an_error_of_several_lines_is_indented_and_steers_nothing(capsys):
    Output().error("The process ended: one\ntwo\x1b[2J", "Try again")
    assert capsys.readouterr().err == "     ✗ The process ended: one\n       two\ufffd[2J\n       Try again\n"


def test_a_sentence_is_folded_between_words_into_the_column_of_its_text():
    assert folding.fold("     ✗ It does not answer at all\n       Run it again", 20) == (
        "     ✗ It does not\n       answer at all\n       Run it again"
    )


def test_folding_counts_no_colours():
    folded = folding.fold(output.cross("It does not answer"), 20)
    assert plain(folded) == "     ✗ It does not\n       answer"
    assert folded.startswith(output.cross("It does not"))


@pytest.mark.parametrize(
    "line",
    [
        "         uockam message send hello --to /node/n1/service/uppercase",  # a command, further right
        "       `uockam service list --at n1`",
        "       I9a4140628af604659b30abc55746beb99479d5b956a25f0bb082419652b88f5d",
        "     │ Node n1 (default) UP and more than fits",
        "HELLO HELLO HELLO HELLO",
        "",
    ],
)
def test_what_is_to_be_copied_is_not_folded(line: str):
    assert folding.fold(line, 20) == line
