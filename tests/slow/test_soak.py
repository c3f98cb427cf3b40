"""An hour of messages, played as fast as it goes: the memory of both sides stays as it was."""

import pytest

from ..lib.faulty_line import nothing
from .rig import no_growth

pytestmark = pytest.mark.slow

HOUR = 18_000  # messages each way: five in a second


def test_an_hour_of_messages_leaves_the_memory_as_it_was(play):
    no_growth(play(nothing, count=HOUR))
