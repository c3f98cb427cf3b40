"""Runs portable tests on whichever interpreter runs this: `micropython tests/portable/run.py [test_wire ...]`.

Without names it runs every test_*.py beside it. The exit code is 0 when at least one test ran and none failed.
"""

import os
import sys

_HERE = __file__.rpartition("/")[0] or "."
sys.path[:0] = [_HERE, _HERE + "/../../firmware"]  # on a board the core is in its library folder already

from lib.unittest import run_modules  # noqa: E402


def _module_name(argument):
    name = argument.rsplit("/", 1)[-1]
    return name[:-3] if name.endswith(".py") else name


def main(arguments):
    """Run what the arguments name; the process's exit code."""
    names = [_module_name(argument) for argument in arguments]
    if not names:
        names = sorted([name[:-3] for name in os.listdir(_HERE) if name.startswith("test_") and name.endswith(".py")])
    passed, failed, skipped = run_modules(names)
    print("%d passed, %d failed%s" % (passed, failed, ", %d skipped" % skipped if skipped else ""))
    return 0 if passed + skipped and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
