"""The main jobs, visibly: messages to a host node, to a virtual board, and to that by way of a project (`make demo`).

Everything happens in a folder of its own, which is gone at the end, also when the demo is interrupted.
"""

import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.lib import browser

UOCKAM = str(Path(sys.executable).with_name("uockam"))

STEPS = (
    ("A node in a process of its own on this computer:", "uockam node create n1"),
    ("A message to a service of that node:", "uockam message send hello --to /node/n1/service/uppercase"),
    (
        "A node on a board: MicroPython behind a pseudo-terminal runs what is flashed onto a Pico.",
        "uockam node create v1 --board virtual",
    ),
    ("The same command reaches it, over the serial line:", "uockam message send hello --to /node/v1/service/uppercase"),
    ("Both are nodes like any other:", "uockam node list"),
    ("", "uockam worker list --at v1"),
    ("", "uockam service list --at v1"),
    (
        "From one node by way of the other:",
        "uockam message send hello --from n1 --to /node/v1/service/echo",
    ),
    ("A message to nobody fails at once, with the reason:", "uockam message send hello --to /node/v1/service/nobody"),
    (
        "A project makes a board reachable from everywhere. It lives in an orchestrator; this one is our own:",
        "uockam orchestrator start --listen 127.0.0.1:0",
    ),
    (
        "A person signs in at a page and confirms the code that is shown. Here the demo is that person:",
        "uockam enroll --no-browser",
    ),
    (
        "The board joins the project. It dials out by itself; this computer connects for it, over the cable:",
        "uockam device enroll v1",
    ),
    (
        "Now everybody in the project reaches it from anywhere. Nobody on the way can read the message:",
        "uockam message send hello --to /project/default/service/forward_to_v1/secure/api/service/uppercase",
    ),
    (
        "Which way that was, hop by hop, and how long it takes from here to each hop and back:",
        "uockam route show /project/default/service/forward_to_v1/secure/api",
    ),
    (
        "The short form takes the cable where the board is on one, and the project elsewhere:",
        "uockam message send hello --to /device/v1/service/uppercase",
    ),
)
EXPECTED_TO_FAIL = ("uockam message send hello --to /node/v1/service/nobody",)
CODE = re.compile(r"one-time code: +(\S+)")
PAGE = re.compile(r"Open (\S+) in your browser")


def run(command: str) -> bool:
    """Show the command, then what it prints; whether it ended as it should."""
    print(f"» {command}", flush=True)
    words = [UOCKAM, *shlex.split(command)[1:]]
    code = (
        enroll(words)
        if "enroll --no-browser" in command
        else subprocess.run(words, stderr=subprocess.STDOUT).returncode
    )
    print(flush=True)
    return (code != 0) == (command in EXPECTED_TO_FAIL)


def enroll(words: list[str]) -> int:
    """Run the command, and do at the page what it asks for; its exit code."""
    code = ""
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as command:
        assert command.stdout is not None
        try:
            for line in command.stdout:
                print(line, end="", flush=True)
                code = found[1] if (found := CODE.search(line)) else code
                if page := PAGE.search(line):
                    confirm(page[1], code)
        except BaseException:
            command.kill()  # it would go on waiting for the person
            raise
    return command.returncode


def confirm(page: str, code: str) -> None:
    """Make the first account, which is the administrator's, and allow what the command wants."""
    print(f"       [{browser.EMAIL} makes an account at {page}, enters {code} and presses Allow]", flush=True)
    with browser.Browser() as person:
        person.open(page)
        person.press("Make the account", email=browser.EMAIL, name=browser.NAME, password=browser.PASSWORD)
        person.press("Continue", user_code=code).press("Allow")


def tour() -> int:
    """All steps; the exit code of the demo."""
    for remark, command in STEPS:
        if remark:
            print(f"# {remark}", flush=True)
        if not run(command):
            print(f"The demo ends here: `{command}` did not do what it should.", file=sys.stderr)
            return 1
    return 0


def clean_up() -> None:
    """End the nodes of this demo; a second Ctrl-C does not leave them running."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    subprocess.run([UOCKAM, "reset", "--yes", "--quiet"], stdout=subprocess.DEVNULL)


def main() -> int:
    """Run the demo."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="uockam-demo-") as home:
        os.environ["UOCKAM_HOME"] = str(Path(home) / "state")
        try:
            return tour()
        except KeyboardInterrupt:
            print("\nInterrupted; cleaning up.", file=sys.stderr)
            return 130
        finally:
            clean_up()


if __name__ == "__main__":
    sys.exit(main())
