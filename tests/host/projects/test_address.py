"""Where an orchestrator is: the line that is handed on, and which one this machine asks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uockam_host.errors import InvalidArgument
from uockam_host.projects import address
from uockam_host.projects.address import NoOrchestrator, Orchestrator

IDENTIFIER = "I" + "3d" * 32
LINE = f"/dnsaddr/localhost/tcp/5252/service/api,{IDENTIFIER},http://127.0.0.1:5253"


def test_a_line_is_read_and_written_as_it_was() -> None:
    one = Orchestrator.parse(LINE)
    assert one == Orchestrator("/dnsaddr/localhost/tcp/5252/service/api", IDENTIFIER, "http://127.0.0.1:5253")
    assert str(one) == LINE


def test_spaces_around_a_copied_line_do_no_harm() -> None:
    assert str(Orchestrator.parse(f"  {LINE.replace(',', ', ')}/\n")) == LINE


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "no address"),
        ("http://127.0.0.1:5253", "no address"),
        (LINE + ",more", "no address"),
        (LINE.replace("tcp", "udp"), "route"),
        (LINE.replace("/dnsaddr/localhost/tcp/5252", ""), "route"),
        (LINE.replace("/service/api", ""), "route"),
        (LINE.replace(IDENTIFIER, IDENTIFIER[:-1]), "no identifier"),
        (LINE.replace("http://127.0.0.1", "http://signin.example.com"), "not encrypted"),
        (LINE.replace("http://127.0.0.1", "ftp://127.0.0.1"), "no URL"),
        (LINE.replace(":5253", ":5253x"), "no URL"),
        (LINE.replace(":5253", ":5253?x=1"), "no URL"),
        (LINE.replace("127.0.0.1:5253", "[::1"), "no URL"),
        (LINE + "x" * 3000, "no address"),
    ],
)
def test_what_is_wrong_with_a_line_is_said(line: str, said: str) -> None:
    with pytest.raises(InvalidArgument, match=said) as caught:
        Orchestrator.parse(line)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "url", ["https://signin.example.com", "http://localhost:1", "http://[::1]:1", "http://127.8.8.8"]
)
def test_a_site_is_asked_over_https_or_on_this_machine(url: str) -> None:
    assert address.check_url(url) == url


@given(st.text(max_size=200) | st.lists(st.text(max_size=80), min_size=3, max_size=3).map(",".join))
def test_any_text_is_an_address_or_an_invalid_argument(text: str) -> None:
    try:
        one = Orchestrator.parse(text)
    except InvalidArgument:
        return
    assert Orchestrator.parse(str(one)) == one


def write_down(line: str) -> None:
    path = address.local_file()
    path.parent.mkdir(parents=True)
    path.write_text(line)


def test_without_any_orchestrator_both_ways_to_one_are_named(home: Path) -> None:
    with pytest.raises(NoOrchestrator) as caught:
        address.in_use()
    assert "uockam orchestrator start" in caught.value.remedy
    assert "--orchestrator" in caught.value.remedy


def test_the_orchestrator_of_this_home_is_found(home: Path) -> None:
    write_down(LINE + "\n")
    assert str(address.in_use()) == LINE


def test_the_orchestrator_that_was_chosen_comes_first(home: Path) -> None:
    write_down(LINE)
    other = Orchestrator.parse(LINE.replace("5252", "6252"))
    address.use(other)
    address.use(other)
    assert address.in_use() == other


def test_the_orchestrator_of_this_home_may_move_after_it_was_chosen(home: Path) -> None:
    write_down(LINE)
    address.use(Orchestrator.parse(LINE.replace("5252", "6252")))
    address.use(Orchestrator.parse(LINE))
    moved = LINE.replace("5252", "7252")
    address.local_file().write_text(moved)
    assert str(address.in_use()) == moved
