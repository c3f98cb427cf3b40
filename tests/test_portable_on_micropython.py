"""The portable tests on MicroPython, a test here for each file there; pytest itself runs them on CPython."""

import subprocess
from pathlib import Path

import pytest

from uockam_host.device.virtual import find_micropython

from .lib.patience import TEST_S

PORTABLE = Path(__file__).parent / "portable"
FILES = sorted(path.stem for path in PORTABLE.glob("test_*.py"))


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [find_micropython(), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=TEST_S, stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("name", FILES)
def test_the_file_passes_on_micropython(name: str) -> None:
    result = run(PORTABLE / "run.py", name)
    assert result.returncode == 0, f"\n{result.stdout}{result.stderr}"
    passed, failed = result.stdout.splitlines()[-1].split(", ")[:2]
    assert int(passed.split()[0]) > 0
    assert failed == "0 failed"


def test_files_run_together_as_well_as_alone() -> None:
    result = run(PORTABLE / "run.py", "test_bare", "tests/portable/test_route.py")
    assert result.returncode == 0, result.stdout
    assert " passed, 0 failed" in result.stdout


BAD = """
from lib.unittest import TestCase

class Bad(TestCase):
    def test_equal(self): self.assertEqual(1, 2)
    def test_raises(self):
        with self.assertRaises(ValueError): pass
    def test_other_error(self):
        with self.assertRaises(ValueError): raise KeyError(1)
    def test_text(self):
        with self.assertRaisesRegex(ValueError, "this"): raise ValueError("that")
    def test_sub(self):
        for number in (1, 2):
            with self.subTest(number=number): self.assertIn(number, ())
    async def test_async(self): self.assertIsNone(1)
    def tearDown(self):
        self.assertNotEqual(1, 1)

class Skipped(TestCase):
    def test_skipped(self): self.skipTest("no radio")

class Good(TestCase):
    def setUp(self): self.steps = []
    async def asyncSetUp(self): self.steps.append("set up")
    def test_it(self): self.assertEqual(self.steps, ["set up"])
"""


def test_a_failing_test_fails_the_run_on_micropython(tmp_path: Path) -> None:
    for name in ("run.py", "lib"):
        (tmp_path / name).symlink_to(PORTABLE / name)
    (tmp_path / "test_bad.py").write_text(BAD)
    result = run(tmp_path / "run.py")
    assert result.returncode == 1
    assert result.stdout.splitlines()[-1] == "1 passed, 6 failed, 1 skipped"
    for name in ("equal", "raises", "other_error", "text", "sub {'number': 1}", "sub {'number': 2}", "async"):
        assert f"FAIL test_bad.Bad.test_{name}" in result.stdout
    assert "SKIP Skipped.test_skipped: no radio" in result.stdout


def test_a_run_of_no_tests_fails(tmp_path: Path) -> None:
    for name in ("run.py", "lib"):
        (tmp_path / name).symlink_to(PORTABLE / name)
    (tmp_path / "test_empty.py").write_text("")
    result = run(tmp_path / "run.py")
    assert (result.returncode, result.stdout) == (1, "0 passed, 0 failed\n")
