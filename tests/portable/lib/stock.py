"""CPython's side of lib.unittest: the standard library's own."""

from unittest import IsolatedAsyncioTestCase as TestCase
from unittest import TextTestRunner, defaultTestLoader

__all__ = ("TestCase", "run_modules")


def run_modules(names):
    """Run the tests of modules by name; (passed, failed, skipped)."""
    result = TextTestRunner(verbosity=0).run(defaultTestLoader.loadTestsFromNames(names))
    failed = len(result.failures) + len(result.errors)
    skipped = len(result.skipped)
    return result.testsRun - failed - skipped, failed, skipped
