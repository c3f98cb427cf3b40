"""MicroPython's side of lib.unittest: the part of unittest that the portable tests need."""

import asyncio
import gc
import re
import sys


class SkipTest(Exception):
    """Ends a test that cannot run here; the text says why."""


class _Raises:
    """The context manager behind assertRaises; `exception` is what was raised."""

    def __init__(self, kind, pattern=None):
        self._kind = kind
        self._pattern = pattern
        self.exception = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is None:
            raise AssertionError("%r was not raised" % (self._kind,))
        if not issubclass(kind, self._kind):
            return False
        if self._pattern is not None and not re.search(self._pattern, str(error)):
            raise AssertionError("%r does not match %r" % (str(error), self._pattern))
        self.exception = error
        return True


class _SubTest:
    """The context manager behind subTest: a failure inside is noted, and the test goes on."""

    def __init__(self, case, values):
        self._case = case
        self._values = values

    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        if kind is None or not issubclass(kind, Exception) or issubclass(kind, SkipTest):
            return False
        self._case.problems.append((self._values, error))
        return True


def _check(good, message, text, *values):
    if not good:
        raise AssertionError((text % values) + (" : %s" % message if message else ""))


class TestCase:
    """See lib/unittest.py for what it has."""

    def __init__(self):
        self.problems = []
        self._cleanups = []

    def setUp(self):
        """Run before each test."""

    def tearDown(self):
        """Run after each test, whatever became of it."""

    async def asyncSetUp(self):
        """Run before each test, inside its event loop."""

    async def asyncTearDown(self):
        """Run after each test, inside its event loop."""

    def addCleanup(self, function, *args):
        """Call the function after tearDown; the last one added comes first."""
        self._cleanups.append((function, args))

    def addAsyncCleanup(self, function, *args):
        """As addCleanup, for a coroutine function."""
        self._cleanups.append((function, args))

    def skipTest(self, reason):
        raise SkipTest(reason)

    def fail(self, message=""):
        raise AssertionError(message or "failed")

    def subTest(self, message=None, **values):
        return _SubTest(self, values if message is None else message)

    def assertEqual(self, first, second, msg=None):
        _check(first == second, msg, "%r != %r", first, second)

    def assertNotEqual(self, first, second, msg=None):
        _check(first != second, msg, "%r == %r", first, second)

    def assertTrue(self, value, msg=None):
        _check(value, msg, "%r is not true", value)

    def assertFalse(self, value, msg=None):
        _check(not value, msg, "%r is not false", value)

    def assertIs(self, first, second, msg=None):
        _check(first is second, msg, "%r is not %r", first, second)

    def assertIsNot(self, first, second, msg=None):
        _check(first is not second, msg, "%r is %r", first, second)

    def assertIsNone(self, value, msg=None):
        _check(value is None, msg, "%r is not None", value)

    def assertIsNotNone(self, value, msg=None):
        _check(value is not None, msg, "%r is None", value)

    def assertIn(self, member, container, msg=None):
        _check(member in container, msg, "%r is not in %r", member, container)

    def assertNotIn(self, member, container, msg=None):
        _check(member not in container, msg, "%r is in %r", member, container)

    def assertIsInstance(self, value, kind, msg=None):
        _check(isinstance(value, kind), msg, "%r is not an instance of %r", value, kind)

    def assertLess(self, first, second, msg=None):
        _check(first < second, msg, "%r is not less than %r", first, second)

    def assertLessEqual(self, first, second, msg=None):
        _check(first <= second, msg, "%r is greater than %r", first, second)

    def assertGreater(self, first, second, msg=None):
        _check(first > second, msg, "%r is not greater than %r", first, second)

    def assertGreaterEqual(self, first, second, msg=None):
        _check(first >= second, msg, "%r is less than %r", first, second)

    def assertCountEqual(self, first, second, msg=None):
        rest = list(second)
        for item in first:
            _check(item in rest, msg, "%r has items that %r lacks", first, second)
            rest.remove(item)
        _check(not rest, msg, "%r lacks items of %r", first, second)

    def assertRaises(self, kind, function=None, *args, **named):
        return _raises(_Raises(kind), function, args, named)

    def assertRaisesRegex(self, kind, pattern, function=None, *args, **named):
        return _raises(_Raises(kind, pattern), function, args, named)


def _raises(context, function, args, named):
    if function is None:
        return context
    with context:
        function(*args, **named)
    return None


async def _call(function, args=()):
    result = function(*args)
    if hasattr(result, "send"):
        await result


async def _life(case, name):
    """One test from set-up to the last clean-up."""
    try:
        case.setUp()
        await case.asyncSetUp()
        try:
            await _call(getattr(case, name))
        finally:
            await case.asyncTearDown()
            case.tearDown()
    finally:
        while case._cleanups:
            function, args = case._cleanups.pop()
            await _call(function, args)


def _run_test(kind, name):
    """The problems of one test: [] when it passed, None when it was skipped."""
    case = kind()
    asyncio.new_event_loop()  # else tasks left by the test before would go on in this one
    try:
        asyncio.run(_life(case, name))
    except SkipTest as reason:
        print("SKIP %s.%s: %s" % (kind.__name__, name, reason))
        return None
    except (Exception, asyncio.CancelledError) as error:
        case.problems.append((None, error))
    return case.problems


def _tests_of(module):
    found = []
    for name in sorted(dir(module)):
        kind = getattr(module, name)
        if isinstance(kind, type) and issubclass(kind, TestCase):
            found.extend([(kind, method) for method in sorted(dir(kind)) if method.startswith("test")])
    return found


def _report(module, kind, name, problems):
    for values, error in problems:
        print("FAIL %s.%s.%s%s" % (module, kind.__name__, name, "" if values is None else " %s" % (values,)))
        sys.print_exception(error)


def run_modules(names):
    """Run the tests of modules by name; (passed, failed, skipped)."""
    passed = failed = skipped = 0
    for module_name in names:
        for kind, name in _tests_of(__import__(module_name)):
            problems = _run_test(kind, name)
            if problems is None:
                skipped += 1
            elif problems:
                failed += 1
                _report(module_name, kind, name, problems)
            else:
                passed += 1
        sys.modules.pop(module_name, None)  # small heaps hold one test module at a time
        gc.collect()
    return passed, failed, skipped
