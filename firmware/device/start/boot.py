"""Runs first: chooses which installed version of uockam this board runs, then runs the user's own boot file.

A whole version is in one folder, so that no import mixes two; `active` names the folder, `trial` one to run once.
"""

import gc
import os
import sys

# Collect often from here on: compiling from source leaves much behind, and the modules that stay must not be spread
# over the heap. A board then imports uockam from source in a quarter less of it.
gc.threshold(8192)

TOP = "/uockam-runtime"
USER = "/user_boot.py"
# What is replaced while the board may lose power. FAT removes the old file before it renames the new one.
REPLACED = ("/main.py", "/uockam.json", TOP + "/active")


def there(path: str) -> bool:
    try:
        os.stat(path)
    except OSError:
        return False
    return True


def read(name: str) -> str:
    try:
        with open(TOP + "/" + name) as file:
            return file.read(1)
    except OSError:
        return ""


def choose() -> bool:
    """Put the version that runs first on the path; whether it is on trial: any reset ends that."""
    trial = read("trial")
    if trial:
        os.remove(TOP + "/trial")
    version = trial or read("active")
    if version:
        sys.path.insert(0, TOP + "/" + version)
    return bool(trial)


def run(action: object) -> None:
    """An error here keeps no main.py from running, as it would outside."""
    try:
        action()
    except Exception as error:
        sys.print_exception(error)


def start() -> None:
    import device
    import device.boot

    device.on_trial = on_trial
    device.boot.run()


for path in REPLACED:
    if there(path + ".new") and not there(path):
        os.rename(path + ".new", path)
on_trial = choose()
run(start)
if there(USER):
    run(lambda: execfile(USER))  # noqa: F821
for name in ("there", "read", "choose", "run", "start", "path"):  # a program of the user's finds its own names only
    del globals()[name]
