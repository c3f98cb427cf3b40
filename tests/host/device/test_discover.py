"""Finding boards: what is known without opening a port, what boards answer, and which one is meant."""

import os
import subprocess
import sys
from dataclasses import replace

import pytest

from uockam_host.device import discover
from uockam_host.device.discover import (
    BOOT_LOADER,
    BUSY,
    MICROPYTHON,
    NOT_PERMITTED,
    SILENT,
    UNKNOWN,
    UOCKAM,
    Device,
    check,
    choose,
    devices,
)
from uockam_host.device.errors import (
    BootLoader,
    FirmwareMissing,
    NoDevice,
    PortBusy,
    PortNotPermitted,
    SeveralDevices,
    WrongPort,
)
from uockam_host.device.sources import Owner, system, uf2_drives, usb_devices
from uockam_host.errors import HostError

from .plugged import CP2102, PICO, PICO_BOOT, Terminal, board, impatient, seen, uf2_drive, usb_port

__all__ = ["impatient"]

PICOS = ("RPI_PICO", "RPI_PICO2", "RPI_PICO2_W", "RPI_PICO_W")
NEVER_ANSWERS = "while True:\n    pass\n"
HOLD = "import os, sys; os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY); print('held', flush=True); sys.stdin.read()"


@pytest.fixture
def terminal(impatient):
    bare = Terminal()
    yield bare
    bare.close()


@pytest.fixture
def closed(terminal):
    """A terminal that nobody but root may use."""
    os.chmod(terminal.port, 0)
    return terminal


def nobody(port: str) -> list[tuple[int, str]]:
    """No program has the port, but for the process of a virtual board."""
    return []


def only(sources, **how) -> Device:
    (found,) = devices(sources=sources, **how)
    return found


# -- what boards answer -----------------------------------------------------------------------------------------------


def test_a_board_at_its_prompt_says_what_it_is(tmp_path):
    with board(tmp_path / "b", blank=True) as port:
        found = only(seen(usb_port(port, PICO), users=nobody))
    assert (found.state, found.board, found.port, found.serial_number) == (MICROPYTHON, "UNIX", port, "E6614103E7")
    assert found.micropython
    assert found.path == "/dev/serial/by-id/usb-E6614103E7"


def test_a_node_on_a_board_gives_its_name_and_versions_and_goes_on(tmp_path):
    with board(tmp_path / "b") as port:
        sources = seen(usb_port(port, PICO), users=nobody)
        while (found := only(sources)).state == SILENT:  # it is still starting
            pass
        assert only(sources) == found  # being asked does it no harm
    assert found.state == UOCKAM
    assert found.node.startswith("board")
    assert (found.version, found.board) == ("0.1.0", "UNIX")
    assert found.micropython.startswith("1.")


def test_a_program_that_takes_the_board_is_silent(tmp_path, impatient):
    with board(tmp_path / "b", blank=True, main="print('begun')\n" + NEVER_ANSWERS) as port:
        sources = seen(usb_port(port, PICO), users=nobody)
        found = only(sources)
    assert (found.state, found.detail) == (SILENT, "it does not answer")


def test_a_port_that_vanishes_before_it_is_asked_is_told(terminal):
    gone = terminal.port + "0000"
    assert only(seen(usb_port(gone, PICO))).detail == f"There is no serial port {gone}"


# -- what is known without opening a port -----------------------------------------------------------------------------


def test_a_port_whose_opening_may_reset_the_board_is_not_opened_unless_that_is_wanted(terminal):
    sources = seen(usb_port(terminal.port, CP2102))
    found = only(sources)
    assert (found.state, found.usb) == (UNKNOWN, CP2102)
    assert "may reset" in found.detail
    assert "ESP32_GENERIC" in found.candidates
    assert terminal.written() == b""
    assert only(sources, anyway=True).state == SILENT
    assert terminal.written()


def test_without_probing_nothing_is_opened(terminal):
    found = only(seen(usb_port(terminal.port, PICO)), probe=False)
    assert (found.state, found.board, found.candidates) == (UNKNOWN, "", PICOS)
    assert terminal.written() == b""


def test_a_device_that_is_no_board_is_listed_and_left_alone(terminal):
    found = only(seen(usb_port(terminal.port, "1199:a001", product="Modem")))
    assert (found.state, found.known, found.detail) == (UNKNOWN, False, "Modem")
    assert terminal.written() == b""


