"""Benches of uockam: `run.py [NAME...] [--json FILE] [--seconds N]`.

Prints tables of median, least and most over alternating rounds, every figure beside a floor or a peer measured in the
same run. Nothing here passes or fails by time.
"""

import argparse
import importlib
import json
import signal
import sys
import traceback
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "firmware"))
sys.path.insert(0, str(ROOT / "tests" / "interop"))
sys.path.insert(0, str(ROOT / "tests" / "emulator"))

from conditions import conditions  # noqa: E402

BENCHES = (
    "tcp",
    "workers",
    "serial",
    "processes",
    "memory",
    "heap",
    "rp2040",
    "crypto",
    "secure",
    "install",
    "device",
    "cloud",
)
SECONDS = 30.0  # for the rounds of one bench; starting its processes comes on top


def main() -> int:
    """The exit code: 0 unless a bench could not be run."""
    arguments = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that every `with` ends its processes
    try:
        return _run_all(arguments)
    except KeyboardInterrupt:
        return 130
    finally:
        for child in psutil.Process().children(recursive=True):  # one that was being started when the signal came
            child.kill()


def _run_all(arguments: argparse.Namespace) -> int:
    where = conditions()
    print("\n".join(f"{name}: {value}" for name, value in where.items()), flush=True)
    tables: list[dict[str, object]] = []
    failed = [name for name in arguments.names or BENCHES if not _run(name, arguments.seconds, tables)]
    if arguments.json:
        arguments.json.write_text(json.dumps({"conditions": where, "tables": tables}, indent=1) + "\n")
    if failed:
        print(f"could not be run: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _run(name: str, seconds: float, tables: list[dict[str, object]]) -> bool:
    print(f"\n== {name}", flush=True)
    try:
        for table in importlib.import_module(f"bench_{name}").run(seconds):
            tables.append({"bench": name, **table.to_dict()})
            print(f"\n{table.text()}", flush=True)
    except Exception:
        traceback.print_exc()
        return False
    return True


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition(":")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*BENCHES, []], help=f"of {', '.join(BENCHES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write conditions, tables and all values there too")
    parser.add_argument(
        "--seconds", type=float, default=SECONDS, help="for the rounds of each bench (default: %(default)s)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
