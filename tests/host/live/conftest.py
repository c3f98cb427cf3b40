"""A virtual board behind a node of this computer, for the commands that are for boards in use."""

import os

import pytest

from uockam_host.device.copy_node import NodeCopier
from uockam_host.device.live import connect
from uockam_host.node import control
from uockam_host.state import home as homes


@pytest.fixture
def board(home):
    """Name of a node with a virtual board; it ends with the test."""
    control.create_node("v1", board="virtual")
    yield "v1"
    assert os.environ["UOCKAM_HOME"] == str(home)  # and not a person's
    assert control.reset().failures == []


@pytest.fixture
def flash(board):
    """The folder with the files of that board."""
    return homes.board_folder(board) / "flash"


@pytest.fixture
def files(board):
    """The files of that board, over its node."""
    with NodeCopier(connect(board)) as copier:
        yield copier
