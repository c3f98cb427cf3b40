"""uockam: Ockam nodes and workers, the same on MicroPython and CPython.

Names are loaded when they are first used, so that a program pays for no more than it imports.
"""

from .port import at_home

__version__ = "0.1.0"

_HOMES = {
    "Address": "address",
    "Connection": "transport.connection",
    "Context": "worker",
    "Message": "message",
    "Node": "node",
    "Supervisor": "supervisor",
    "Tcp": "transport.tcp",
    "Worker": "worker",
}


def __getattr__(name: str) -> object:
    value = at_home("uockam", _HOMES, name)
    if name in _HOMES:
        globals()[name] = value
    return value
