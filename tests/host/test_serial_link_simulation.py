"""Over a thousand seeded runs of the serial link on a bad line (docs/serial-link.md): exactly once, in order, or down.

A failure names its seed: `run(SEED, reboots)` repeats it.
"""

import pytest

from lib.lossy_line import CLEAN, Faults, Random, World
from uockam.transport.arq import RESTARTED
from uockam.transport.segment import Limits

RUNS_PER_TEST = 100
CLEAN_TEXT = Faults(text=200)


def _faults(random):
    worst = random.choice((20, 60, 150))
    return Faults(*[random.below(worst) for _ in range(6)])


def _limits(random):
    return Limits(
        payload=random.choice((16, 40, 100, 512)),
        window=random.choice((1, 2, 5, 8, 32)),
        buffer=random.choice((100, 1000, 10_000)),
        quiet_ms=random.choice((500, 2500)),
        call_ms=random.choice((200, 1000, 5000)),
    )


def _world(random, faults, piece=0):
    limits = (_limits(random), _limits(random))
    piece = piece or random.choice((1, 16, 64, 1000))
    return World(random, faults, limits, latency_ms=random.choice((0, 1, 4, 30)), piece=piece)


def _be_busy(world, random, reboots):
    """People write, take breaks, close, open again, and pull plugs."""
    for _ in range(25):
        side = random.choice(world.sides)
        for _ in range(random.below(4)):
            if side.arq.free() > 0:
                side.write(random.below(random.choice((10, 300))))
        if random.chance(50):
            side.arq.pause()
        if random.chance(300):
            side.arq.resume(world.now)
        if random.chance(reboots):
            world.reboot(random.below(2))
        if random.chance(reboots):
            side.arq.close(world.now)
        if random.chance(200):
            side.arq.open(world.now)
        world.run(random.below(30))


def _come_to_rest(world):
    world.heal()
    for side in world.sides:
        side.arq.resume(world.now)
    assert world.run_until(lambda: _opened(world).settled(), 60_000), "the link did not come to rest"


def _opened(world):
    for side in world.sides:
        side.arq.open(world.now)
    return world


def run(seed, reboots):
    """One run: noise and reboots for a while, then peace. Raises what a Side finds wrong."""
    random = Random(seed)
    world = _world(random, _faults(random))
    _be_busy(world, random, reboots)
    _come_to_rest(world)
    return world


def _seeds(first):
    return range(first, first + RUNS_PER_TEST)


@pytest.mark.parametrize("first", range(0, 1000, RUNS_PER_TEST))
def test_every_message_arrives_exactly_once_in_order_or_the_link_goes_down(first):
    for seed in _seeds(first):
        try:
            run(seed, reboots=60)
        except Exception as error:
            raise AssertionError(f"seed {seed}: {error}") from error


@pytest.mark.parametrize("first", range(0, 200, RUNS_PER_TEST))
def test_noise_alone_takes_no_link_down(first):
    for seed in _seeds(first):
        world = run(seed, reboots=0)
        assert world.sides[0].downs + world.sides[1].downs == [], f"seed {seed}"


@pytest.mark.parametrize("first", range(0, 200, RUNS_PER_TEST))
def test_lines_printed_anywhere_come_out_when_the_line_is_clean(first):
    for seed in _seeds(first):
        random = Random(seed)
        world = _world(random, CLEAN_TEXT)
        _be_busy(world, random, reboots=0)
        _come_to_rest(world)
        world.run(1000)
        for side, line in zip(world.sides, reversed(world.lines), strict=True):
            for text in line.printed.splitlines(keepends=True):
                assert text in side.text, f"seed {seed}"


@pytest.mark.parametrize("first", range(0, 200, RUNS_PER_TEST))
def test_lines_printed_between_frames_come_out_exactly_and_disturb_nothing(first):
    for seed in _seeds(first):
        random = Random(seed)
        world = _world(random, CLEAN)
        for line in world.lines:
            line.send = _printing_between_frames(line, random)
        _be_busy(world, random, reboots=0)
        _come_to_rest(world)
        for line in world.lines:
            del line.send
        world.run(100)
        for side, line in zip(world.sides, reversed(world.lines), strict=True):
            assert side.text == line.printed, f"seed {seed}"
            assert side.arq._deframer.damaged == 0, f"seed {seed}"


def _printing_between_frames(line, random):
    send = type(line).send

    def printing(data, now):
        if random.chance(300):
            line.print_line(now)
        send(line, data, now)

    return printing


def test_every_message_arrives_over_a_uart_that_loses_one_frame_in_ten():
    for seed in range(20):
        random = Random(seed)
        limits = Limits(payload=64, window=8)
        world = World(random, Faults(drop=100), (limits, limits), latency_ms=6, piece=80)
        assert world.run_until(world.both_up, 60_000), f"seed {seed}"
        for _ in range(100):
            world.sides[0].write(60)
        assert world.run_until(world.settled, 60_000), f"seed {seed}"


@pytest.mark.parametrize("byte_us", [1, 87, 1042], ids=["USB", "115200 baud", "9600 baud"])
@pytest.mark.parametrize("direction", [0, 1], ids=["to the board", "from the board"])
def test_a_clean_line_of_any_speed_carries_nothing_twice(byte_us, direction):
    limits = (Limits(), Limits(payload=512, window=8, buffer=4096))
    world = World(Random(5), CLEAN, limits)
    for line in world.lines:
        line.byte_us = byte_us
    assert world.run_until(world.both_up, 10_000)
    side, line = world.sides[direction], world.lines[direction]
    before = line.sent
    while side.written < 20:
        if side.arq.free() > 0:
            side.write(1000)
        world.step(1000)
    assert world.run_until(world.settled, 60_000)
    assert line.sent - before < 20 * 1026 * 1.12  # heads, checks, stuffing, acknowledgements


def test_a_board_that_reboots_again_and_again_is_met_again_and_again():
    random = Random(3)
    world = _world(random, CLEAN)
    for _ in range(50):
        assert world.run_until(world.both_up, 20_000)
        world.sides[0].write(100)
        world.run(random.below(10))
        world.reboot(1)
    assert world.run_until(world.settled, 20_000)
    assert set(world.sides[0].downs) == {RESTARTED}


def test_a_line_that_is_cut_for_a_minute_comes_back():
    random = Random(4)
    world = _world(random, CLEAN)
    assert world.run_until(world.both_up, 20_000)
    for line in world.lines:
        line.faults = Faults(drop=1000)
    world.run(60_000)
    assert not world.sides[0].up
    assert not world.sides[1].up
    world.heal()
    assert world.run_until(world.settled, 20_000)
