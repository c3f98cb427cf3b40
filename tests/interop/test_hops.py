"""Routes through nodes of both kinds, in either order."""

from collections.abc import Callable

import pytest

from .programs import Program

pytestmark = pytest.mark.interop

FROM_OURS = (  # for our command. n1_r1: the connection of n1 to r1, and so on; `host`: what a board calls its cable
    "/node/n1/service/hop{n1_r1}",
    "/node/n1/service/hop{n1_r1}/service/hop",
    "/node/n1{n1_r1}/service/hop",
    "{n1}/service/hop{n1_r1}",
    "{r1}/service/hop{r1_n1}",
    "{r1}/service/hop{r1_v1}",
    "{r1}/service/hop{r1_n1}/service/hop",
    "{r1}/service/hop{r1_v1}/service/hop",
    "{n1}{r1}",
    "{n1}{r1}/service/hop{r1_v1}",
    "/node/n1{r1}",
    "/node/v1{r1}/service/hop",
    "/node/v1/service/hop/worker/host{v1_r1}",
    "{v1}{n1}{r1}",
    "{n1}{n1_r1}/service/hop{r1_n1}/service/hop{n1_r1}",
)
FROM_THEIRS = (  # the same for the real command
    "{n1}/service/hop{n1_r1}",
    "{n1}{n1_r1}",
    "{v1}/service/hop",
    "{v1}/service/hop/worker/host{v1_r1}",
    "{n1}{n1_r1}/service/hop{r1_v1}/service/hop",
    "/node/r1/service/hop{r1_n1}/service/hop",
    "/node/r1/service/hop{r1_v1}",
    "/node/r1/service/hop{r1_n1}{n1_r1}",
)


@pytest.fixture(scope="session")
def filled(ockam: Program, uockam: Program, r1: str, n1: str, v1: str) -> Callable[[str], str]:
    """Puts the routes to nodes and the connections between them into a text."""
    parts = {"r1": r1, "n1": n1, "v1": v1, "n1_r1": uockam.connect("n1", r1), "v1_r1": uockam.connect("v1", r1)}
    parts |= {"r1_n1": ockam.connect("r1", n1), "r1_v1": ockam.connect("r1", v1)}
    return lambda text: text.format(**parts)


@pytest.mark.parametrize("hops", FROM_OURS)
def test_a_message_of_ours_gets_through(uockam: Program, filled: Callable[[str], str], hops: str) -> None:
    assert uockam.reply("hello", filled(hops) + "/service/uppercase") == "HELLO"


@pytest.mark.parametrize("hops", FROM_THEIRS)
def test_a_message_of_the_real_command_gets_through(ockam: Program, filled: Callable[[str], str], hops: str) -> None:
    assert ockam.reply("hello", filled(hops) + "/service/uppercase") == "HELLO"
