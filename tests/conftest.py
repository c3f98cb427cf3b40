"""What every test has: a home of its own, so that no test meets the state of a person or of another test."""

import asyncio
import inspect
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from .lib.patience import EMULATED_S, TEST_S

# No deadline: how fast an example is made and runs says nothing about whether it is right. No database: a failure
# prints itself.
settings.register_profile(
    "uockam", deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None, print_blob=True
)
settings.load_profile("uockam")

# A shell's background job ignores Ctrl-C, and so would every command that a test starts from there.
signal.signal(signal.SIGINT, signal.default_int_handler)

_NOBODY = 65534  # a user id without rights


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The uockam home of this test: empty, short enough for the path of a unix socket, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="uo-"))
    monkeypatch.setenv("UOCKAM_HOME", str(folder / "home"))
    yield folder / "home"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def unprivileged(home: Path) -> Iterator[None]:
    """The test runs as somebody who may not do everything, also where the suite runs as root."""
    if os.geteuid() != 0:
        yield
        return
    os.chown(home.parent, _NOBODY, -1)
    os.setresuid(_NOBODY, _NOBODY, 0)
    yield
    os.setresuid(0, 0, 0)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """`-n auto`: two for each processor, since tests wait as long as they compute; `-n logical`: one."""
    return (os.cpu_count() or 1) * (2 if config.option.numprocesses == "auto" else 1)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem):
    """Run a test that is a coroutine function in an event loop of its own."""
    if not inspect.iscoroutinefunction(pyfuncitem.function):
        return None
    names = inspect.signature(pyfuncitem.function).parameters
    test = pyfuncitem.function(**{name: pyfuncitem.funcargs[name] for name in names})
    seconds = EMULATED_S if pyfuncitem.get_closest_marker("emulator") else TEST_S
    asyncio.run(asyncio.wait_for(test, seconds))
    return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """In CI a skipped test is a failed one: everything that a test may need is installed there."""
    report = yield
    if report.skipped and os.environ.get("CI") and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
    return report
