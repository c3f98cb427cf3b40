"""Which files of this computer go to a board."""

from pathlib import Path

import pytest

from uockam_host.device import filing
from uockam_host.errors import InvalidArgument


def test_a_folder_that_changes_while_it_is_looked_at_is_told_and_no_bug(tmp_path, monkeypatch):
    def vanished(*_):
        raise FileNotFoundError(2, "No such file or directory", "gone.py")

    monkeypatch.setattr(Path, "rglob", vanished)
    with pytest.raises(InvalidArgument, match=r"Cannot read gone\.py: No such file or directory"):
        filing.to_board(None, tmp_path, None)
