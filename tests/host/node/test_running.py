"""The file that says which process runs a node."""

import os

import pytest

from uockam_host.errors import StateError
from uockam_host.node import running


def test_a_claim_names_its_process_and_then_its_endpoint_until_it_is_released(home):
    assert running.find("n1") is None
    claim = running.Claim("n1")
    assert running.find("n1") == (os.getpid(), "")
    claim.publish("unix:/somewhere with spaces")
    assert running.find("n1") == (os.getpid(), "unix:/somewhere with spaces")
    claim.publish("x")
    assert running.find("n1") == (os.getpid(), "x")
    claim.release()
    assert running.find("n1") is None
    assert running.read(running.process_file("n1")) is None


@pytest.mark.parametrize("content", [b"", b"\n", b"x", b"12x\nunix:/a\n", b"\xff\xfe", b"-\n"])
def test_a_file_without_a_process_id_names_nobody(home, content):
    path = running.process_file("n1")
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    assert running.read(path) is None
    assert running.find("n1") is None


def test_a_file_that_nobody_keeps_locked_is_about_a_process_that_is_gone(home):
    path = running.process_file("n1")
    path.parent.mkdir(parents=True)
    path.write_text(f"{os.getpid()}\nunix:/a\n")
    assert running.read(path) == (os.getpid(), "unix:/a")
    assert running.find("n1") is None
    assert path.read_text() == ""


def test_what_a_killed_process_left_in_the_file_system_is_removed(home):
    path = running.process_file("n1")
    path.parent.mkdir(parents=True)
    (path.parent / "manage").write_text("")
    path.write_text(f"{os.getpid()}\nunix:{path.parent / 'manage'}\n")
    assert running.find("n1") is None
    assert [file.name for file in path.parent.iterdir()] == ["process"]


def test_a_folder_in_its_place_is_an_error_with_a_remedy(home):
    running.process_file("n1").mkdir(parents=True)
    for use in (running.find, running.Claim):
        with pytest.raises(StateError, match="Cannot open") as caught:
            use("n1")
        assert caught.value.remedy
