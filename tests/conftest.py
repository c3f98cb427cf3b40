"""What every test has: a home of its own, so that no test meets the state of a person or of another test."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# No deadline: how fast an example runs says nothing about whether it is right. No database: a failure prints its example.
settings.register_profile("uockam", deadline=None, database=None, print_blob=True)
settings.load_profile("uockam")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The uockam home of this test: empty, short enough for the path of a unix socket, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="uo-"))
    monkeypatch.setenv("UOCKAM_HOME", str(folder / "home"))
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """In CI a skipped test is a failed one: everything that a test may need is installed there."""
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report
