"""Where the folder of a user is."""

import os
from pathlib import Path

import pytest

from uockam_host.errors import StateError
from uockam_host.state import home


def test_the_environment_names_the_folder_and_a_relative_path_is_made_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(home.ENVIRONMENT, "here")
    assert home.home() == tmp_path / "here"
    assert home.node_folder("n1") == tmp_path / "here" / "nodes" / "n1"


def test_a_tilde_is_the_home_folder_of_the_user(monkeypatch):
    monkeypatch.setenv(home.ENVIRONMENT, "~/x")
    assert home.home() == Path.home() / "x"


@pytest.mark.parametrize("value", [None, ""])
def test_without_the_environment_it_is_the_platforms_folder_for_data(monkeypatch, value):
    monkeypatch.delenv(home.ENVIRONMENT, raising=False)
    if value is not None:
        monkeypatch.setenv(home.ENVIRONMENT, value)
    assert home.home() == home.default_home()
    assert home.home().name == "uockam"


def test_a_link_to_a_folder_of_ones_own_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    home.make_private_folder(tmp_path / "link")
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o700


def test_a_link_to_a_folder_of_somebody_else_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    (tmp_path / "link").symlink_to(tmp_path)
    with pytest.raises(StateError, match="belongs to another user"):
        home.make_private_folder(tmp_path / "link")


def test_a_link_is_refused_where_others_could_have_made_it(tmp_path):
    (tmp_path / "real").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(StateError, match="is not a folder"):
        home.make_private_folder(tmp_path / "link", follow=False)
