"""`from lib.unittest import TestCase`: the one import line of a portable test, on CPython and on MicroPython.

A portable test is a file test_*.py beside run.py with subclasses of TestCase. What works on both interpreters:

    setUp, tearDown, asyncSetUp, asyncTearDown, addCleanup, addAsyncCleanup, skipTest, fail
    assertEqual, assertNotEqual, assertTrue, assertFalse, assertIs, assertIsNot, assertIsNone, assertIsNotNone,
    assertIn, assertNotIn, assertIsInstance, assertLess, assertLessEqual, assertGreater, assertGreaterEqual,
    assertCountEqual
    with self.assertRaises(Error) as caught: ...; caught.exception        (the callable form too)
    with self.assertRaisesRegex(Error, "part of the text"): ...
    with self.subTest(name=value): ...

A test method may be `async def`: each test has an event loop of its own, which is fresh when the test begins.
Run it with pytest, or with `python run.py` and `micropython run.py`.
"""

import sys

if sys.implementation.name == "micropython":
    from .small import TestCase, run_modules
else:
    from .stock import TestCase, run_modules

__all__ = ("TestCase", "run_modules")