def test_a_port_without_usb_is_no_candidate(terminal):
    assert devices(sources=seen(replace(usb_port(terminal.port, PICO), vid=None, pid=None))) == []


def test_a_boot_loader_with_a_port_is_not_opened(terminal):
    found = only(seen(usb_port(terminal.port, "303a:0002")))
    assert (found.state, found.board, found.chip) == (BOOT_LOADER, "ESP32_GENERIC_S2", "ESP32-S2")
    assert terminal.written() == b""


def test_a_port_that_another_program_has_names_it(terminal):
    command = [sys.executable, "-c", HOLD, terminal.port]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        found = only(seen(usb_port(terminal.port, PICO)))
        process.stdin.close()
    assert found.state == BUSY
    assert f"(process {process.pid}) has it" in found.detail
    assert terminal.written() == b""
    with pytest.raises(PortBusy, match=terminal.port):
        check(found, MICROPYTHON)


def test_a_port_that_may_not_be_used_is_told_from_a_busy_one(closed, unprivileged):
    found = only(seen(usb_port(closed.port, PICO)))
    assert (found.state, found.detail) == (BUSY, NOT_PERMITTED)
    with pytest.raises(PortNotPermitted, match=closed.port):
        check(found, MICROPYTHON)


def test_drives_of_boot_loaders_are_boards(tmp_path):
    old, new = uf2_drive(tmp_path / "RPI-RP2", "RPI-RP2"), uf2_drive(tmp_path / "RP2350", "RP2350")
    other = uf2_drive(tmp_path / "SAMD", "SAMD21G18A-Metro-v0")
    found = devices(sources=seen(drives=[old, new, other]))
    assert [(device.state, device.drive, device.chip, device.candidates) for device in found] == [
        (BOOT_LOADER, str(new), "RP2350", ("RPI_PICO2", "RPI_PICO2_W")),
        (BOOT_LOADER, str(old), "RP2040", ("RPI_PICO", "RPI_PICO_W")),
    ]


def test_a_boot_loader_whose_drive_is_not_mounted_is_seen_on_usb(tmp_path):
    usb = [(PICO_BOOT, "E0C9125B0D9B"), ("1d6b:0002", "")]
    found = only(seen(usb=usb))
    assert (found.state, found.serial_number, found.detail) == (BOOT_LOADER, "E0C9125B0D9B", "its drive is not mounted")
    assert only(seen(usb=usb, drives=[uf2_drive(tmp_path / "RPI-RP2", "RPI-RP2")])).drive == str(tmp_path / "RPI-RP2")


def test_a_port_that_a_node_of_this_computer_has_is_reported_by_the_node(terminal):
    details = {"p1": {"machine": "Raspberry Pi Pico W with RP2040", "micropython": "1.25.0", "uockam": "0.1.0"}}
    owners = [Owner("p1", terminal.port, virtual=False, up=True)]
    sources = seen(usb_port(terminal.port, PICO), owners=owners, details=details.__getitem__)
    found = only(sources)
    assert (found.state, found.node, found.board, found.version) == (UOCKAM, "p1", "RPI_PICO_W", "0.1.0")
    assert terminal.written() == b""
    down = [Owner("p1", terminal.port, virtual=False, up=False, reason="the board was unplugged")]
    found = only(seen(usb_port(terminal.port, PICO), owners=down))
    assert (found.state, found.node, found.detail) == (SILENT, "p1", "the board was unplugged")


def test_real_nodes_tell_of_their_boards(home, tmp_path):
    from uockam_host.node import control

    with board(tmp_path / "b") as port:
        try:
            control.create_node("p1", port=port)
            control.create_node("v1", board="virtual")
            found = {device.node: device for device in devices()}
        finally:
            control.reset()
    assert {name: device.state for name, device in found.items()} == {"p1": UOCKAM, "v1": UOCKAM}
    assert (found["p1"].port, found["p1"].virtual, found["p1"].version) == (port, False, "0.1.0")
    assert (found["v1"].virtual, found["v1"].board) == (True, "UNIX")


def test_the_usb_devices_of_linux_are_read_from_its_files(tmp_path):
    for name, vendor, product, serial in (("1-1", "2e8a", "0003", "E0C9\n"), ("usb1", "1d6b", "0002", "")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "idVendor").write_text(vendor + "\n")
        (folder / "idProduct").write_text(product + "\n")
        (folder / "serial").write_text(serial)
    (tmp_path / "1-1:1.0").mkdir()  # an interface has no ids
    assert usb_devices(tmp_path) == [("2e8a:0003", "E0C9"), ("1d6b:0002", "")]
    assert usb_devices(tmp_path / "absent") == []


