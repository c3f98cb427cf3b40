"""The services of a board, on the pins of the virtual board (docs/services.md)."""

import asyncio
import json
import random
import time
from contextlib import asynccontextmanager

import pytest

from uockam import Node, Tcp, Worker
from uockam.errors import RemoteError

from ...lib.patience import PATIENCE_S
from .conftest import cabled, config, free_address

PINS = {"services": ["gpio", "adc", "led", "info"], "gpio": [4, 5], "adc": [26]}


@asynccontextmanager
async def board(folder, **more):
    """A board with all of its services."""
    async with cabled(folder, uockam_json=config(**{**PINS, **more})) as rig:
        await rig.up()
        yield rig


@asynccontextmanager
async def stranger(address):
    """A function that asks a service as somebody does who reaches the board by TCP."""
    node = Node("stranger")
    connection = await Tcp(node).connect(address)
    yield lambda name, text: node.ask((connection.address, name), text)
    await node.stop()


class Listener(Worker):
    """Sends a text to a service, from an address where it can be told more, and keeps all that comes."""

    def __init__(self, to, text):
        self.to = to
        self.text = text
        self.heard = asyncio.Queue()

    async def started(self, context):
        await context.send(self.to, self.text)

    async def handle_message(self, context, message):
        await self.heard.put(message.text)


async def listen(rig, to, text, name="listener"):
    listener = Listener(to, text)
    await rig.node.start_worker(name, listener)
    return listener.heard


async def test_an_output_is_driven_and_an_input_is_read(tmp_path):
    async with board(tmp_path) as rig:
        ask = rig.node.ask
        assert [await ask("gpio", f"set 5 {level}") for level in (1, 0, 1)] == ["1", "0", "1"]
        assert rig.virtual.chip.pins()["5"] == {"mode": "out", "value": 1}
        assert await ask("gpio", "get 5") == "1"
        assert await ask("gpio", "toggle 5") == "0"
        assert rig.virtual.chip.pins()["5"]["value"] == 0
        assert await ask("gpio", "mode 4 in-up") == "in-up"
        assert await ask("gpio", "get 4") == "1"
        rig.virtual.chip.connect(4, 0)
        assert await ask("gpio", "get 4") == "0"


async def test_pwm_goes_on_until_the_pin_is_used_for_something_else(tmp_path):
    async with board(tmp_path) as rig:
        assert await rig.node.ask("gpio", "pwm 5 1000 16384") == "1000 16384"
        assert rig.virtual.chip.pins()["5"] == {"mode": "pwm", "freq": 1000, "duty_u16": 16384}
        assert await rig.node.ask("gpio", "set 5 1") == "1"
        assert rig.virtual.chip.pins()["5"] == {"mode": "out", "value": 1}


async def test_whoever_watches_a_pin_is_told_of_each_change(tmp_path):
    async with board(tmp_path) as rig:
        await rig.node.ask("gpio", "mode 4 in")
        heard = await listen(rig, "gpio", "watch 4")
        assert await heard.get() == "4 0"
        for level in (1, 0, 1):
            rig.virtual.chip.connect(4, level)
            assert await heard.get() == f"4 {level}"


