"""The settings of a board: what may be written, what is shown, and what the board makes of them."""

import json

import pytest

from uockam_host import identities
from uockam_host.device import configure, settings
from uockam_host.device.live import Place
from uockam_host.errors import HostError, InvalidArgument

from .boards import plugged


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("name", "greenhouse", "greenhouse"),
        ("name", "25", "25"),
        ("led", "25", 25),
        ("led", "LED_GREEN", "LED_GREEN"),
        ("watchdog_ms", "8000", 8000),
        ("battery", "true", True),
        ("gpio", "1,2,LED", [1, 2, "LED"]),
        ("services", '["info", "gpio"]', ["info", "gpio"]),
        ("services", "", []),
        ("wifi.password", "12345678", "12345678"),
        ("owners", f"I{64 * '0'}", [f"I{64 * '0'}"]),
    ],
)
def test_a_value_is_of_the_kind_that_the_board_takes(key, text, value):
    assert settings.parse(key, text) == value


@pytest.mark.parametrize(
    ("key", "text", "why"),
    [
        ("nam", "x", "There is no setting 'nam'"),
        ("wifi", "x", "There is no setting 'wifi'"),
        ("name", "my board", "Invalid value for NAME: my board"),
        ("watchdog_ms", "long", "a whole number, not 'long'"),
        ("watchdog_ms", "true", "a whole number"),
        ("battery", "yes", "true or false"),
        ("services", "[1", "a list such as a,b"),
        ("owners", "anna", "An owner is named by an identifier: not an identifier: 'anna'"),
        ("owners", f"I{64 * '0'},I12", "not an identifier: 'I12'"),
    ],
)
def test_what_the_board_would_leave_out_is_refused(key, text, why):
    with pytest.raises(InvalidArgument, match=why) as caught:
        settings.parse(key, text)
    assert caught.value.remedy


def test_a_part_is_changed_alone_and_the_last_one_takes_the_whole_away():
    found = settings.changed({"name": "x"}, "wifi.ssid", "home")
    found = settings.changed(found, "wifi.password", "secret")
    assert found == {"name": "x", "wifi": {"ssid": "home", "password": "secret"}}
    found = settings.changed(settings.changed(found, "wifi.ssid", None), "wifi.password", None)
    assert found == {"name": "x"}
    assert settings.value_of(found, "wifi.ssid") is None


def test_secrets_are_hidden_also_where_they_do_not_belong():
    found = {"wifi": {"ssid": "home", "password": "secret"}, "old_password": "secret", "name": "x"}
    assert "secret" not in json.dumps(settings.shown(found))
    assert settings.shown(found)["wifi"] == {"ssid": "home", "password": settings.HIDDEN}


def test_a_file_that_is_no_json_object_is_an_error_with_a_remedy():
    for data in (b"[]", b"{", b"\xff"):
        with pytest.raises(HostError, match="not a JSON object") as caught:
            settings.decode(data)
        assert "files rm" in caught.value.remedy


def test_settings_are_read_changed_and_taken_out_at_the_prompt_of_a_board(tmp_path, home):
    with plugged(tmp_path / "board") as board:
        place = Place(port=board.port)
        assert configure.read(place, "auto") == {}
        assert configure.change(place, "auto", {"name": "x", "wifi.ssid": "home"})[1]
        assert not configure.change(place, "auto", {"name": "x"})[1]
        assert json.loads(board.files()["/uockam.json"]) == {"name": "x", "wifi": {"ssid": "home"}}
        assert configure.change(place, "auto", {"wifi.ssid": None})[1]
        assert configure.read(place, "auto") == {"name": "x"}


# -- the commands -----------------------------------------------------------------------------------------------------


def test_secrets_come_from_stdin_and_never_from_the_line(tmp_path, here):
    with plugged(tmp_path / "board") as board:
        at = f"--port {board.port}"
        refused = here(f"device config set wifi.password hush-hush {at}")
        assert (refused.code, "everybody can see" in refused.err) == (64, True)
        done = here(f"device config set wifi.password {at}", stdin="hush-hush\n")
        assert done.code == 0
        shown = here(f"device config show {at} --output json")
        got = here(f"device config get wifi.password {at}")
        assert (shown.json, got.out) == ({"wifi": {"password": "***"}}, "***\n")
        assert not [ran for ran in (done, shown, got) if "hush-hush" in ran.out + ran.err]
        assert json.loads(board.files()["/uockam.json"]) == {"wifi": {"password": "hush-hush"}}


def test_a_network_is_joined_with_a_password_that_nobody_sees(tmp_path, here):
    with plugged(tmp_path / "board") as board:
        done = here(f"device install --wifi home --verbose --port {board.port}", stdin="hush-hush\n")
        assert (done.code, "hush-hush" in done.out + done.err) == (0, False)
        found = json.loads(board.files()["/uockam.json"])
        assert found.pop("owners") == [identities.show().identifier]
        assert found == {"wifi": {"ssid": "home", "password": "hush-hush"}}
        missing = here(f"device install --wifi home --port {board.port}")
        assert (missing.code, "read from stdin" in missing.err) == (64, True)


def test_one_setting_is_printed_bare_and_one_at_its_default_is_no_success(tmp_path, here):
    with plugged(tmp_path / "board") as board:
        at = f"--port {board.port}"
        assert here(f"device config set gpio 1,2 {at}").code == 0
        assert here(f"device config get gpio {at}").out == "[1, 2]\n"
        unset = here(f"device config get name {at}")
        assert (unset.code, unset.out) == (70, "")
        assert here(f"device config set gpio --default {at}").code == 0
        assert "defaults" in here(f"device config show {at}").out


def test_what_cannot_be_meant_is_refused_before_the_board_is_looked_for(here):
    for line in ("config set nam x", "config set name", "config set name x --default", "config get nam"):
        assert here(f"device {line} --port /dev/none").code == 64
