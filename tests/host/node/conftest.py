"""Nodes of a test end with it, whatever it did to them."""

import os

import pytest

from uockam_host.node import control


@pytest.fixture
def nodes(home):
    """The control library on an empty home; every process that a test leaves is ended."""
    yield control
    assert os.environ["UOCKAM_HOME"] == str(home)  # and not a person's
    assert control.reset().failures == []