def test_this_computer_can_be_asked():
    assert isinstance(uf2_drives(), list)
    assert all(device.place for device in devices(probe=False, sources=system()))


# -- which one is meant -----------------------------------------------------------------------------------------------


def test_the_only_board_is_meant(terminal):
    modem = usb_port("/dev/ttyACM9", "1199:a001")
    assert choose(sources=seen(modem, usb_port(terminal.port, PICO))).port == terminal.port


def test_no_board_is_an_error_that_names_the_cable():
    with pytest.raises(NoDevice, match="No board is plugged in") as caught:
        choose(sources=seen())
    assert "cable that carries data" in caught.value.remedy


def test_several_boards_are_an_error_that_lists_them(terminal):
    drive = [("2e8a:000f", "77")]
    with pytest.raises(SeveralDevices) as caught:
        choose(sources=seen(usb_port(terminal.port, CP2102, "A50285BI"), usb=drive))
    assert f"{terminal.port} (ESP32_GENERIC or similar, A50285BI)" in str(caught.value)
    assert "USB 2e8a:000f (RPI_PICO2 or RPI_PICO2_W, 77)" in str(caught.value)
    assert "--port" in caught.value.remedy


def test_a_virtual_board_is_meant_only_when_there_is_no_other(terminal):
    details = {"v1": {"machine": "linux [GCC] version"}}
    virtual = {"owners": [Owner("v1", "/nowhere/tty", virtual=True, up=True)], "details": details.__getitem__}
    assert choose(sources=seen(usb_port(terminal.port, PICO), **virtual)).port == terminal.port
    assert choose(sources=seen(**virtual)).node == "v1"


def test_a_board_is_named_by_any_name_of_its_port_or_its_drive(terminal, tmp_path):
    drive = uf2_drive(tmp_path / "RPI-RP2", "RPI-RP2")
    (tmp_path / "link").symlink_to(terminal.port)
    sources = seen(usb_port(terminal.port, PICO), drives=[drive])
    for name in (terminal.port, "/dev/serial/by-id/usb-E6614103E7", str(tmp_path / "link")):
        assert choose(name, sources=sources).port == terminal.port
    assert choose(str(drive), sources=sources).state == BOOT_LOADER


def test_a_port_that_no_system_lists_can_be_named(tmp_path):
    with board(tmp_path / "b", blank=True) as port:
        assert choose(port, sources=seen()) == Device(port, UNKNOWN)
        found = choose(port, probe=True, sources=seen())
    assert (found.state, found.board) == (MICROPYTHON, "UNIX")
    assert choose("rfc2217://127.0.0.1:4000", sources=seen()).state == UNKNOWN


def test_a_port_that_is_not_there_is_an_error_that_lists_the_boards(terminal):
    with pytest.raises(WrongPort, match="There is no serial port /dev/ttyNOPE") as caught:
        choose("/dev/ttyNOPE", sources=seen(usb_port(terminal.port, PICO)))
    assert terminal.port in caught.value.remedy
    with pytest.raises(WrongPort) as caught:
        choose("/dev/ttyNOPE", sources=seen())
    assert "Plug the board in" in caught.value.remedy


@pytest.mark.parametrize(
    ("state", "error"),
    [(BOOT_LOADER, BootLoader), (SILENT, FirmwareMissing), (BUSY, PortBusy)],
)
def test_each_situation_is_an_error_of_its_own_with_a_remedy(terminal, state: str, error: type[HostError]):
    device = Device(terminal.port, state)
    check(device, state)  # it was expected
    with pytest.raises(error, match=terminal.port) as caught:
        check(device, MICROPYTHON)
    assert caught.value.remedy


@pytest.mark.parametrize("state", [UNKNOWN, UOCKAM, MICROPYTHON])
def test_a_board_that_may_be_used_is_no_error(state: str):
    check(Device("/dev/ttyACM0", state), MICROPYTHON)


def test_json_has_every_field(terminal):
    item = only(seen(usb_port(terminal.port, PICO)), probe=False).to_dict()
    assert (item["port"], item["board"], item["node"], item["candidates"]) == (terminal.port, None, None, PICOS)
    assert set(item) == set(discover.Device.__dataclass_fields__)
