"""The main job, visibly: a host node and a virtual board, and messages to both. `make demo` runs it.

Everything happens in a folder of its own, which is gone at the end, also when the demo is interrupted.
"""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

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
)
EXPECTED_TO_FAIL = STEPS[-1][1]


def run(command: str) -> bool:
    """Show the command, then what it prints; whether it ended as it should."""
    print(f"» {command}", flush=True)
    words = shlex.split(command)
    code = subprocess.run([UOCKAM, *words[1:]], stderr=subprocess.STDOUT).returncode
    print(flush=True)
    return (code != 0) == (command == EXPECTED_TO_FAIL)


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
