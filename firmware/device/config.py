"""The board's settings: `uockam.json` at the top of its file system; every setting has a default.

name         of the node, for people; default: the board's unique id
main         module whose `async def main(node)` is run beside the services
listen       "host:port" to accept TCP connections at, once there is a network
dial         list of "host:port" to stay connected to by TCP
watchdog_ms  reset the board when its node hangs for so long; 0, the default, for no watchdog
"""

import json

PATH = "uockam.json"

_KINDS = {"name": str, "main": str, "listen": str, "dial": list, "watchdog_ms": int}


def load() -> "dict[str, object]":
    """The settings that the file has; settings that make no sense are told about and left out."""
    try:
        with open(PATH) as file:
            found = json.load(file)
    except OSError:
        return {}
    except ValueError:
        print("uockam: %s is not JSON, the defaults are used" % PATH)
        return {}
    if not isinstance(found, dict):
        print("uockam: %s is not a JSON object, the defaults are used" % PATH)
        return {}
    return {key: value for key, value in found.items() if _sensible(key, value)}


def _sensible(key: object, value: object) -> bool:
    kind = _KINDS.get(key)
    if kind is not None and isinstance(value, kind):
        return True
    print("uockam: %s: '%s' is left out" % (PATH, key))
    return False
