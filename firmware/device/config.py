"""The board's settings: `uockam.json` at the top of its file system; every setting has a default.

name         of the node, for people; default: the board's unique id
main         module whose `async def main(node)` is run beside the services
project      {"name": "..", ..} to be reached through: see project.py; `device enroll` sets it
mailbox      true to fetch what the project has kept for the board while that was away
listen       "host:port" to accept TCP connections at, once there is a network
dial         list of "host:port" to stay connected to by TCP
services     list of what to run beside echo and uppercase (services/__init__.py); default: info and log
open         list of services that everybody may use who reaches the node, not its owner only: see docs/services.md
owners       list of identifiers: who proves to be one of them, over a secure channel, may do what the cable allows
listeners    where secure channels may begin beside `api`: {"NAME": list of identifiers, or null for everybody}
gpio, adc    lists of the pins that the service of that name may touch, in the board's numbers or names; default: none
led          pin of the LED; default: the one that MicroPython calls "LED"; led_inverted: true when low lights it
wifi         {"ssid": "..", "password": ".."} of the network to join; no password for an open one
hostname     by which the network knows the board (HOSTNAME.local); default: the name
battery      true lets Wi-Fi sleep between its packets: less current, slower answers
ntp          host to take the time from, once there is a network; "" for none; default: MicroPython's own choice
log_level    least level of the runtime's messages: debug, info, warning (the default) or error
watchdog_ms  reset the board when its node hangs for so long; 0, the default, for no watchdog
"""

import json
import os

from uockam.access import ANYONE, OWNER

PATH = "uockam.json"

KINDS = {
    "name": str,
    "main": str,
    "project": dict,
    "mailbox": bool,
    "listen": str,
    "dial": list,
    "services": list,
    "open": list,
    "owners": list,
    "listeners": dict,
    "gpio": list,
    "adc": list,
    "led": (int, str),
    "led_inverted": bool,
    "wifi": dict,
    "hostname": str,
    "battery": bool,
    "ntp": str,
    "log_level": str,
    "watchdog_ms": int,
}


_ITEMS = {"gpio": (int, str), "adc": (int, str)}  # of lists; those of the others are texts


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


def change(key: str, value: object) -> None:
    """Have a setting in the file from now on; all else in it stays. Raises OSError, ValueError for a bad file."""
    try:
        with open(PATH) as file:
            found = json.load(file)
    except OSError:
        found = {}
    if not isinstance(found, dict):
        raise ValueError("%s is not a JSON object" % PATH)
    found[key] = value
    with open(PATH + ".part", "w") as file:
        json.dump(found, file)
    os.rename(PATH + ".part", PATH + ".new")  # start/boot.py completes what comes now
    os.rename(PATH + ".new", PATH)


def access(service: str) -> int:
    """Who may use a service of the board: its owner, or everybody when the settings open it, and `info` in any case."""
    return ANYONE if service == "info" or service in load().get("open", ()) else OWNER


def _sensible(key: object, value: object) -> bool:
    kind = KINDS.get(key)
    if kind is not None and _fits(value, kind) and (kind is not list or _all_fit(value, _ITEMS.get(key, str))):
        return True
    print("uockam: %s: '%s' is left out" % (PATH, key))
    return False


def _fits(value: object, kind: object) -> bool:
    """As isinstance, but true and false are no numbers."""
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _all_fit(values: "list[object]", kind: object) -> bool:
    return all([_fits(value, kind) for value in values])