async def test_only_so_many_may_watch_and_one_that_ends_makes_room(tmp_path):
    async with board(tmp_path) as rig:
        for number in range(4):
            assert await (await listen(rig, "gpio", "watch 5", f"l{number}")).get() == "5 0"
        assert "4 are being told already" in await (await listen(rig, "gpio", "watch 5", "l4")).get()
        assert await (await listen(rig, "gpio", "watch 4", "l5")).get() == "error: 4 are being told already, " + (
            "which is the most; try again in 300 s"
        )
        await rig.node.stop_worker("l0")
        ends = Listener("gpio", "unwatch 5")
        await rig.node.start_worker("l0", ends)
        assert await ends.heard.get() == "unwatched"
        assert await (await listen(rig, "gpio", "watch 4", "l6")).get() == "4 0"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("set 9 1", 'pin 9 is not among the pins of "gpio" in uockam.json (4, 5)'),
        ("set 5 2", "a level is a number from 0 to 1, not '2'"),
        ("mode 5 sideways", "a mode is one of in, in-down, in-up, open-drain, out"),
        ("pwm 5 0 1", "a frequency is a number from 1 to 1000000, not '0'"),
        ("pwm 5 100 65536", "a duty is a number from 0 to 65535, not '65536'"),
        ("pwm 5 1 1", "ValueError: freq out of range"),
        ("set 5", "'set 5' is none of: get PIN, set PIN 0|1"),
        ("", "'' is none of: get PIN"),
        ("get " + "5" * 5000, "is none of: get PIN"),
        ("get \x1b[31m", "pin ?[31m is not among"),
    ],
)
async def test_what_gpio_cannot_do_is_an_error_that_says_what_it_can(tmp_path, text, reason):
    async with board(tmp_path) as rig:
        answer = await rig.node.ask("gpio", text)
        assert answer.startswith("error: ")
        assert reason in answer
        assert await rig.node.ask("gpio", "get 5") == "0"


async def test_payloads_that_are_no_text_are_an_error_too(tmp_path):
    async with board(tmp_path) as rig:
        for payload in (b"", b"\xff", b"\x02\xff\xfe", b"\x05abc"):
            for name in ("gpio", "adc", "led"):
                assert b"error: " in await rig.node.ask(name, payload)


async def test_nonsense_of_every_kind_is_answered_and_the_board_goes_on(tmp_path):
    dice = random.Random(5)
    words = [
        "get",
        "set",
        "pwm",
        "watch",
        "mode",
        "blink",
        "read",
        "4",
        "5",
        "26",
        "-1",
        "1e9",
        "99999999",
        "\u00fc",
        "\x00",
        "0x5",
    ]
    async with board(tmp_path, services=[*PINS["services"], "log"]) as rig:
        for _ in range(150):
            name = dice.choice(["gpio", "adc", "led", "log"])
            text = " ".join(dice.choices(words, k=dice.randrange(5)))
            assert await rig.node.ask(name, dice.choice([text.encode(), dice.randbytes(20)])) is not None
            assert isinstance(await rig.node.ask(name, text), str)
        assert rig.board.up


async def test_without_pins_in_the_settings_gpio_touches_none(tmp_path):
    async with board(tmp_path, gpio=[]) as rig:
        assert "(none)" in await rig.node.ask("gpio", "get 5")


async def test_analog_inputs_are_measured_and_samples_averaged(tmp_path):
    async with board(tmp_path) as rig:
        ask = rig.node.ask
        rig.virtual.chip.connect_analog(26, 32768)
        assert await ask("adc", "read 26") == "32768"
        assert await ask("adc", "read 26 16") == "32768"
        assert await ask("adc", "millivolts 26") == "1650"
        assert "not among the pins" in await ask("adc", "read 27")
        assert "from 1 to 256" in await ask("adc", "read 26 257")


async def test_a_pin_that_has_no_converter_is_an_error_in_the_words_of_its_driver(tmp_path):
    async with board(tmp_path, adc=[5]) as rig:
        assert await rig.node.ask("adc", "read 5") == "error: ValueError: Pin doesn't have ADC capabilities"


async def test_the_led_shines_blinks_and_stops(tmp_path):
    async with board(tmp_path) as rig:

        def lit():
            return rig.virtual.chip.pins()["LED"]["value"]

        assert lit() == 0
        assert (await rig.node.ask("led", "on"), lit()) == ("on", 1)
        assert (await rig.node.ask("led", "toggle"), lit()) == ("off", 0)
        assert await rig.node.ask("led", "blink 20") == "blinking"
        for level in (1, 0, 1, 0):
            while lit() != level:
                await asyncio.sleep(0.001)
        assert await rig.node.ask("led", "get") == "blinking"
        assert await rig.node.ask("led", "off") == "off"
        assert (await rig.node.ask("led", "get"), lit()) == ("off", 0)


