"""Ten thousand numbered messages each way between a host and a board, while the line and both ends go wrong.

How long it takes to come back is printed and nothing fails by it. UOCKAM_SEED=N plays a run again.
"""

import time

import pytest

from ..lib.faulty_line import bit_errors, lost_bytes, nothing
from .rig import no_growth

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("harm", [bit_errors(1e-4), lost_bytes(3e-4)], ids=["bit errors", "lost bytes"])
def test_what_a_line_damages_comes_all_the_same(play, harm):
    play(harm)


def test_a_line_that_stands_still_for_a_second_loses_nothing(play):
    async def stall(rig, dice):
        time.sleep(1)  # in the loop that carries the bytes both ways

    rig = play(nothing, stall, 10)
    assert not rig.downs
    no_growth(rig)


def test_a_cable_pulled_and_plugged_again_fifty_times_loses_nothing(play):
    async def replug(rig, dice):
        rig.line.unplug()
        await rig.until(lambda: not rig.up)
        rig.line.plug()
        await rig.back(time.monotonic())

    no_growth(play(nothing, replug, 50))


def test_a_board_that_is_reset_or_loses_its_power_loses_nothing(play):
    async def power_off(rig):
        rig.line.unplug()
        await rig.board.stop()
        await rig.until(lambda: not rig.up)
        await rig.board.start()
        rig.line.plug()

    async def reset(rig):
        await rig.board.reset()
        await rig.until(lambda: not rig.up)

    async def restart(rig, dice):
        await dice.choice((power_off, reset))(rig)
        await rig.back(time.monotonic())

    play(nothing, restart, 20)


def test_a_host_process_that_is_killed_loses_nothing(play):
    async def kill(rig, dice):
        await rig.kill_host()
        since = time.monotonic()
        await rig.start_host()
        await rig.back(since)

    play(nothing, kill, 20)
