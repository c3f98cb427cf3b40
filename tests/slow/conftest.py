"""A stream each way over a line that does harm, played to its end."""

import asyncio
import os
import random

import pytest

from ..lib.faulty_line import FaultyLine
from ..lib.patience import TEST_S
from .rig import Rig

COUNT = 10_000
SEED = int(os.environ.get("UOCKAM_SEED", "0"))


@pytest.fixture
def play(tmp_path, capsys):
    """play(harm, fault, times, count): fault(rig, dice) comes at so many random moments; the rig afterwards."""

    def play(harm, fault=None, times=0, count=COUNT):
        seed = SEED or random.SystemRandom().randrange(1, 1 << 32)
        rig = asyncio.run(_play(tmp_path, seed, harm, fault, times, count))
        with capsys.disabled():
            rig.tell()
        return rig

    return play


async def _play(folder, seed, harm, fault, times, count):
    rig = Rig(folder, count, lambda board, port: FaultyLine(board, port, seed, harm))
    try:
        await asyncio.wait_for(_run(rig, random.Random(seed), fault, times), TEST_S)
    except (Exception, asyncio.CancelledError) as error:
        raise AssertionError(f"play it again with UOCKAM_SEED={seed}: {error or type(error)}; {rig.story()}") from error
    finally:
        await rig.stop()
    return rig


async def _run(rig, dice, fault, times):
    await rig.start()
    for moment in sorted(dice.randrange(rig.count * 9 // 10) for _ in range(times)):
        await rig.at(moment)
        await fault(rig, dice)
    await rig.finished()
    await rig.kill_host()
    rig.check()
