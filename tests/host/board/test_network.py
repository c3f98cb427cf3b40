"""The network of a board as its settings say, for real: the virtual board's is that of this computer."""

import json

from uockam import Node, Tcp

from .conftest import cabled, config, free_address
from .test_services import stranger

SSID, PASSWORD = "attic-network", "correct-horse-battery"


async def test_what_a_board_dials_is_connected_to_again_when_it_comes_back(tmp_path):
    address = free_address()
    async with cabled(tmp_path, uockam_json=config(dial=[address])) as rig:
        await rig.up()
        for _ in range(2):
            node = Node("here")
            tcp = Tcp(node)
            await tcp.listen(address)
            while not tcp.connections:
                assert await rig.uppercase() == "HELLO"
            await node.stop()


async def test_an_address_that_cannot_be_used_is_told_and_the_rest_goes_on(tmp_path):
    listening = free_address()
    wanted = config(listen=listening, dial=["nonsense"], services=["log"])
    async with cabled(tmp_path, uockam_json=wanted) as rig:
        await rig.watch()
        await rig.logged("uockam.json: not a TCP address: 'nonsense'")
        await rig.logged("listening at")
        async with stranger(listening) as ask:
            assert await ask("uppercase", "hello") == "HELLO"


async def test_an_address_that_cannot_be_listened_at_keeps_nothing_else_from_working(tmp_path):
    async with cabled(tmp_path, uockam_json=config(listen="203.0.113.1:9")) as rig:
        await rig.watch()
        await rig.logged("cannot listen at 203.0.113.1:9")
        await rig.until(True)
    async with cabled(tmp_path / "2", uockam_json=config(listen="nowhere")) as rig:
        await rig.watch()
        await rig.logged("not a TCP address: 'nowhere'")


async def test_wifi_on_a_board_that_has_none_is_told(tmp_path):
    async with cabled(tmp_path, uockam_json=config(wifi={"ssid": SSID, "password": PASSWORD})) as rig:
        await rig.watch()
        await rig.logged("this board has no Wi-Fi")
        await rig.until(True)


async def test_the_credentials_of_a_network_are_in_no_log_and_no_answer(tmp_path):
    """A radio that refuses everything, and settings that are wrong in every way."""
    radio = (
        "STA_IF, AP_IF = 0, 1\n"
        "class WLAN:\n"
        "    def __init__(self, interface): pass\n"
        "    def active(self, on=None): return False\n"
        "    def isconnected(self): return False\n"
        "    def connect(self, ssid, password): raise OSError('busy')\n"
        "    def status(self): return 0\n"
        "    def disconnect(self): pass\n"
        "    def config(self, **options): raise ValueError(str(options))\n"
    )
    for number, (ssid, password, reason) in enumerate(
        (
            (SSID, PASSWORD, "Wi-Fi not joined: the radio said busy"),
            (5, PASSWORD, '"wifi" needs an "ssid"'),
            (SSID, 1, 'the "password" of "wifi"'),
        )
    ):
        wanted = config(wifi={"ssid": ssid, "password": password}, log_level="info")
        async with cabled(tmp_path / str(number), uockam_json=wanted, network_py=radio) as rig:
            await rig.up()
            told = [json.dumps(rig.board.details), await rig.node.ask("info", ""), await rig.node.ask("log", "secret")]
            while reason not in told[-1]:
                told.append(await rig.node.ask("log", "read"))
            for secret in (SSID, PASSWORD):
                assert secret not in "".join(told + rig.lines)