async def test_a_led_that_is_lit_when_low_is_told_so_in_the_settings(tmp_path):
    async with board(tmp_path, led=7, led_inverted=True) as rig:
        assert rig.virtual.chip.pins()["7"]["value"] == 1
        assert await rig.node.ask("led", "on") == "on"
        assert rig.virtual.chip.pins()["7"]["value"] == 0


async def test_a_led_that_is_not_there_is_told_about_and_the_board_goes_on(tmp_path):
    async with cabled(tmp_path, uockam_json=config(services=["led", "log"], led=99)) as rig:
        await rig.up()
        told = await rig.node.ask("log", "read")
        assert 'there is no LED 99; name its pin in uockam.json, such as "led": 2' in told


async def test_info_tells_what_the_board_is_and_how_it_does(tmp_path):
    crash = json.dumps({"reason": "ValueError: no sensor", "row": 1})
    before = int(time.time())
    async with cabled(tmp_path, uockam_json=config(name="attic"), **{"uockam-crash_json": crash}) as rig:
        await rig.up()
        info = json.loads(await rig.node.ask("info", ""))
        while info["clock"] is None:  # it is set just after the board is up
            info = json.loads(await rig.node.ask("info", ""))
        assert (info["name"], info["crash"]) == ("attic", "ValueError: no sensor")
        assert (info["reset_cause"], info["clock"]) == ("pwron", "host")
        assert before <= info["time"] <= int(time.time())
        assert 0 <= info["uptime_s"] <= info["time"] - before + 1
        assert 100_000 < info["free_bytes"] < info["heap_bytes"]
        assert sorted(info["services"]) == ["echo", "info", "log", "uppercase"]
        await rig.virtual.reset()
        await rig.until(False)
        await rig.until(True)
        assert json.loads(await rig.node.ask("info", ""))["reset_cause"] == "hard"


async def test_the_clock_is_set_by_whoever_holds_the_cable(tmp_path):
    program = (
        "import asyncio, machine\n"
        "async def main(node):\n"
        "    while True:\n"
        "        await asyncio.sleep(0.02)\n"
        "        print('year', machine.RTC().datetime()[0])\n"
    )
    async with cabled(tmp_path, uockam_json=config(main="app"), app_py=program) as rig:
        await rig.up()
        await rig.logged("year 20")
        while json.loads(await rig.node.ask("info", ""))["clock"] != "host":
            pass
        assert abs(rig.virtual.chip.clock_ahead_s()) < PATIENCE_S


async def test_strangers_may_ask_for_info_without_the_crash_and_for_what_the_settings_open(tmp_path):
    crash = json.dumps({"reason": "ValueError: token 1234", "row": 1})
    address = free_address()
    wanted = config(**{**PINS, "services": [*PINS["services"], "log"], "open": ["led"], "listen": address})
    async with cabled(tmp_path, uockam_json=wanted, **{"uockam-crash_json": crash}) as rig:
        await rig.watch()
        await rig.logged("listening at")
        async with stranger(address) as ask:
            assert "crash" not in json.loads(await ask("info", ""))
            assert await ask("led", "on") == "on"
            for name in ("gpio", "adc", "log"):
                with pytest.raises(RemoteError, match=f"'{name}' answers its owner only"):
                    await ask(name, "read")


async def test_a_service_that_is_not_named_in_the_settings_does_not_run(tmp_path):
    async with cabled(tmp_path, uockam_json=config(services=[])) as rig:
        await rig.up()
        for name in ("info", "log", "gpio", "adc", "led"):
            with pytest.raises(RemoteError, match="there is no worker"):
                await rig.node.ask(name, "")
